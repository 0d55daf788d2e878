from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from appeals import claiming
from appeals.enums import AppealState, GrievanceCategory
from appeals.models import Appeal, TextGroup
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.appeals.factories import make_appeal, make_grievance, make_order
from tests.factories import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def priya(db: None) -> User:
    return create_user(name="Priya", roles=[Role.APPEALS])


@pytest.fixture
def ravi(db: None) -> User:
    return create_user(name="Ravi", roles=[Role.GRIEVANCE_OFFICER])


def shown(client: Client, path: str, **asked: Any) -> list[str]:
    page = client.get(path, asked)
    assert page.status_code == 200
    return [line.ref for line in page.context["tickets"]]


class TestTheListOfAppeals:
    """Three appeals: an old one, a new one, and one that Priya has a part in."""

    @pytest.fixture(autouse=True)
    def _appeals(self, priya: User, signed_in: Any) -> None:
        self.now = timezone.now()
        self.new = make_appeal(at=self.now - timedelta(hours=1), ground="FACTS_WRONG")
        self.old = make_appeal(at=self.now - timedelta(days=8))
        self.own = make_appeal(at=self.now - timedelta(days=2), barred=[priya.pk])
        self.client = signed_in(priya)

    def test_has_the_most_urgent_first(self) -> None:
        assert shown(self.client, "/appeals/") == [self.old.ref, self.own.ref, self.new.ref]

    def test_says_by_when_in_words(self) -> None:
        lines = self.client.get("/appeals/").context["tickets"]

        assert [line.due.split()[0] for line in lines] == ["overdue", "due", "due"]
        assert [line.due_tone for line in lines] == ["bad", "", ""]

    def test_offers_all_but_ones_own(self) -> None:
        lines = {line.ref: line for line in self.client.get("/appeals/").context["tickets"]}

        assert lines[self.own.ref].claim_url == ""
        assert lines[self.own.ref].barred
        assert lines[self.old.ref].claim_url == f"/appeals/{self.old.ref}/claim/"

    def test_gives_the_most_urgent_that_one_may_have(self, priya: User) -> None:
        answer = self.client.post("/appeals/claims/")

        assert answer.url == f"/appeals/{self.old.ref}/"
        assert Appeal.objects.get(pk=self.old.pk).held_by == priya

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"due": "overdue"}, ["old"]),
            ({"due": "today"}, ["old"]),
            ({"due": "none"}, []),
            ({"ground": "FACTS_WRONG"}, ["new"]),
            ({"held": "nobody"}, ["old", "own", "new"]),
            ({"held": "me"}, []),
            ({"channel": "POST"}, []),
            ({"jurisdiction": "IN"}, ["old", "own", "new"]),
            ({"jurisdiction": "EU"}, []),
            ({"action": "PERMANENT_BAN"}, ["old", "own", "new"]),
            ({"action": "TEMPORARY_BAN"}, []),
            ({"state": "AWAITING_APPELLANT"}, []),
            ({"state": "closed"}, []),
            ({"q": "nobody"}, []),
        ],
    )
    def test_is_narrowed(self, asked: dict[str, str], found: list[str]) -> None:
        expected = [getattr(self, name).ref for name in found]

        assert shown(self.client, "/appeals/", **asked) == expected

    def test_shows_what_is_held_and_what_is_closed(self, priya: User) -> None:
        claiming.take(ticket=self.new, by=priya, at=self.now)
        self.old.move_to(AppealState.WITHDRAWN, at=self.now)
        self.old.save()

        assert shown(self.client, "/appeals/", held="me") == [self.new.ref]
        assert shown(self.client, "/appeals/", held="somebody") == [self.new.ref]
        assert shown(self.client, "/appeals/", state="closed") == [self.old.ref]
        assert self.old.ref not in shown(self.client, "/appeals/")

    def test_leads_to_the_ticket_that_is_named(self) -> None:
        answer = self.client.get("/appeals/", {"q": self.old.ref.lower()})

        assert answer.url == f"/appeals/{self.old.ref}/"

    def test_finds_the_appeals_of_an_account(self) -> None:
        account = self.own.account

        assert shown(self.client, "/appeals/", q=account.external_id) == [self.own.ref]
        assert shown(self.client, "/appeals/", q=account.phone()) == [self.own.ref]

    def test_shows_those_of_one_text_together(self) -> None:
        group = TextGroup.objects.create(size=2, first_at=self.now, last_at=self.now)
        Appeal.objects.filter(pk__in=[self.new.pk, self.old.pk]).update(group=group)

        page = self.client.get("/appeals/", {"alike": group.pk})

        assert [line.alike for line in page.context["tickets"]] == [2, 2]
        assert shown(self.client, "/appeals/", alike=group.pk) == [self.old.ref, self.new.ref]

    @pytest.mark.parametrize(
        "asked", [{"alike": "x"}, {"state": "no"}, {"after": "zz"}, {"due": "\u202e"}]
    )
    def test_takes_no_harm_from_a_bad_address(self, asked: dict[str, str]) -> None:
        assert self.client.get("/appeals/", asked).status_code == 200

    def test_is_not_for_analysts(self, ada: User, signed_in: Any) -> None:
        assert signed_in(ada).get("/appeals/").status_code == 403


class TestTheOtherLists:
    def test_show_grievances_by_category(self, ravi: User, signed_in: Any) -> None:
        client, now = signed_in(ravi), timezone.now()
        support = make_grievance(at=now)
        safety = make_grievance(at=now, category=GrievanceCategory.SAFETY)

        assert shown(client, "/grievances/") == [support.ref, safety.ref]
        assert shown(client, "/grievances/", category="SAFETY") == [safety.ref]

    def test_show_orders(self, ravi: User, signed_in: Any) -> None:
        order = make_order(at=timezone.now())

        assert shown(signed_in(ravi), "/orders/") == [order.ref]

    @pytest.mark.parametrize("path", ["/appeals/", "/grievances/", "/orders/"])
    def test_say_so_where_nothing_waits(self, ravi: User, signed_in: Any, path: str) -> None:
        assert "Nothing waits here" in signed_in(ravi).get(path).content.decode()
        answer = signed_in(ravi).post(f"{path}claims/", follow=True)
        assert "Nothing waits that you could take" in answer.content.decode()
