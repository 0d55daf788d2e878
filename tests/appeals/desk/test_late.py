import pytest
import time_machine
from django.test import Client

from appeals.models import Letter
from reviewapp.staff.models import User
from tests.appeals.reviewed import LATER, appeal_against, ban
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db


class TestALateAppeal:
    """It came after its window."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User, signed_in):
        with time_machine.travel(LATER, tick=False):
            self.appeal = appeal_against(ban(ada), state="OUT_OF_TIME", window_ends_at=NOON)
            self.client: Client = signed_in(noor)
            self.url = f"/appeals/{self.appeal.ref}/"
            yield

    def test_says_until_when_it_could_be_asked(self) -> None:
        page = self.client.get(self.url).content.decode()

        assert "It came too late" in page
        assert "Look at it all the same" in page
        assert "Take AP-" not in page

    def test_is_let_in_with_a_reason(self) -> None:
        refused = self.client.post(f"{self.url}admission/", {"admission-words": ""})
        assert refused.status_code == 422

        self.client.post(f"{self.url}admission/", {"admission-words": "They were ill."})

        self.appeal.refresh_from_db()
        assert (self.appeal.state, self.appeal.admission()) == ("OPEN", "They were ill.")

    def test_is_turned_away_and_the_person_told(self) -> None:
        told = {"turning-away-reason": "It came a year late.", "turning-away-locale": "en"}

        assert self.client.post(f"{self.url}turning-away/", told).url == "/appeals/"

        self.appeal.refresh_from_db()
        assert self.appeal.state == "INADMISSIBLE"
        assert all("It came a year late." in each.text() for each in Letter.objects.all())
        page = self.client.get(self.url).content.decode()
        assert "Not admitted" in page
        assert "It came a year late." in page

    def test_is_only_read_by_whoever_had_a_part_in_it(self, signed_in, ada: User) -> None:
        ada.roles = ["APPEALS"]
        ada.save()

        page = signed_in(ada).get(self.url).content.decode()

        assert "It came too late" in page
        assert "Look at it all the same" not in page
