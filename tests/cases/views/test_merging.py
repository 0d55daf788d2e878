import pytest

from cases import claiming, merging
from cases.enums import CaseState
from tests.cases.factories import make_case
from tests.cases.test_merging import share
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


class TestCasesOfOneMatter:
    """Ada holds a case; the account of another has the same device. Lena leads."""

    @pytest.fixture(autouse=True)
    def _cases(self, ada):
        self.case, self.linked, self.other = make_case(), make_case(), make_case()
        share("device", "dev-1", self.case.account, self.linked.account)
        claiming.take(case=self.case, by=ada, now=NOON)
        self.url = f"/cases/{self.case.ref}/merging/"

    def merge(self, client, **typed):
        return client.post(self.url, {"found": "", "other": "", "words": "", **typed})

    def together(self, page):
        return [each["ref"] for each in page.context["together"][1:]]

    def test_are_offered_by_what_their_accounts_share(self, signed_in, ada):
        page = signed_in(ada).get(self.url)

        [offered] = page.context["linked"]
        assert (offered["line"].ref, offered["shares"]) == (self.linked.ref, "a device")
        assert self.together(page) == []

    def test_are_merged_as_chosen_or_by_their_ref(self, signed_in, ada):
        client = signed_in(ada)

        self.merge(client, found=self.linked.ref, words="One SIM farm.")
        self.merge(client, other=self.other.ref.lower())

        assert self.together(client.get(self.url)) == [self.linked.ref, self.other.ref]
        with_it = client.get(f"/cases/{self.case.ref}/").context["together"]
        assert [each["ref"] for each in with_it["cases"]] == [self.linked.ref, self.other.ref]

    @pytest.mark.parametrize(
        ("named", "words"),
        [("", "Choose a case"), ("C-000000", "There is no case"), ("this", "this very case")],
    )
    def test_are_refused_in_words_and_with_what_was_typed(self, signed_in, ada, named, words):
        named = self.case.ref if named == "this" else named

        page = self.merge(signed_in(ada), other=named, words="One SIM farm.")

        assert page.status_code == 422
        assert words in page.context["form"].errors["other"][0]
        assert "One SIM farm.</textarea>" in page.content.decode()

    def test_are_not_merged_past_somebody_who_holds_one(self, signed_in, ada, bo):
        claiming.take(case=self.linked, by=bo, now=NOON)

        page = self.merge(signed_in(ada), found=self.linked.ref)

        assert page.status_code == 422
        assert "Bo holds" in page.content.decode()
        self.linked.refresh_from_db()
        assert self.linked.state == CaseState.OPEN

    def test_are_taken_apart_from_either_side(self, signed_in, ada, bo):
        client = signed_in(ada)
        merged_url = f"/cases/{self.linked.ref}/"
        for back, leads_to in (({}, merged_url), ({"from": "merging"}, self.url)):
            merging.merge(case=self.linked, into=self.case, by=ada, words="", at=NOON)
            merged = client.get(merged_url)
            assert [each["ref"] for each in merged.context["together"]["cases"]] == [self.case.ref]
            assert "Nobody holds this case" not in merged.content.decode()

            page = client.post(merged.context["together"]["part_url"], back)

            assert page.url == leads_to
            self.linked.refresh_from_db()
            assert (self.linked.state, self.linked.merged_into) == (CaseState.OPEN, None)
        merging.merge(case=self.linked, into=self.case, by=ada, words="", at=NOON)
        assert signed_in(bo).get(merged_url).context["together"]["part_url"] == ""

    def test_stay_together_for_who_may_not_part_them(self, signed_in, ada, bo):
        merging.merge(case=self.linked, into=self.case, by=ada, words="", at=NOON)

        page = signed_in(bo).post(f"/cases/{self.linked.ref}/parting/", follow=True)

        assert f"Take {self.case.ref} before" in page.content.decode()
        self.linked.refresh_from_db()
        assert self.linked.state == CaseState.MERGED
