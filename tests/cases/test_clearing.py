"""Clearing an account of a family of rules, and what still comes through."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import claiming, clearing, deciding, intake
from cases.clearing import AlreadyOver, CannotClear, NotYoursToRevoke, Terms
from cases.enums import Action, Outcome, Stage, Verdict
from cases.intake import SentDetection
from cases.intake.receipts import Result
from cases.intake.sent import SentSignal
from cases.models import Account, Case, Clearing, Decision, Detection, Enforcement
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.cases.factories import clause, make_account, make_case, make_source, verdict
from tests.cases.sending import a_detection, send
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
A_MONTH = NOON + timedelta(days=30)
RATE = "MSG_COUNT_24H"
_numbers = count(1)


def terms(**changed: Any) -> Terms:
    return Terms(
        **{
            "family": "BULK",
            "until": A_MONTH,
            "margin": 0.15,
            "reason": "A tiffin service; its customers write first.",
        }
        | changed
    )


def detection(account: Account, **changed: Any) -> SentDetection:
    fields: dict[str, Any] = {
        "id": f"sent-{next(_numbers)}",
        "account": account.external_id,
        "detector": "messages-in-a-day",
        "version": "3",
        "stage": Stage.MESSAGING,
        "score": 0.7,
        "policy": "BULK_MESSAGING",
        "verdict": Verdict.REVIEW,
        "signals": [SentSignal(name=RATE, value=200, threshold=150)],
    }
    return SentDetection(**fields | changed)


def receive(*sent: SentDetection, at: datetime = LATER) -> list[Result]:
    receipt = intake.receive_detections(source=make_source(), items=sent, at=at, may_enforce=True)
    assert not receipt.rejected
    return receipt.results


def rate(value: float, threshold: float | None = 150) -> list[SentSignal]:
    return [SentSignal(name=RATE, value=value, threshold=threshold)]


def dismiss(case: Case, by: User, *, at: datetime = NOON, **changed: Any) -> Decision:
    claiming.take(case=case, by=by, now=at)
    harmless = {"outcome": Outcome.NO_VIOLATION, "action": "", "clauses": [], "reason": ""}
    return deciding.decide(case=case, by=by, at=at, **verdict(case, **harmless | changed))


def clear(account: Account, by: User, *, at: datetime = NOON, **changed: Any) -> Clearing:
    return clearing.clear(account=account, terms=terms(**changed), by=by, at=at, seen_at=at)


def protect(account: Account, by: User, *, at: datetime = NOON) -> Clearing:
    return clearing.protect(account=account, terms=terms(family=""), by=by, at=at, seen_at=at)


@pytest.fixture
def account(ada: User) -> Account:
    """A busy sender: 200 messages a day brought it here at 0.70, and Ada found no violation."""
    account = make_account()
    receive(detection(account), at=NOON)
    dismiss(Case.objects.get(), ada)
    return account


class TestAClearedAccount:
    """Ada cleared it of the bulk rules for 30 days, at 0.70 and 200 messages, by 15 %."""

    @pytest.fixture(autouse=True)
    def _cleared(self, account: Account, ada: User) -> None:
        self.account = account
        self.cleared = clear(account, ada)

    def test_is_not_brought_back_by_the_same_detection(self) -> None:
        [result] = receive(detection(self.account))

        kept = Detection.objects.get(sender_id=result.id)
        assert (result.case, result.held_back, result.duplicate) == (None, True, False)
        assert (kept.case, kept.clearing) == (None, self.cleared)
        assert not Case.objects.unsettled().exists()

    def test_is_answered_the_same_when_the_detection_is_sent_again(self) -> None:
        sent = detection(self.account)
        receive(sent)
        clearing.revoke(clearing=self.cleared, by=self.cleared.made_by, at=LATER, reason="Closed.")

        [result] = receive(sent, at=LATER + timedelta(minutes=1))

        assert (result.duplicate, result.held_back, result.case) == (True, True, None)

    @pytest.mark.parametrize(("score", "opens"), [(0.85, False), (0.8501, True), (0.2, False)])
    def test_opens_a_case_above_the_score_by_more_than_the_margin(
        self, score: float, opens: bool
    ) -> None:
        [result] = receive(detection(self.account, score=score))

        assert (bool(result.case), result.held_back) == (opens, not opens)

    @pytest.mark.parametrize(
        ("value", "opens"), [(230, False), (230.0001, True), (231, True), (100, False)]
    )
    def test_opens_a_case_above_a_signal_by_more_than_the_margin(
        self, value: float, opens: bool
    ) -> None:
        [result] = receive(detection(self.account, signals=rate(value)))

        assert bool(result.case) == opens

    def test_takes_a_signal_without_a_threshold_for_one_that_is_worse_when_higher(self) -> None:
        [within] = receive(detection(self.account, signals=rate(230, None)))
        [beyond] = receive(detection(self.account, signals=rate(231, None)))

        assert (within.held_back, beyond.held_back) == (True, False)

    def test_opens_a_case_for_a_signal_nobody_had_seen_beyond_its_threshold(self) -> None:
        def reported(times: int) -> SentDetection:
            signal = SentSignal(name="FB_REPORTS_7D", value=times, threshold=3)
            return detection(self.account, signals=[signal])

        [few] = receive(reported(2))
        [many] = receive(reported(4))

        assert few.held_back
        assert many.case

    def test_does_not_compare_words(self) -> None:
        signal = SentSignal(name="REG_CARRIER_TYPE", value="VOIP", threshold="MOBILE")

        [result] = receive(detection(self.account, signals=[signal]))

        assert result.held_back

    def test_is_held_back_by_every_rule_of_the_family(self) -> None:
        [result] = receive(detection(self.account, policy="NON_PERSONAL_USE"))

        assert result.held_back

    def test_opens_a_case_under_another_family(self) -> None:
        [result] = receive(detection(self.account, policy="PHISHING_LINK"))

        case = Case.objects.unsettled().get()
        assert (result.case, result.held_back) == (case.ref, False)
        assert (
            "clearing"
            not in LedgerEntry.objects.filter(kind="detection.received").last().particulars
        )

    def test_has_what_would_be_held_back_join_a_case_that_is_open(self) -> None:
        [phishing] = receive(detection(self.account, policy="PHISHING_LINK"))

        [bulk] = receive(detection(self.account))

        assert (bulk.case, bulk.held_back) == (phishing.case, False)
        assert Detection.objects.get(sender_id=bulk.id).clearing is None

    def test_opens_once_for_a_batch_in_which_one_exceeds(self) -> None:
        within, beyond, after = receive(
            detection(self.account), detection(self.account, score=0.95), detection(self.account)
        )

        assert within.held_back
        assert beyond.case == after.case == Case.objects.unsettled().get().ref

    def test_tells_the_ledger_what_was_held_back_and_what_exceeded(self) -> None:
        receive(detection(self.account))
        receive(detection(self.account, signals=rate(400)))

        held, beyond = LedgerEntry.objects.filter(
            kind="detection.received", recorded_at=LATER
        ).order_by("id")
        for entry in (held, beyond):
            assert entry.particulars["clearing"] == str(self.cleared.pk)
        assert (held.particulars["held_back"], held.particulars["beyond"]) == (True, None)
        assert (beyond.particulars["held_back"], beyond.particulars["beyond"]) == (False, RATE)

    def test_is_banned_by_automation_all_the_same_and_that_is_noted(self) -> None:
        ban = detection(self.account, verdict=Verdict.ENFORCED, action=Action.PERMANENT_BAN)
        [result] = receive(ban)

        assert result.enforcement == Enforcement.objects.get().ref
        assert not result.held_back
        assert Detection.objects.get(sender_id=result.id).clearing == self.cleared
        entry = LedgerEntry.objects.filter(kind="detection.received").latest("id")
        assert entry.particulars["clearing"] == str(self.cleared.pk)

    def test_comes_back_when_the_time_is_over(self) -> None:
        [before] = receive(detection(self.account), at=A_MONTH - timedelta(seconds=1))
        [after] = receive(detection(self.account), at=A_MONTH)

        assert before.held_back
        assert after.case

    def test_comes_back_once_it_is_revoked(self, bo: User) -> None:
        clearing.revoke(clearing=self.cleared, by=bo, at=LATER, reason="Closed.")

        [result] = receive(detection(self.account), at=LATER + timedelta(seconds=1))

        assert result.case
        revoked = LedgerEntry.objects.get(kind="clearing.revoked")
        assert revoked.actor == bo.actor
        assert revoked.particulars["clearing"] == str(self.cleared.pk)

    def test_is_revoked_once(self, bo: User) -> None:
        clearing.revoke(clearing=self.cleared, by=bo, at=LATER, reason="Closed.")

        with pytest.raises(AlreadyOver):
            clearing.revoke(clearing=self.cleared, by=bo, at=LATER, reason="Closed.")

    def test_asks_one_question_more_than_one_that_nobody_cleared(self) -> None:
        other = make_account()
        receive(detection(self.account), detection(other))
        counts = []
        for rows in (1, 20):
            sent = [detection(self.account) for _ in range(rows)]
            with CaptureQueriesContext(connection) as asked:
                receive(*sent)
            about = [each for each in asked if '"cases_clearing"' in each["sql"]]
            counts.append((len(asked), len(about)))

        assert counts[0] == counts[1]
        assert counts[0][1] == 1

    def test_is_cleared_by_one_at_a_time(self, bo: User) -> None:
        longer = clear(self.account, bo, at=LATER, until=A_MONTH + timedelta(days=60))

        self.cleared.refresh_from_db()
        assert (self.cleared.revoked_by, self.cleared.revoked_at) == (bo, LATER)
        assert list(Clearing.objects.standing(at=LATER)) == [longer]
        ended = LedgerEntry.objects.get(kind="clearing.revoked")
        assert ended.particulars["replaced_by"] == str(longer.pk)

    def test_is_cleared_anew_after_the_time_without_a_word_of_revoking(self, bo: User) -> None:
        clear(self.account, bo, at=A_MONTH, until=A_MONTH + timedelta(days=7))

        self.cleared.refresh_from_db()
        assert self.cleared.ran_out
        assert not LedgerEntry.objects.filter(kind="clearing.revoked").exists()

    def test_is_no_longer_once_a_violation_of_the_family_is_found(self, bo: User) -> None:
        receive(detection(self.account, score=0.99))

        made = deciding_violation(Case.objects.unsettled().get(), bo)

        assert not Clearing.objects.standing(at=LATER).exists()
        ended = LedgerEntry.objects.get(kind="clearing.revoked")
        assert ended.particulars["decision"] == made.ref

    def test_stays_cleared_when_a_violation_of_another_family_is_found(self, bo: User) -> None:
        receive(detection(self.account, policy="PHISHING_LINK"))

        deciding_violation(Case.objects.unsettled().get(), bo, cited="PHISHING_LINK")

        assert list(Clearing.objects.standing(at=LATER)) == [self.cleared]


def deciding_violation(case: Case, by: User, *, cited: str = "BULK_MESSAGING") -> Decision:
    claiming.take(case=case, by=by, now=LATER)
    broken = [clause(cited)]
    return deciding.decide(case=case, by=by, at=LATER, **verdict(case, clauses=broken))


class TestClearing:
    """What may be cleared, by whom, and on what terms."""

    def test_keeps_the_most_suspicious_of_what_was_seen(self, ada: User) -> None:
        account = make_account()
        regular = "MSG_INTERVAL_IRREGULARITY"
        receive(
            detection(account, score=0.6, signals=rate(300)),
            detection(
                account,
                score=0.8,
                policy="AUTOMATED_MESSAGING",
                signals=[
                    *rate(120),
                    SentSignal(name=regular, value=0.2, threshold=0.3),
                    SentSignal(name="MSG_EMULATOR", value=True),
                    SentSignal(name="REG_CARRIER_TYPE", value="VOIP"),
                ],
            ),
            detection(account, signals=[SentSignal(name=regular, value=0.4, threshold=0.3)]),
            detection(account, score=0.9, policy="PHISHING_LINK"),
            at=NOON,
        )
        dismiss(Case.objects.get(), ada)

        cleared = clear(account, ada)

        assert cleared.cleared_score == 0.8
        assert cleared.cleared_signals == {RATE: 300, regular: 0.2, "MSG_EMULATOR": 1}
        assert cleared.account.ref == account.ref
        assert cleared.reason() == "A tiffin service; its customers write first."

    @pytest.mark.parametrize(("value", "opens"), [(0.17, False), (0.1699, True), (0.29, False)])
    def test_compares_what_is_worse_when_lower_the_other_way_round(
        self, ada: User, value: float, opens: bool
    ) -> None:
        def regular(irregularity: float) -> SentDetection:
            signal = SentSignal(name="MSG_INTERVAL_IRREGULARITY", value=irregularity, threshold=0.3)
            return detection(account, signals=[signal])

        account = make_account()
        receive(regular(0.2), at=NOON)
        dismiss(Case.objects.get(), ada)
        clear(account, ada)

        [result] = receive(regular(value))

        assert bool(result.case) == opens

    @pytest.mark.parametrize(
        ("margin", "within", "beyond"), [(0.05, 0.75, 0.751), (0.30, 1.0, None)]
    )
    def test_goes_by_the_margin_that_was_chosen(
        self, account: Account, ada: User, margin: float, within: float, beyond: float | None
    ) -> None:
        clear(account, ada, margin=margin)

        assert receive(detection(account, score=within))[0].held_back
        if beyond is not None:
            assert receive(detection(account, score=beyond))[0].case

    def test_leaves_out_what_came_after_the_page_was_made(
        self, account: Account, ada: User
    ) -> None:
        clear(account, ada, at=NOON)
        receive(detection(account, score=0.85), at=LATER)

        again = clearing.clear(account=account, terms=terms(), by=ada, at=LATER, seen_at=NOON)

        assert again.cleared_score == 0.7

    def test_leaves_out_what_was_judged_a_violation(self, ada: User) -> None:
        account = make_account()
        receive(detection(account, score=0.95, signals=rate(900)), at=NOON)
        case = Case.objects.get()
        claiming.take(case=case, by=ada, now=NOON)
        deciding.decide(case=case, by=ada, at=NOON, **verdict(case))
        receive(detection(account), at=LATER)
        dismiss(Case.objects.unsettled().get(), ada, at=LATER)

        cleared = clear(account, ada, at=LATER)

        assert (cleared.cleared_score, cleared.cleared_signals) == (0.7, {RATE: 200})

    def test_is_in_the_ledger_with_its_terms_and_without_its_reason(
        self, account: Account, ada: User
    ) -> None:
        cleared = clear(account, ada)

        entry = LedgerEntry.objects.get(kind="account.cleared")
        decision = Decision.objects.get()
        assert (entry.actor, entry.account, entry.case_ref) == (
            ada.actor,
            account.ref,
            decision.case.ref,  # type: ignore[union-attr]
        )
        assert entry.particulars == {
            "clearing": str(cleared.pk),
            "family": "BULK",
            "until": A_MONTH.isoformat(),
            "margin": 0.15,
            "cleared_score": 0.7,
            "cleared_signals": {RATE: 200},
            "decision": decision.ref,
        }

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"until": NOON}, "until"),
            ({"until": NOON + timedelta(days=365, seconds=1)}, "until"),
            ({"margin": 0.5}, "margin"),
            ({"reason": "  "}, "reason"),
            ({"reason": "x" * 2_001}, "reason"),
            ({"reason": "a\x00b"}, "reason"),
            ({"family": "DECEPTION"}, "family"),
        ],
    )
    def test_is_refused_beside_the_term_at_fault(
        self, account: Account, ada: User, changed: dict[str, Any], pointer: str
    ) -> None:
        with pytest.raises(CannotClear) as refused:
            clear(account, ada, **changed)

        assert refused.value.pointer == pointer
        assert not Clearing.objects.exists()

    def test_may_last_a_year(self, account: Account, ada: User) -> None:
        assert clear(account, ada, until=NOON + timedelta(days=365))

    def test_needs_a_decision_that_there_was_no_violation(self, ada: User) -> None:
        account = make_account()
        case = make_case(account=account)
        claiming.take(case=case, by=ada, now=NOON)
        deciding.decide(case=case, by=ada, at=NOON, **verdict(case))

        with pytest.raises(CannotClear, match="after a decision that there was no violation"):
            clear(account, ada)

    def test_waits_for_the_case_that_is_open(self, account: Account, ada: User) -> None:
        receive(detection(account))

        with pytest.raises(CannotClear, match="is open on this account"):
            clear(account, ada)


class TestAProtection:
    """Lena protects a known business, from every rule."""

    def test_holds_back_any_family_within_what_is_known(self, account: Account, lena: User) -> None:
        protect(account, lena)

        within, beyond = (
            receive(detection(account, policy=policy, score=score))[0]
            for policy, score in (("PHISHING_LINK", 0.8), ("HARASSMENT", 0.9))
        )

        assert within.held_back
        assert beyond.case

    def test_holds_everything_back_where_nothing_had_been_detected(self, lena: User) -> None:
        account = make_account()
        protected = protect(account, lena)

        [result] = receive(detection(account, score=1.0, signals=rate(9_000)))

        assert protected.cleared_score is None
        assert result.held_back

    def test_may_be_given_while_a_case_is_open_which_stays(self, lena: User) -> None:
        case = make_case()

        protect(case.account, lena)

        [result] = receive(detection(case.account))
        assert result.case == case.ref

    def test_is_refused_to_an_analyst(self, account: Account, ada: User) -> None:
        with pytest.raises(CannotClear, match="Only a lead"):
            protect(account, ada)

    def test_is_revoked_by_a_lead_alone(self, account: Account, ada: User, lena: User) -> None:
        protected = protect(account, lena)

        with pytest.raises(NotYoursToRevoke):
            clearing.revoke(clearing=protected, by=ada, at=LATER, reason="Closed.")
        clearing.revoke(clearing=protected, by=lena, at=LATER, reason="Closed.")

        assert receive(detection(account), at=LATER)[0].case

    def test_stands_beside_a_clearing_and_outlives_it(
        self, account: Account, ada: User, lena: User
    ) -> None:
        protected, cleared = protect(account, lena), clear(account, ada)
        [under] = receive(detection(account))
        clearing.revoke(clearing=cleared, by=ada, at=LATER, reason="Closed.")
        [still] = receive(detection(account))

        named = Detection.objects.filter(sender_id__in=[under.id, still.id]).order_by("id")
        assert [each.clearing for each in named] == [cleared, protected]

    def test_is_in_the_ledger_as_one(self, account: Account, lena: User) -> None:
        protect(account, lena)

        entry = LedgerEntry.objects.get(kind="account.protected")
        assert (entry.actor, entry.particulars["family"]) == (lena.actor, None)


class TestWithdrawingADecision:
    """What came of it for clearings is undone with it."""

    def test_ends_the_clearing_that_came_with_it(self, account: Account, ada: User) -> None:
        cleared = clear(account, ada)
        decision = Decision.objects.select_related("account").get()

        clearing.end_with(decision=decision, by=ada, at=LATER)

        cleared.refresh_from_db()
        assert (cleared.revoked_by, cleared.revoked_at) == (ada, LATER)
        ended = LedgerEntry.objects.get(kind="clearing.revoked")
        assert ended.particulars["decision"] == decision.ref

    def test_has_the_clearing_stand_again_that_it_had_ended(
        self, account: Account, ada: User, bo: User
    ) -> None:
        cleared = clear(account, ada)
        receive(detection(account, score=0.99))
        made = deciding_violation(Case.objects.unsettled().get(), bo)

        clearing.end_with(decision=made, by=bo, at=LATER + timedelta(seconds=20))

        assert list(Clearing.objects.standing(at=LATER)) == [cleared]
        assert LedgerEntry.objects.get(kind="clearing.restored").particulars == {
            "clearing": str(cleared.pk),
            "family": "BULK",
            "decision": made.ref,
        }


class TestTheAnswer:
    """Of the API, to the detector's source."""

    def test_says_that_a_detection_was_accepted_and_held_back(self, api: Client, ada: User) -> None:
        send(api, "detections", a_detection())
        case = Case.objects.select_related("account").get()
        dismiss(case, ada, at=case.opened_at)
        week = case.opened_at + timedelta(days=7)
        cleared = clear(case.account, ada, at=case.opened_at, until=week)

        answer = send(api, "detections", a_detection(id="det-2"))

        assert answer.status_code == 200
        assert answer.json()["accepted"] == 1
        assert answer.json()["results"] == [{"id": "det-2", "duplicate": False, "held_back": True}]
        assert cleared.detections.get().sender_id == "det-2"

    def test_is_described_where_machines_read(self, client: Client) -> None:
        schema = client.get("/api/schema/?format=json").json()

        said = schema["paths"]["/api/v1/detections"]["post"]["description"]
        assert "`held_back` true" in said
        assert "held_back" in schema["components"]["schemas"]["Result"]["properties"]
