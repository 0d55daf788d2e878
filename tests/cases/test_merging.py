import pytest

from cases import asking, claiming, deciding, escalating, merging
from cases.enums import CaseState
from cases.models import AccountLink, Note
from cases.models.accounts import link_index
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_account, make_case, verdict
from tests.factories import create_user

pytestmark = pytest.mark.django_db


def share(kind: str, value: str, *accounts) -> None:
    for account in accounts:
        AccountLink.objects.create(
            account=account,
            kind=kind,
            value_sealed=account.seal(value, context=f"account.link.{kind}"),
            value_index=link_index(kind, value),
            seen_at=NOON,
        )


class TestMerging:
    """Ada holds one case; another one is of the same matter. Bo is an analyst, Lena leads."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.into, self.other = make_case(), make_case()
        claiming.take(case=self.into, by=ada, now=NOON)

    def merge(self, ada, *, words="One SIM farm.") -> None:
        merging.merge(case=self.other, into=self.into, by=ada, words=words, at=NOON)
        self.other.refresh_from_db()

    def refused(self, ada, *, other=None, into=None) -> str:
        case, into = other or self.other, into or self.into
        with pytest.raises(merging.CannotMerge) as refused:
            merging.merge(case=case, into=into, by=ada, words="", at=NOON)
        assert refused.value.pointer == "other"
        with pytest.raises(merging.CannotMerge, match=str(refused.value)):
            merging.check(case=case, into=into, by=ada, at=NOON)
        return str(refused.value)

    def test_settles_the_one_with_the_other(self, ada):
        self.merge(ada)

        assert (self.other.state, self.other.merged_into) == ("MERGED", self.into)
        assert self.other.settled_at == NOON
        assert claiming.take_again(case=self.into, by=ada, now=NOON)

    def test_is_told_on_both_cases(self, ada):
        self.merge(ada)

        told = {note.case: note.text() for note in Note.objects.filter(kind="MERGE")}
        assert told == {
            self.other: f"Merged into {self.into.ref}, to be decided with it.\n\nOne SIM farm.",
            self.into: f"{self.other.ref} was merged into this case.\n\nOne SIM farm.",
        }
        lines = {
            line.case_ref: line.particulars
            for line in LedgerEntry.objects.filter(kind="case.merged")
        }
        assert lines == {
            self.other.ref: {"into": self.into.ref},
            self.into.ref: {"other": self.other.ref},
        }

    def test_needs_no_words(self, ada):
        self.merge(ada, words=" ")

        assert Note.objects.get(case=self.into).text() == (
            f"{self.other.ref} was merged into this case."
        )

    def test_changes_what_a_decision_has_to_have_seen(self, ada):
        self.merge(ada)

        with pytest.raises(deciding.StalePage):
            deciding.decide(case=self.into, by=ada, at=NOON, **verdict(self.into))

    def test_ends_one_s_own_hold_on_the_other(self, ada):
        claiming.take(case=self.other, by=ada, now=NOON)

        self.merge(ada)

        assert self.other.claims.get().ending == "MERGED"

    def test_is_refused_while_somebody_else_holds_the_other(self, ada, bo):
        claiming.take(case=self.other, by=bo, now=NOON)

        assert "Bo holds" in self.refused(ada)

    def test_is_refused_to_who_does_not_hold_the_one(self, bo):
        with pytest.raises(claiming.HeldByAnother):
            self.merge(bo)

    def test_of_a_case_with_itself_is_refused(self, ada):
        assert "this very case" in self.refused(ada, other=self.into)

    def test_of_what_is_settled_is_refused(self, ada):
        self.merge(ada)

        assert "settled already" in self.refused(ada)

    def test_makes_no_chains(self, ada):
        self.merge(ada)
        third = make_case()
        claiming.take(case=third, by=ada, now=NOON)

        assert "Others were merged into" in self.refused(ada, other=self.into, into=third)

    @pytest.mark.parametrize("which", ["other", "into"])
    def test_of_what_waits_for_a_second_person_is_refused(self, ada, which):
        case = getattr(self, which)
        case.move_to(CaseState.AWAITING_APPROVAL, at=NOON)
        case.save()

        assert "second person" in self.refused(ada)

    def test_of_what_one_could_not_take_is_refused(self, ada, bo, lena):
        claiming.take(case=self.other, by=bo, now=NOON)
        escalating.escalate(case=self.other, by=bo, words="Up.", at=NOON)
        self.other.refresh_from_db()
        assert "a lead decides it" in self.refused(ada)

        special = make_case()
        special.queue.worked_by = ["LEAD"]
        assert "your roles do not work" in str(claiming.why_not(case=special, by=ada, now=NOON))

    def test_takes_what_waits_for_information_from_who_asked(self, ada):
        claiming.take(case=self.other, by=ada, now=NOON)
        asking.ask(case=self.other, by=ada, question="Who?", wakes_at=NOON.replace(day=12), at=NOON)
        self.other.refresh_from_db()

        self.merge(ada)

        assert (self.other.wakes_at, self.other.reserved_for) == (None, None)


class TestTakingApart:
    """Ada merged a case into the one she holds."""

    @pytest.fixture(autouse=True)
    def _merged(self, ada):
        self.into, self.other = make_case(), make_case()
        claiming.take(case=self.into, by=ada, now=NOON)
        merging.merge(case=self.other, into=self.into, by=ada, words="", at=NOON)
        self.other.refresh_from_db()

    def test_makes_it_a_case_of_its_own_again(self, ada, bo):
        merging.take_apart(case=self.other, by=ada, at=NOON)

        self.other.refresh_from_db()
        assert (self.other.state, self.other.merged_into) == ("OPEN", None)
        assert self.other.settled_at is None
        assert LedgerEntry.objects.filter(kind="case.parted").count() == 2
        assert claiming.take_next(by=bo, now=NOON).case == self.other

    def test_is_for_who_holds_the_other_one_and_for_leads(self, bo, lena):
        with pytest.raises(merging.CannotTakeApart, match=f"Take {self.into.ref}"):
            merging.take_apart(case=self.other, by=bo, at=NOON)

        merging.take_apart(case=self.other, by=lena, at=NOON)

    def test_is_refused_once_it_is_decided(self, ada):
        self.into.refresh_from_db()
        deciding.decide(case=self.into, by=ada, at=NOON, **verdict(self.into))

        with pytest.raises(merging.CannotTakeApart, match="is settled"):
            merging.take_apart(case=self.other, by=ada, at=NOON)

    def test_is_refused_while_another_case_is_open_on_its_account(self, ada):
        newer = make_case(account=self.other.account)

        with pytest.raises(merging.CannotTakeApart, match=f"{newer.ref} is open"):
            merging.take_apart(case=self.other, by=ada, at=NOON)

    def test_is_refused_where_nothing_was_merged(self, ada):
        with pytest.raises(merging.CannotTakeApart, match="not merged"):
            merging.take_apart(case=self.into, by=ada, at=NOON)


class TestCasesOfLinkedAccounts:
    """A case on an account that shares a device with one and a network with another."""

    @pytest.fixture(autouse=True)
    def _linked(self, db):
        self.case, self.near, self.far = make_case(), make_case(), make_case()
        share("device", "imei-1", self.case.account, self.near.account)
        share("network", "net-1", self.case.account, self.far.account, self.near.account)
        share("network", "net-2", make_case().account)

    def test_are_found_by_what_they_share_the_most_telling_first(self):
        assert merging.linked_cases(self.case) == [(self.near, "device"), (self.far, "network")]

    def test_are_left_out_once_they_are_settled(self, ada):
        claiming.take(case=self.near, by=ada, now=NOON)
        deciding.decide(case=self.near, by=ada, at=NOON, **verdict(self.near))

        assert merging.linked_cases(self.case) == [(self.far, "network")]

    def test_are_a_handful_however_many_share_it(self, django_assert_num_queries):
        for _ in range(merging.CANDIDATES + 5):
            share("device", "imei-1", make_case().account)

        with django_assert_num_queries(2):
            found = merging.linked_cases(self.case)

        assert len(found) == merging.CANDIDATES

    def test_are_none_for_an_account_that_shares_nothing(self):
        assert merging.linked_cases(make_case(account=make_account())) == []


def test_a_colleague_who_may_not_take_a_case_of_a_queue_may_not_merge_it(ada):
    into, other = make_case(), make_case()
    other.queue = other.queue.__class__.objects.get(slug="child-safety")
    other.save()
    claiming.take(case=into, by=ada, now=NOON)

    with pytest.raises(merging.CannotMerge, match="your roles do not work"):
        merging.merge(case=other, into=into, by=ada, words="", at=NOON)

    lou = create_user(name="Lou", roles=["LEAD"])
    claiming.end(into.claims.get(), "SET_ASIDE", at=NOON)
    claiming.take(case=into, by=lou, now=NOON)
    merging.merge(case=other, into=into, by=lou, words="", at=NOON)
