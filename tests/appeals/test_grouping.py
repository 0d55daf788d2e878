from datetime import timedelta
from typing import Any

import pytest

from appeals import filing, grouping
from appeals.enums import Channel
from appeals.grouping import FOUND_BY, SHORTEST_TEXT, WITHIN
from appeals.models import Appeal, Statement, TextGroup
from cases.models import Account
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
COPY = (
    "Respected sir, my account {number} was banned by mistake. I am an honest person and never sent"
    " any spam to anybody. Kindly unban my number {number} as soon as possible. Thank you."
)
OWN = (
    "I run the bakery on our street and told my customers about the new opening hours, as they had"
    " asked me to; there are ninety of them and I know each by name."
)


def appeal_with(text: str, *, account: Account | None = None, at: Any = NOON) -> Appeal:
    account = account or make_account()
    if not account.enforcements.exists():
        make_enforcement(account=account)
    return filing.file(
        account=account,
        channel=Channel.WEB_FORM,
        text=text,
        received_at=at,
        at=at,
        by="portal",
    ).appeal


class TestAFlood:
    """Near copies of one text, each of another account."""

    def flood(self, count: int, **options: Any) -> list[Appeal]:
        return [appeal_with(COPY.format(number=1000 + each), **options) for each in range(count)]

    def test_is_one_group(self) -> None:
        self.flood(5)
        other = appeal_with(OWN)

        group = TextGroup.objects.get()
        assert group.size == 5
        assert Appeal.objects.filter(group=group).count() == 5
        other.refresh_from_db()
        assert other.group is None

    def test_is_an_appeal_for_each_of_its_accounts(self) -> None:
        flood = self.flood(3)
        flood[0].refresh_from_db()

        assert len({each.account_id for each in flood}) == 3
        assert set(grouping.alike(flood[0])) == set(flood[1:])
        assert set(grouping.alike(appeal_with(OWN))) == set()

    def test_costs_no_more_however_large_it_is(self) -> None:
        """Its first members are found by all that follow."""
        self.flood(FOUND_BY + 5)

        assert TextGroup.objects.get().size == FOUND_BY + 5
        found_by = Statement.objects.filter(likeness_bands__isnull=False).count()
        assert FOUND_BY <= found_by <= FOUND_BY + 1

    def test_is_over_when_nothing_came_for_long(self) -> None:
        self.flood(2)
        [later] = self.flood(1, at=NOON + WITHIN)

        assert later.group is None

    def test_goes_on_as_long_as_it_goes_on(self) -> None:
        for days in (0, 20, 40, 60):
            self.flood(1, at=NOON + timedelta(days=days))

        assert TextGroup.objects.get().size == 4

    def test_takes_along_those_that_came_at_once_and_did_not_see_each_other(self) -> None:
        self.flood(3)
        Appeal.objects.update(group=None)
        TextGroup.objects.all().delete()

        self.flood(1)
        assert TextGroup.objects.get().size == 4

    def test_is_not_one_person_asking_twice(self) -> None:
        first = appeal_with(OWN)
        first.move_to("WITHDRAWN", at=NOON)
        first.save()

        again = appeal_with(OWN, account=first.account)
        assert (again.pk != first.pk, again.group) == (True, None)

    def test_is_not_many_people_saying_the_same_few_words(self) -> None:
        few = "Please unban me sir"
        assert len(few) < SHORTEST_TEXT
        for _ in range(3):
            appeal_with(few)

        assert not TextGroup.objects.exists()

    def test_passes_over_whom_it_cannot_read_any_more(self) -> None:
        [erased] = self.flood(1)
        Account.objects.filter(pk=erased.account_id).update(wrapped_key=b"")

        self.flood(1)
        assert not TextGroup.objects.exists()
