import pytest
import time_machine

from appeals import claiming, reviewing
from appeals.models import Appeal
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance, say
from tests.appeals.reviewed import LATER, answer, appeal_against, ban, deliver, held, upheld
from tests.cases.factories import (
    NOON,
    identity,
    make_account,
    make_detection,
    make_enforcement,
    make_evidence,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _an_hour_later():
    with time_machine.travel(LATER, tick=False):
        yield


class TestTheAppealBesideWhatItChallenges:
    """Ada banned for good, citing a burst; the person says that they know everybody."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User) -> None:
        account = make_account()
        item = make_evidence(account=account, kind="message.batch", count=60, recipients=58)
        self.original = ban(ada, account=account, cited=[identity(item)])
        deliver(FakePlatform())
        self.appeal = appeal_against(self.original, text="I know them.\n\u202eevil")

    def page(self, client, **extra) -> str:
        response = client.get(f"/appeals/{self.appeal.ref}/", **extra)
        assert response.status_code == 200
        return response.content.decode()

    def test_shows_what_was_decided_and_on_what(self, signed_in, noor: User) -> None:
        page = self.page(signed_in(noor))

        assert "Permanent ban" in page
        assert "Automation found it, and a person decided it." in page
        assert "Bursts to strangers." in page
        assert "message-burst 1.0" in page
        assert "Sent 60 messages to 58 people" in page
        assert f"/cases/{self.original.case.ref}/?at=" in page
        assert f"/cases/{self.original.case.ref}/?item=" in page

    def test_shows_what_the_person_says_as_it_was_meant(self, signed_in, noor: User) -> None:
        page = self.page(signed_in(noor))

        assert '<div class="said__text" dir="auto">I know them.' in page
        assert "\u202e" not in page

    def test_shows_by_when_it_is_owed_and_why(self, signed_in, noor: User) -> None:
        page = self.page(signed_in(noor))

        assert "6 days left" in page
        assert "IT Rules 2021, rule 3(2)(a)(i)" in page

    def test_shows_what_happened_since(self, signed_in, noor: User) -> None:
        make_detection(account=self.appeal.account, version="2.0", at=LATER)
        make_enforcement(account=self.appeal.account, action="RATE_LIMIT", at=LATER)

        page = self.page(signed_in(noor))

        assert "message-burst 2.0 fired at 0.70" in page
        assert "this appeal does not touch it: Rate limit since 10 Mar 2026" in page

    def test_hides_the_address_until_somebody_asks_to_see(self, signed_in, noor: User) -> None:
        client = signed_in(noor)

        assert "m•••@example.org" in self.page(client)
        client.post(f"/accounts/{self.appeal.account.ref}/phone/", {"purpose": "CONTACT"})
        assert "meera@example.org" in self.page(client)

    def test_is_in_the_ledger_once_for_a_look(self, signed_in, noor: User) -> None:
        client = signed_in(noor)
        self.page(client)
        self.page(client)

        look = LedgerEntry.objects.get(kind="appeal.viewed")
        assert (look.actor, look.particulars) == (noor.actor, {"appeal": self.appeal.ref})

    def test_offers_the_form_to_whoever_holds_it(self, signed_in, noor: User, ravi: User) -> None:
        assert 'name="outcome"' not in self.page(signed_in(noor))
        claiming.take(ticket=self.appeal, by=noor, at=LATER)

        assert 'name="outcome"' in self.page(signed_in(noor))
        assert "Held by Noor" in self.page(signed_in(ravi))
        assert 'name="outcome"' not in self.page(signed_in(ravi))

    def test_is_read_by_whoever_had_a_part_in_it_and_no_more(self, signed_in, ada: User) -> None:
        ada.roles = ["ANALYST", "APPEALS"]
        ada.save()

        page = self.page(signed_in(ada))

        assert "Somebody else looks at this one" in page
        assert "You decided the original, so somebody else looks at this one." in page
        assert "/claim/" not in page

    def test_is_no_page_for_whoever_does_not_read_appeals(self, signed_in, bo: User) -> None:
        assert signed_in(bo).get(f"/appeals/{self.appeal.ref}/").status_code == 403

    def test_shows_other_appeals_and_those_alike(self, signed_in, noor: User) -> None:
        make_grievance(
            account=self.appeal.account, appeal=self.appeal, state="IN_APPEAL",
            category="BAN_APPEAL",
        )  # fmt: skip
        earlier = make_appeal(
            account=self.appeal.account, enforcement=self.appeal.enforcement, state="WITHDRAWN",
            closed_at=NOON,
        )  # fmt: skip

        page = self.page(signed_in(noor))

        assert f'href="/appeals/{earlier.ref}/"' in page
        assert "Answered together with it." in page

    def test_names_whoever_typed_in_a_letter(self, signed_in, noor: User, ravi: User) -> None:
        say(self.appeal, text="By post.", kind="REPEATED", entered_by=ravi)

        assert "typed in by Ravi" in self.page(signed_in(noor))


class TestAnAppealThatIsClosed:
    def test_shows_what_came_of_it(self, signed_in, ada: User, noor: User) -> None:
        original = ban(ada)
        deliver(FakePlatform())
        appeal = held(original, noor)
        reviewing.decide(appeal=appeal, by=noor, at=LATER, **answer(appeal))

        page = signed_in(noor).get(f"/appeals/{appeal.ref}/").content.decode()

        assert "Reversed" in page
        assert "The people you wrote to know you." in page
        assert "Everybody wrote back." in page
        assert "Undoes: Permanent ban" in page

    def test_says_the_same_where_it_stands(self, signed_in, ada: User, noor: User) -> None:
        appeal = held(ban(ada), noor)
        reviewing.decide(appeal=appeal, by=noor, at=LATER, **upheld(appeal))

        page = signed_in(noor).get(f"/appeals/{appeal.ref}/").content.decode()

        assert "Original decision upheld" in page
        assert Appeal.objects.get().state == "DECIDED"
