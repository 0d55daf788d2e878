from datetime import timedelta

import pytest
import time_machine

from cases.casefile.linked import linked_of
from cases.models import AccountLink, Clearing
from cases.models.accounts import link_index
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_account, make_case, make_enforcement
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def share(value, *accounts, kind="device"):
    """Give each of `accounts` the same value; answers the first one's link."""
    links = [
        AccountLink.objects.create(
            account=account,
            kind=kind,
            value_sealed=account.seal(value, context=f"account.link.{kind}"),
            value_index=link_index(kind, value),
            seen_at=NOON,
        )
        for account in accounts
    ]
    return links[0]


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


class TestWhatAnAccountShares:
    @pytest.fixture(autouse=True)
    def _account(self):
        self.account = make_account()

    def linked(self):
        return linked_of(self.account, now=NOON)

    def test_is_told_by_its_kind_with_how_the_others_fared(self, lena):
        banned, cleared, open_case, quiet = (make_account() for _ in range(4))
        make_enforcement(account=banned)
        make_enforcement(account=quiet, state="CANCELLED")
        make_case(account=open_case)
        Clearing.objects.create(
            account=cleared, family="BULK", until=NOON + timedelta(days=9), margin=0.2,
            reason_sealed=b"x", made_by=lena, made_at=NOON,
        )  # fmt: skip
        share("dev-1", self.account, banned, cleared, open_case, quiet)

        [told] = self.linked().shared

        assert told.headline == "4 others share a device"
        assert told.fared == "1 banned, 1 cleared, 1 open case"
        assert told.rarity.startswith("rare")

    def test_tells_each_kind_by_itself_the_strongest_first(self):
        other = make_account()
        share("AS1", self.account, other, kind="network")
        share("dev-1", self.account, other)

        assert [told.headline for told in self.linked().shared] == [
            "1 other shares a device",
            "1 other shares a network",
        ]

    def test_is_not_what_it_has_alone_or_what_looks_alike_in_another_kind(self):
        share("same", self.account)
        share("same", make_account(), kind="payee")

        found = self.linked()

        assert found.shared == []
        assert found.alone == "1 thing that nobody shares"

    def test_is_counted_up_to_a_bound(self, monkeypatch):
        monkeypatch.setattr("cases.casefile.linked.COUNTED", 3)
        monkeypatch.setattr("cases.casefile.linked.LOOKED_INTO", 2)
        others = [make_account() for _ in range(6)]
        for other in others[:5]:
            make_enforcement(account=other)
        share("AS1", self.account, *others, kind="network")

        [told] = self.linked().shared

        assert told.headline == "3+ others share a network"
        # The newest of them was not banned.
        assert told.fared == "of the newest 2: 1 banned, 0 cleared, 0 open cases"

    def test_stands_on_the_pages_of_account_and_case(self, signed_in, ada):
        share("dev-1", self.account, make_account())
        case = make_case(account=self.account)

        for url in (f"/cases/{case.ref}/", f"/accounts/{self.account.ref}/"):
            assert "1 other shares a device" in signed_in(ada).get(url).content.decode()


class TestWhoSharesIt:
    """Twenty-five accounts have the same device."""

    @pytest.fixture(autouse=True)
    def _accounts(self):
        self.account = make_account()
        self.others = [make_account() for _ in range(25)]
        self.link = share("dev-1", self.account, *self.others)
        self.url = f"/accounts/{self.account.ref}/links/{self.link.pk}/"

    def test_are_listed_masked_with_a_way_to_each(self, signed_in, ada):
        make_enforcement(account=self.others[-1])
        case = make_case(account=self.others[-2])

        page = signed_in(ada).get(self.url).content.decode()

        newest = self.others[-1]
        assert f'href="/accounts/{newest.ref}/"' in page
        assert newest.masked_phone() in page
        assert newest.phone() not in page
        assert "Permanent ban" in page
        assert case.ref in page
        assert "dev-1" not in page

    def test_come_in_pages_without_losing_one(self, signed_in, ada):
        client = signed_in(ada)
        first = client.get(self.url)
        second = client.get(first.context["next_url"])
        back = client.get(second.context["previous_url"])

        seen = [row["ref"] for page in (first, second) for row in page.context["rows"]]
        assert seen == [other.ref for other in reversed(self.others)]
        assert back.context["rows"] == first.context["rows"]
        assert second.context["next_url"] == ""

    def test_are_given_to_htmx_without_the_page(self, signed_in, ada):
        rows = signed_in(ada).get(self.url, headers={"HX-Request": "true"}).content.decode()

        assert "<html" not in rows
        assert self.others[-1].ref in rows

    def test_are_known_to_have_been_read_once_for_one_look(self, signed_in, ada):
        for _ in range(2):
            signed_in(ada).get(self.url)

        [look] = LedgerEntry.objects.filter(kind="link.viewed")
        assert (look.actor, look.account) == (ada.actor, self.account.ref)
        assert look.particulars == {"link": "device"}

    def test_are_not_there_under_somebody_elses_value(self, signed_in, ada):
        other = share("dev-2", make_account(), make_account())

        assert (
            signed_in(ada).get(f"/accounts/{self.account.ref}/links/{other.pk}/").status_code == 404
        )

    def test_are_refused_to_a_role_that_reads_no_cases(self, signed_in, asha):
        asha.roles = ["DETECTOR_OWNER"]
        asha.save()

        assert signed_in(asha).get(self.url).status_code == 403
