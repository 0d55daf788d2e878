"""What somebody banned is shown, and how they ask for a review."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from appeals.enums import AppealState, Channel, Ground
from appeals.models import Appeal, Attachment, Statement
from appeals.portal.decided import OFFERED
from appeals.portal.words import LANGUAGES, say
from appeals.screening import LARGEST_FILE
from appeals.wording import file_size
from cases import enforcing
from cases.models import Enforcement
from reviewapp.ledger.models import LedgerEntry
from tests.appeals.factories import make_appeal
from tests.appeals.portal.conftest import send, text_of
from tests.appeals.screening import files as made
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db

HOSTILE = {
    "a program": (made.program(), "program-file"),
    "an archive": (made.archive(), "archive-file"),
    "a zip bomb": (made.archive(body=bytes(20_000_000)), "archive-file"),
    "an office document": (made.office_document(), "office-file"),
    "a web page": (b"<html><script>alert(1)</script></html>", "web-page-file"),
    "a script": (b"#!/bin/sh\nrm -rf /", "script-file"),
    "two files in one": (made.picture("PNG") + made.archive(), "hidden-file"),
    "a locked document": (made.pdf_by_library(password="x"), "locked-document"),
    "a document with a script": (made.pdf_by_library(script="app.alert(1)"), "active-document"),
    "half a picture": (made.picture("PNG")[:50], "broken-file"),
    "an endless picture": (made.png_of_size(60_000, 60_000), "picture-too-large"),
    "an empty file": (b"", "empty-file"),
    "a huge file": (b"x" * (LARGEST_FILE + 1), "file-too-large"),
    "noise": (bytes(range(256)) * 4, "unknown-file"),
}
LATE = NOON + timedelta(days=200)


@pytest.fixture
def path(enforcement) -> str:
    return f"/review/en/decisions/{enforcement.ref}/"


class TestADecision:
    """Ada banned the account for a week, for bulk messaging that a detector found."""

    def test_is_shown_with_what_its_owner_may_know(self, enter) -> None:
        page = text_of(enter("en"))

        assert "Your account is banned for a time" in page
        assert "10 March 2026, 17:30 (India)" in page
        assert "banned your account until 17 March 2026, 17:30 (India)" in page
        assert "Your account sent messages in bulk" in page
        assert "You wrote to many people who do not know you." in page
        assert "how the account sent messages" in page
        assert "Automated systems found this; a person looked at it and decided it." in page
        assert "You can ask for a review until 10 September 2026." in page
        assert "You will have an answer by 17 March 2026, usually sooner." in page

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_gives_nothing_away(self, enter, language) -> None:
        page = text_of(enter(language))

        for secret in (
            *("Ada", "Bursts to strangers", "message-burst", "0.7", "MSG_BURST", "threshold"),
            *("wa-banned", "98765", "BULK_MESSAGING", "C-"),
        ):
            assert secret not in re.sub(r"<form.*", "", page, flags=re.DOTALL)

    def test_is_said_to_be_automated_where_nobody_looked(self, browser, enter_by_code) -> None:
        make_enforcement(account=make_account(phone="+919876500009"))

        page = text_of(enter_by_code("+919876500009"))

        assert "Automated systems found this and decided it, without a person." in page

    def test_of_another_account_is_not_there(self, browser, enter, ban) -> None:
        enter()
        other = ban(make_account())

        assert browser.get(f"/review/en/decisions/{other.ref}/").status_code == 404

    def test_beside_the_one_that_a_link_came_with_is_not_there(
        self, browser, enter, enforcement, account
    ) -> None:
        enter()
        other = make_enforcement(account=account, action="RATE_LIMIT")

        assert browser.get(f"/review/en/decisions/{other.ref}/").status_code == 404
        assert browser.get("/review/en/decisions/").url.endswith(f"/{enforcement.ref}/")

    def test_is_one_of_several_for_whoever_came_by_a_code(
        self, browser, enforcement, account, enter_by_code
    ) -> None:
        other = make_enforcement(account=account, action="RATE_LIMIT")

        page = text_of(enter_by_code())

        for each in (enforcement, other):
            assert f"/review/en/decisions/{each.ref}/" in page

    def test_that_can_still_be_taken_back_is_told_to_nobody(
        self, browser, enforcement, account, enter_by_code
    ) -> None:
        pending = make_enforcement(account=account, action="PERMANENT_BAN", state="REQUESTED")
        Enforcement.objects.filter(pk=pending.pk).update(due_at=NOON + timedelta(seconds=30))
        enter_by_code()

        assert browser.get(f"/review/en/decisions/{pending.ref}/").status_code == 404

    @pytest.mark.parametrize("what", ["lifted", "expired"])
    def test_that_is_over_leaves_nothing_to_contest(
        self, browser, enter, enforcement, path, what
    ) -> None:
        enter()
        Enforcement.objects.filter(pk=enforcement.pk).update(state=what.upper())

        page = text_of(browser.get(path))
        sent = send(browser, path, text="Lift it.")

        assert "There is nothing left to contest." in page
        assert 'name="ground"' not in page
        assert sent.status_code == 422
        assert say("en", "refused.nothing-to-appeal") in text_of(sent)
        assert Appeal.objects.count() == 0


class TestAskingForAReview:
    def test_gives_a_ticket_number(self, browser, enter, enforcement, path) -> None:
        enter()

        page = send(
            browser, path, ground="RECIPIENTS_CONSENTED", text="They are my customers.", follow=True
        )

        appeal = Appeal.objects.get()
        assert page.request["PATH_INFO"] == f"/review/en/tickets/{appeal.ref}/"
        assert say("en", "done.filed") in text_of(page)
        assert f"Ticket number {appeal.ref}" in text_of(page)
        assert appeal.enforcement == enforcement
        assert (appeal.ground, appeal.channel, appeal.locale, appeal.state) == (
            Ground.RECIPIENTS_CONSENTED, Channel.WEB_FORM, "en", AppealState.OPEN,
        )  # fmt: skip
        assert appeal.identity_checked_at == NOON
        assert Statement.objects.get().text() == "They are my customers."
        line = LedgerEntry.objects.get(kind="appeal.filed")
        assert (line.actor, line.account) == ("person", enforcement.account.ref)

    def test_needs_neither_a_ground_nor_words(self, browser, enter, path) -> None:
        enter()

        send(browser, path)

        assert Appeal.objects.get().ground == Ground.NO_GROUND_GIVEN

    @pytest.mark.parametrize("ground", [each.value for each in OFFERED])
    def test_takes_each_ground_that_is_offered(self, browser, enter, path, ground) -> None:
        page = text_of(enter())

        send(browser, path, ground=ground)

        assert f'value="{ground}"' in page
        assert Appeal.objects.get().ground == ground

    @pytest.mark.parametrize("ground", ["POLICY_MISAPPLIED", "NO_GROUND_GIVEN", "x", "' OR 1=1"])
    def test_takes_no_other(self, browser, enter, path, ground) -> None:
        enter()

        response = send(browser, path, ground=ground, text="Because.")

        assert response.status_code == 422
        assert say("en", "refused.unknown-ground") in text_of(response)
        assert Appeal.objects.count() == 0

    def test_keeps_an_address_to_write_to(self, browser, enter, path) -> None:
        enter()

        send(browser, path, contact=" somebody@example.org ")

        assert Appeal.objects.get().contact() == "somebody@example.org"

    @pytest.mark.parametrize("contact", ["somebody", "a@b", "x" * 400 + "@example.org", "a@b\n.c"])
    def test_keeps_nothing_that_is_no_address(self, browser, enter, path, contact) -> None:
        enter()

        response = send(browser, path, contact=contact, text="Kept as it was written.")

        assert response.status_code == 422
        assert say("en", "refused.no-address") in text_of(response)
        assert "Kept as it was written." in text_of(response)
        assert Appeal.objects.count() == 0

    def test_again_joins_what_is_open(self, browser, enter, enforcement, path) -> None:
        enter()
        appeal = make_appeal(enforcement=enforcement)

        shown = text_of(browser.get(path))
        page = send(browser, path, text="I forgot something.", follow=True)

        assert say("en", "decision.asked", ref=appeal.ref) in shown
        assert 'name="ground"' not in shown
        assert say("en", "done.repeated") in text_of(page)
        assert "I forgot something." in text_of(page)
        assert Appeal.objects.get().repeats == 1

    def test_joins_what_is_open_on_another_decision_and_shows_it(
        self, browser, enter, account, path
    ) -> None:
        enter()
        other = make_appeal(account=account, enforcement=make_enforcement(account=account))

        page = send(browser, path, text="This one too.", follow=True)

        assert page.request["PATH_INFO"] == f"/review/en/tickets/{other.ref}/"
        assert "This one too." in text_of(page)

    def test_after_an_answer_takes_something_new(self, browser, enter, enforcement, path) -> None:
        enter()
        self.answer(enforcement)

        page = text_of(browser.get(path))
        refused = send(browser, path, ground="OTHER", text="Again.")
        taken = send(browser, path, ground="NEW_EVIDENCE", text="Here is proof.")

        assert say("en", "decision.again") in page
        assert say("en", "refused.answered-before").replace("“", "“") in text_of(refused)
        assert taken.status_code == 302
        assert Appeal.objects.open().get().ground == Ground.NEW_EVIDENCE

    def answer(self, enforcement) -> Appeal:
        from appeals.models import AppealDecision
        from tests.factories import create_user

        appeal = make_appeal(
            enforcement=enforcement, state="DECIDED", closed_at=NOON, identity_checked_at=NOON
        )
        noor = create_user(name="Noor", roles=["APPEALS"])
        AppealDecision.objects.create(
            appeal=appeal,
            outcome="ORIGINAL_DECISION_UPHELD",
            decided_by=noor,
            reason_sealed=appeal.seal("It stands.", context="appeal_decision.reason"),
            decided_at=NOON,
            recorded_at=NOON,
        )
        return appeal

    def test_too_late_is_taken_with_a_reason_alone(self, browser, enter, enforcement, path):
        Enforcement.objects.filter(pk=enforcement.pk).update(until=None, action="PERMANENT_BAN")
        make_appeal(enforcement=enforcement, state="WITHDRAWN", closed_at=LATE - timedelta(days=1))
        with time_machine.travel(LATE, tick=False):
            page = text_of(enter())
            refused = send(browser, path, ground="OTHER")
            taken = send(browser, path, text="I was in hospital.", follow=True)

        assert say("en", "decision.late", day="10 September 2026") in page
        assert say("en", "refused.late-without-reason") in text_of(refused)
        assert say("en", "states.OUT_OF_TIME") in text_of(taken)
        assert Appeal.objects.open().get().state == AppealState.OUT_OF_TIME

    def test_without_end_is_answered(self, browser, enter, path) -> None:
        enter()
        answers = [send(browser, path, text=f"Number {each}.") for each in range(15)]

        assert answers[0].status_code == 302
        assert answers[-1].status_code == 422
        assert "What came before has reached us" in text_of(answers[-1])
        assert Appeal.objects.count() == 1


class TestWhatSomebodyWrites:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("x" * 10_000, "text-too-long"),
            ("\u200b\u2060\ufeff", "invisible-text"),
            ("A\x00B", "unreadable-text"),
            ("\x1b[31mred", "unreadable-text"),
        ],
        ids=["ten thousand letters", "nothing to see", "a NUL", "an escape"],
    )
    def test_is_given_back_with_a_clear_answer(
        self, browser, enter, enforcement, text, code
    ) -> None:
        language = "pt"
        enter(language)

        response = send(browser, f"/review/{language}/decisions/{enforcement.ref}/", text=text)

        assert response.status_code == 422
        assert say(language, f"refused.{code}", limit="5.000") in text_of(response)  # fmt: skip
        assert Appeal.objects.count() == 0

    def test_is_shown_as_text(self, browser, enter, path) -> None:
        enter()
        hostile = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7|add:7 }} {% csrf %}"

        page = text_of(send(browser, path, text=hostile, follow=True))

        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ 7|add:7 }}" in page

    def test_turns_no_letters_around(self, browser, enter, path) -> None:
        enter()

        page = text_of(send(browser, path, text="pay \u202efdp.exe\u202c now", follow=True))

        assert "\u202e" not in page
        assert "fdp.exe" in page

    @pytest.mark.parametrize(
        "text", ["नमस्ते, मैंने कुछ नहीं किया।", "مرحبا، لم أفعل شيئا", "👨‍👩‍👧", "a\r\nb\n\nc", "क्‍ष"]
    )
    def test_comes_back_as_it_was_meant(self, browser, enter, path, text) -> None:
        enter()

        page = text_of(send(browser, path, text=text, follow=True))

        assert text.replace("\r\n", "\n") in page


class TestFiles:
    def test_are_kept_with_what_was_written(self, browser, enter, path) -> None:
        enter()
        files = [
            SimpleUploadedFile("चित्र.png", made.picture("PNG")),
            SimpleUploadedFile("list.txt", b"Names"),
        ]

        page = text_of(send(browser, path, text="See these.", files=files, follow=True))

        assert [each.media_type for each in Attachment.objects.all()] == ["image/png", "text/plain"]
        assert "चित्र.png" in page
        assert "list.txt" in page
        assert "<img" not in page, "nothing of it is served"

    @pytest.mark.parametrize("name", HOSTILE)
    def test_that_are_hostile_are_refused_by_name(self, browser, enter, enforcement, name) -> None:
        data, code = HOSTILE[name]
        language = "hi"
        enter(language)
        files = [
            SimpleUploadedFile("fine.txt", b"Fine."),
            SimpleUploadedFile("../<b>evil\u202egnp.exe", data),
        ]

        response = send(
            browser, f"/review/{language}/decisions/{enforcement.ref}/", text="Kept.", files=files
        )

        page = text_of(response)
        assert response.status_code == 422
        size, types = file_size(LARGEST_FILE, language=language), say(language, "files.types")
        assert say(language, f"refused.files.{code}", size=size, count=5, types=types) in page
        assert "&lt;b&gt;" not in page
        assert "Kept." in page
        assert Appeal.objects.count() == 0
        assert Attachment.objects.count() == 0

    def test_are_at_most_five(self, browser, enter, path) -> None:
        enter()
        files = [SimpleUploadedFile(f"{each}.txt", b"Words") for each in range(6)]

        response = send(browser, path, files=files)

        assert say("en", "refused.files.too-many-files", count=5) in text_of(response)

    def test_are_asked_for_again_where_something_else_is_wrong(self, browser, enter, path) -> None:
        enter()

        response = send(
            browser, path, text="x" * 6000, files=[SimpleUploadedFile("a.txt", b"Words")]
        )

        assert say("en", "errors.files_again") in text_of(response)


class TestThePlatform:
    """Somebody whose ban hangs at the platform can contest it all the same."""

    def test_may_not_have_confirmed_yet(self, browser, account, ban, platform, enter_by_code):
        platform.confirms = False
        enforcement = ban(account)

        page = text_of(enter_by_code())

        assert enforcing.appealable(account, at=NOON).get() == enforcement
        assert 'name="ground"' in page
