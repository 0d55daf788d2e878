"""A ticket as whoever filed it sees it: its state, questions and answers, and taking it back."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from appeals import asking, claiming, writing
from appeals.enums import AppealOutcome, AppealState, LetterKind, ReversalCause, StatementKind
from appeals.models import Appeal, AppealDecision, Attachment, Letter, Statement
from appeals.portal.visiting import Visit, remember
from appeals.portal.words import LANGUAGES, say
from tests.appeals.factories import make_appeal
from tests.appeals.factories import say as say_on
from tests.appeals.portal.conftest import send, text_of
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db


@pytest.fixture
def appeal(enter, enforcement) -> Appeal:
    """Filed, and its owner is inside."""
    enter()
    return make_appeal(enforcement=enforcement, identity_checked_at=NOON, ground="OTHER")


@pytest.fixture
def path(appeal) -> str:
    return f"/review/en/tickets/{appeal.ref}/"


@pytest.fixture
def question(appeal, noor) -> Statement:
    claiming.take(ticket=appeal, by=noor, at=NOON)
    return asking.ask(ticket=appeal, by=noor, text="Who are your customers?", at=NOON)


class TestATicket:
    def test_says_where_it_stands(self, browser, appeal, path) -> None:
        page = text_of(browser.get(path))

        assert f"Ticket number {appeal.ref}" in page
        assert say("en", "states.OPEN") in page
        assert "You will have an answer by 17 March 2026, usually sooner." in page
        assert "I only wrote to my customers." in page

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_so_in_each_language(self, browser, appeal, language) -> None:
        page = text_of(browser.get(f"/review/{language}/tickets/{appeal.ref}/"))

        assert say(language, "states.OPEN") in page

    def test_does_not_say_who_has_it(self, browser, appeal, path, noor) -> None:
        before = text_of(browser.get(path))
        claiming.take(ticket=appeal, by=noor, at=NOON)

        after = text_of(browser.get(path))

        assert "Noor" not in after
        assert without_token(before) == without_token(after)

    def test_does_not_say_that_somebody_has_to_approve(self, browser, appeal, path) -> None:
        before = text_of(browser.get(path))
        Appeal.objects.update(state=AppealState.AWAITING_APPROVAL)

        assert without_token(text_of(browser.get(path))) == without_token(before)

    def test_of_somebody_else_is_not_there(self, browser, appeal) -> None:
        other = make_appeal(account=make_account())

        for rest in ("", "withdrawal/"):
            response = browser.get(f"/review/en/tickets/{other.ref}/{rest}")
            assert response.status_code == 404
        sent = send(browser, f"/review/en/tickets/{other.ref}/statements/", text="Mine?")
        assert sent.status_code == 404
        assert other.statements.count() == 1

    def test_against_another_decision_is_not_there_for_whoever_came_by_a_link(
        self, browser, appeal, account
    ) -> None:
        Appeal.objects.update(state="WITHDRAWN", closed_at=NOON)
        other = make_appeal(account=account, enforcement=make_enforcement(account=account))

        assert browser.get(f"/review/en/tickets/{other.ref}/").status_code == 404

    @pytest.mark.parametrize("ref", ["AP-000000", "%00", "x" * 500, "<script>", "AP-..%2f"])
    def test_that_is_none_is_not_there(self, browser, appeal, ref) -> None:
        response = browser.get(f"/review/en/tickets/{ref}/")

        assert response.status_code in (400, 404)
        assert "<script>" not in text_of(response)

    def test_takes_more_while_it_is_open(self, browser, appeal, path) -> None:
        page = send(
            browser, f"{path}statements/", text="One thing more.",
            files=[SimpleUploadedFile("more.txt", b"More")], follow=True,
        )  # fmt: skip

        assert say("en", "done.added") in text_of(page)
        assert "One thing more." in text_of(page)
        assert "more.txt" in text_of(page)
        appeal.refresh_from_db()
        assert (appeal.repeats, appeal.due_at) == (1, NOON + timedelta(days=7))

    def test_takes_not_nothing(self, browser, appeal, path) -> None:
        response = send(browser, f"{path}statements/", text=" \n ")

        assert response.status_code == 422
        assert say("en", "refused.empty-text") in text_of(response)


class TestAQuestion:
    """Noor asks who the customers are."""

    def test_is_shown_with_until_when(self, browser, appeal, path, question) -> None:
        page = text_of(browser.get(path))

        assert say("en", "states.AWAITING_APPELLANT") in page
        assert "Who are your customers?" in page
        assert say("en", "ticket.asked_by", by="16 March 2026") in page
        assert "Noor" not in page

    def test_is_answered_with_a_file(self, browser, appeal, path, question) -> None:
        page = send(
            browser, f"{path}statements/", text="The people of Pune.",
            files=[SimpleUploadedFile("list.txt", b"Names")], follow=True,
        )  # fmt: skip

        assert say("en", "done.answered") in text_of(page)
        assert "The people of Pune." in text_of(page)
        answer = appeal.statements.get(kind=StatementKind.ANSWER)
        assert answer.attachments.count() == 1
        appeal.refresh_from_db()
        assert appeal.state == AppealState.OPEN

    def test_that_was_answered_meanwhile_is_told_so(self, browser, appeal, path, question) -> None:
        browser.get(path)
        Appeal.objects.update(state="WITHDRAWN", closed_at=NOON, answer_by=None)

        response = send(browser, f"{path}statements/", text="Too late.")

        assert response.status_code == 422
        assert appeal.statements.filter(kind=StatementKind.ANSWER).count() == 0


class TestAnAnswer:
    @pytest.fixture
    def decide(self, appeal, noor):
        def decide(outcome: str, *, cause: str = "", decision=None) -> None:
            Appeal.objects.update(state="DECIDED", closed_at=NOON)
            AppealDecision.objects.create(
                appeal=appeal,
                outcome=outcome,
                cause=cause,
                decision=decision,
                decided_by=noor,
                reason_sealed=appeal.seal("They knew you.", context="appeal_decision.reason"),
                rationale_sealed=appeal.seal("For us.", context="appeal_decision.rationale"),
                decided_at=NOON,
                recorded_at=NOON,
            )

        return decide

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_shown_with_its_reason_and_how_to_go_on(
        self, browser, appeal, decide, language
    ) -> None:
        decide(AppealOutcome.ORIGINAL_DECISION_UPHELD)

        page = text_of(browser.get(f"/review/{language}/tickets/{appeal.ref}/"))

        assert say(language, "states.ORIGINAL_DECISION_UPHELD") in page
        assert "They knew you." in page
        assert "https://gac.gov.in" in page
        for inside in ("For us.", "Noor", "Ada"):
            assert inside not in page
        assert 'name="text"' not in page

    def test_that_frees_says_what_was_wrong(self, browser, appeal, path, decide, ada) -> None:
        from cases.models import Decision
        from reviewapp.kernel.refs import next_refs

        lift = Decision.objects.create(
            ref=next_refs("D")[0], account=appeal.account, maker="ANALYST", decided_by=ada,
            outcome="NO_VIOLATION", action="LIFT", decided_at=NOON, recorded_at=NOON,
            undoes=appeal.enforcement.decision,
        )  # fmt: skip
        decide(AppealOutcome.REVERSED, cause=ReversalCause.DETECTOR_ERROR, decision=lift)

        page = text_of(browser.get(path))

        assert say("en", "states.REVERSED") in page
        assert "Our automated systems were wrong. We are sorry." in page
        assert "gac.gov.in" not in page


class TestTakingItBack:
    def test_is_asked_about_first(self, browser, appeal, path) -> None:
        page = text_of(browser.get(f"{path}withdrawal/"))

        assert say("en", "withdrawal.title") in page
        assert Appeal.objects.get().is_open

    def test_closes_the_ticket_and_confirms_it(self, browser, appeal, path) -> None:
        browser.get(f"{path}withdrawal/")

        page = send(browser, f"{path}withdrawal/", follow=True)

        appeal.refresh_from_db()
        assert (appeal.state, appeal.closed_at) == (AppealState.WITHDRAWN, NOON)
        assert say("en", "done.withdrawn") in text_of(page)
        assert say("en", "states.WITHDRAWN") in text_of(page)
        assert [each.kind for each in Letter.objects.all()] == ["WITHDRAWN"]

    def test_of_what_is_closed_is_told_so(self, browser, appeal, path) -> None:
        browser.get(f"{path}withdrawal/")
        send(browser, f"{path}withdrawal/")

        response = send(browser, f"{path}withdrawal/")

        assert response.status_code == 422
        assert say("en", "refused.closed-already") in text_of(response)
        assert Letter.objects.count() == 1


def without_token(page: str) -> str:
    import re

    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)


class TestALongStory:
    """Asks the database the same number of questions for one row and for fifty."""

    def test_costs_no_more_queries(self, browser, appeal, account, path) -> None:
        pages = [path, "/review/en/decisions/"]
        visit = Visit(account.pk)
        answer = HttpResponse()
        remember(answer, visit)
        browser.cookies["review"] = answer.cookies["review"].value
        account.refresh_from_db()
        make_enforcement(account=account, action="RATE_LIMIT")
        few = [self.asked(browser, each) for each in pages]
        for _ in range(30):
            statement = say_on(appeal, text="And another thing.", kind=StatementKind.REPEATED)
            Attachment.objects.create(
                statement=statement, storage_name=f"none-{statement.pk}", sha256=b"", size=1,
                media_type="text/plain", received_at=NOON,
                name_sealed=appeal.seal("a.txt", context="attachment.name"),
            )  # fmt: skip
            make_enforcement(account=account, action="RATE_LIMIT")

        assert [self.asked(browser, each) for each in pages] == few

    def asked(self, browser, path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)


class TestOneThatIsNotAdmitted:
    def test_is_told_why_in_the_words_that_were_sent(self, browser, appeal, path, noor) -> None:
        Appeal.objects.update(state="INADMISSIBLE", closed_at=NOON)
        appeal.refresh_from_db()
        writing.request(
            ticket=appeal, kind=LetterKind.NOT_ADMITTED, subject="Too late", at=NOON, by=noor.actor,
            text="Your request came too late.\n\nNothing kept you from asking.",
        )  # fmt: skip

        page = text_of(browser.get(path))

        assert say("en", "states.INADMISSIBLE") in page
        assert "Nothing kept you from asking." in page
