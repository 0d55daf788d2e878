import re
from collections import Counter
from datetime import timedelta

import pytest

from cases import asking, claiming, escalating, handing, noting, waking
from cases.enums import CaseState, ReservedWhy
from cases.models import Case
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_account, make_case, make_detection
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def text(page) -> str:
    """What a page says, its marks and spaces apart."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


class TestWhatAHolderCanDoElse:
    """Ada holds a case. Bo is an analyst, Lena leads, Omar audits."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)
        self.url = f"/cases/{self.case.ref}/"

    def panels(self, page):
        return [panel["words"] for panel in page.context["pass_on"]]

    def test_stands_in_one_panel_and_for_the_holder_alone(self, signed_in, ada, bo, lena):
        assert self.panels(signed_in(ada).get(self.url)) == [
            "Hand over", "Ask for information", "Escalate", "Merge", "Give back",
        ]  # fmt: skip
        assert self.panels(signed_in(bo).get(self.url)) == []
        assert self.panels(signed_in(lena).get(self.url)) == []

    def test_hands_it_over(self, signed_in, ada, bo):
        page = signed_in(ada).post(
            f"{self.url}hand-over/",
            {"hand-over-to": bo.ref, "hand-over-words": "Reads Portuguese."},
            follow=True,
        )

        assert page.redirect_chain == [("/", 302)]
        assert f"{self.case.ref} is kept for Bo for 24 hours." in text(page)
        self.case.refresh_from_db()
        assert (self.case.reserved_for, self.case.reserved_why) == (bo, ReservedWhy.HANDED_OVER)

    def test_keeps_what_was_typed_when_nobody_was_chosen(self, signed_in, ada):
        page = signed_in(ada).post(
            f"{self.url}hand-over/", {"hand-over-to": "", "hand-over-words": "Reads Portuguese."}
        )

        assert page.status_code == 422
        assert "Choose a colleague." in text(page)
        assert "Reads Portuguese.</textarea>" in page.content.decode()
        assert self.case.claims.held(now=NOON).exists()

    def test_is_refused_in_words_to_who_does_not_hold_it(self, signed_in, bo, ada):
        page = signed_in(bo).post(
            f"{self.url}hand-over/", {"hand-over-to": ada.ref, "hand-over-words": "For you."}
        )

        assert page.status_code == 422
        assert "Ada holds" in text(page)
        assert "For you.</textarea>" in page.content.decode()

    def test_offers_an_escalated_case_to_leads_alone(self, signed_in, ada, bo, lena):
        escalating.escalate(case=self.case, by=ada, words="Over my head.", at=NOON)
        claiming.take(case=self.case, by=lena, now=NOON)

        page = signed_in(lena).get(self.url)

        assert "Hand down" in self.panels(page)
        assert list(page.context["pass_on"][0]["form"].fields["to"].queryset) == []

    @pytest.mark.parametrize(
        ("typed", "until"),
        [
            ({"question-wait": "3"}, NOON + 3 * DAY),
            ({"question-wait": "date", "question-wakes_on": "2026-03-20"}, NOON + 9.5 * DAY),
        ],
    )
    def test_sets_it_aside(self, signed_in, ada, typed, until):
        page = signed_in(ada).post(
            f"{self.url}question/", {"question-question": "Whose is it?", **typed}, follow=True
        )

        assert f"{self.case.ref} waits, until {until:%-d %b %H:%M} UTC" in text(page)
        self.case.refresh_from_db()
        assert (self.case.state, self.case.wakes_at) == (CaseState.AWAITING_INFO, until)

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"question-wait": "date"}, "Choose a day."),
            ({"question-wait": "date", "question-wakes_on": "2026-03-01"}, "a time to come"),
            ({"question-wait": "date", "question-wakes_on": "2027-03-01"}, "At most 90 days"),
        ],
    )
    def test_says_which_day_it_cannot_wait_for(self, signed_in, ada, typed, words):
        page = signed_in(ada).post(
            f"{self.url}question/", {"question-question": "Whose is it?", **typed}
        )

        assert page.status_code == 422
        assert words in page.context["form"].errors["wakes_on"][0]
        assert "Whose is it?</textarea>" in page.content.decode()

    def test_escalates_it(self, signed_in, ada):
        page = signed_in(ada).post(
            f"{self.url}escalation/", {"escalation-words": "Known to the press."}, follow=True
        )

        assert f"{self.case.ref} is with the leads." in text(page)
        self.case.refresh_from_db()
        assert self.case.state == CaseState.ESCALATED

    def test_gives_it_back_only_with_a_reason(self, signed_in, ada):
        page = signed_in(ada).post(f"{self.url}claim/return/", {"reason": ""})

        assert page.status_code == 422
        assert page.context["pass_on"][-1]["open"]
        assert "Say why you give it back." in text(page)

    @pytest.mark.parametrize("what", ["hand-over", "question", "escalation"])
    def test_has_a_page_where_no_panel_can_be(self, signed_in, ada, omar, what):
        assert "<form" in signed_in(ada).get(f"{self.url}{what}/").content.decode()
        assert signed_in(omar).get(f"{self.url}{what}/").status_code == 403

    def test_has_keys_of_its_own(self, signed_in, ada, lena):
        noting.write(case=self.case, by=ada, text="A note.", at=NOON)
        escalated = make_case()
        claiming.take(case=escalated, by=ada, now=NOON)
        escalating.escalate(case=escalated, by=ada, words="Up.", at=NOON)
        for person, case in ((ada, self.case), (lena, self.case), (lena, escalated)):
            page = signed_in(person).get(f"/cases/{case.ref}/").content.decode()
            keys = Counter(re.findall(r'data-key="([^"]+)"', page))
            assert [key for key, times in keys.items() if times > 1] == []


class TestHowACaseCameHere:
    """Ada holds a case and passes it on. Bo is an analyst, Lena leads."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.case = make_case(account=make_account(external_id="wa-1"), at=NOON - DAY)
        claiming.take(case=self.case, by=ada, now=NOON)
        self.url = f"/cases/{self.case.ref}/"

    def aside(self, client):
        return client.get(self.url).context["aside"]

    def test_is_not_told_where_nobody_passed_it_on(self, signed_in, ada):
        assert self.aside(signed_in(ada)) is None

    def test_is_told_to_whom_it_was_handed(self, signed_in, ada, bo):
        handing.hand_over(case=self.case, by=ada, to=bo, words="Reads Portuguese.", at=NOON)
        client = signed_in(bo)

        aside = self.aside(client)
        assert (aside["title"], aside["text"]) == ("Ada handed it over", "Reads Portuguese.")
        assert aside["kept"] == "It is kept for you until 11 Mar 12:00 UTC."

        client.post(f"{self.url}claim/")

        aside = self.aside(client)
        assert (aside["text"], aside["kept"]) == ("Reads Portuguese.", "")

    def test_is_taken_back_while_they_have_not_begun(self, signed_in, ada, bo):
        handing.hand_over(case=self.case, by=ada, to=bo, words="For you.", at=NOON)
        client = signed_in(ada)
        url = self.aside(client)["take_back_url"]

        page = client.post(url, follow=True)

        assert f"{self.case.ref} is yours again." in text(page)
        assert page.context["aside"] is None

        assert "does not wait for somebody you handed it to" in text(client.post(url, follow=True))

    def test_is_not_offered_back_once_they_have(self, signed_in, ada, bo):
        handing.hand_over(case=self.case, by=ada, to=bo, words="For you.", at=NOON)
        claiming.take(case=self.case, by=bo, now=NOON)

        assert self.aside(signed_in(ada))["take_back_url"] == ""

    def test_is_shown_while_it_waits_and_taking_it_ends_the_wait(self, signed_in, ada, bo):
        asking.ask(case=self.case, by=ada, question="Whose is it?", wakes_at=NOON + DAY, at=NOON)

        seen = text(signed_in(bo).get(self.url))
        assert "Ada asked for information" in seen
        assert "Whose is it?" in seen
        assert "or on 11 Mar 12:00 UTC" in seen
        assert "waits for it until 11 Mar 12:00 UTC" in seen
        assert "Take this case" not in seen

        signed_in(ada).post(f"{self.url}claim/")
        self.case.refresh_from_db()
        assert (self.case.state, self.case.wakes_at) == (CaseState.OPEN, None)

    def test_tells_what_arrived_since_it_was_asked_for(self, signed_in, ada):
        asking.ask(case=self.case, by=ada, question="Whose is it?", wakes_at=NOON + DAY, at=NOON)
        make_detection(account=self.case.account, at=NOON + timedelta(hours=1))
        waking.information_arrived(
            [self.case.account_id], at=NOON + timedelta(hours=1), actor="source:x"
        )

        aside = self.aside(signed_in(ada))

        assert aside["title"] == "Something new arrived: Ada had asked"
        assert aside["text"] == "Whose is it?"
        [arrived] = aside["arrived"]
        assert arrived.words.startswith("message-burst 1.0 fired at ")

    def test_tells_that_its_time_is_over(self, signed_in, ada):
        asking.ask(
            case=self.case, by=ada, question="Whose is it?", wakes_at=NOON + DAY, at=NOON - DAY
        )
        Case.objects.filter(pk=self.case.pk).update(wakes_at=NOON)
        waking.wake_due(now=NOON)

        aside = self.aside(signed_in(ada))

        assert aside["title"] == "The time that was set is over: Ada had asked"
        assert aside["kept"] == "It is kept for you until 11 Mar 12:00 UTC."

    def test_is_answered_by_a_lead(self, signed_in, ada, bo, lena):
        escalating.escalate(case=self.case, by=ada, words="Known to the press.", at=NOON)

        assert "a lead decides it" in text(signed_in(bo).get(self.url))
        client = signed_in(lena)
        aside = self.aside(client)
        assert (aside["title"], aside["text"]) == ("Ada escalated it", "Known to the press.")
        page = client.post(aside["panel"]["url"], {"answer-words": ""})
        assert page.status_code == 422
        client.post(aside["panel"]["url"], {"answer-words": "Warn, no more."})

        answered = self.aside(signed_in(ada))
        assert (answered["title"], answered["text"]) == ("Lena handed it over", "Warn, no more.")
        assert answered["kept"].startswith("It is kept for you until")

    def test_is_taken_down_again_by_who_escalated_it(self, signed_in, ada):
        escalating.escalate(case=self.case, by=ada, words="Known to the press.", at=NOON)
        client = signed_in(ada)

        page = client.post(self.aside(client)["take_back_url"], follow=True)

        assert f"{self.case.ref} is yours again." in text(page)
        assert page.context["aside"] is None
        assert LedgerEntry.objects.filter(kind="case.handed_down").exists()
