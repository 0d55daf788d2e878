from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases import claiming, enforcing
from cases.enums import CaseState, EnforcementState, Maker, NotificationState, Outcome
from cases.models import (
    Account,
    Case,
    Decision,
    Detection,
    Detector,
    Enforcement,
    Notification,
    Queue,
)
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import Scope, Source, User
from tests.cases.sending import a_ban, a_detection, an_account, an_item, faults, send
from tests.conftest import NOON, client_with
from tests.factories import create_key, create_source

pytestmark = pytest.mark.django_db


def the_case() -> Case:
    return Case.objects.select_related("queue", "account").get()


class TestAReview:
    """A detector is unsure, and asks for a person."""

    def test_opens_a_case(self, api: Client) -> None:
        answer = send(api, "detections", a_detection())

        case = the_case()
        assert answer.status_code == 200
        assert answer.json()["results"] == [{"id": "det-1", "duplicate": False, "case": case.ref}]
        assert case.state == CaseState.OPEN
        assert case.queue.slug == "automation-and-bulk"
        assert case.account.external_id == "acc-1"
        assert (case.stages, case.policies, case.detectors, case.detection_count) == (
            ["MESSAGING"],
            ["BULK_MESSAGING"],
            ["message-burst"],
            1,
        )

    def test_is_shown_on_the_case_with_its_signals_and_reasons(self, api: Client) -> None:
        send(api, "detections", a_detection())

        detection = the_case().detections.select_related("account").get()
        assert detection.reasons() == ["100 messages in 15 seconds"]
        assert detection.signal_values() == [
            {"name": "MSG_BURST_MAX_15S", "value": 100, "threshold": 30, "unit": "messages"}
        ]
        assert (detection.version, detection.score) == ("1.2", 0.7)

    def test_is_priced_by_what_is_known(self, api: Client) -> None:
        data = {"count": 999, "recipients": 999, "strangers": 900}
        send(
            api,
            "evidence",
            an_item(id="sent", kind="message.batch", data=data),
            an_item(id="r", stage="NEGATIVE_FEEDBACK", kind="user.reported", data={}),
            an_item(
                id="long-ago",
                kind="message.batch",
                data={"recipients": 10**6},
                occurred_at="2026-01-01T00:00:00Z",
            ),
        )

        send(api, "detections", a_detection(score=0.75))

        case = the_case()
        assert case.severity_points == 20
        assert case.uncertainty_points == pytest.approx(10)
        assert case.reach_points == pytest.approx(15)
        assert case.feedback_points == pytest.approx(4.77, abs=0.01)
        assert case.joined_points == 0
        assert case.priority == pytest.approx(49.77, abs=0.01)

    def test_makes_its_detector_known_as_new(self, api: Client, source: Source) -> None:
        send(api, "detections", a_detection())

        detector = Detector.objects.get()
        assert (detector.name, detector.source) == ("message-burst", source)
        assert detector.acknowledged_at is None
        assert LedgerEntry.objects.get(kind="detector.first_seen").detector == "message-burst"

    def test_is_in_the_ledger_with_what_reports_group_by(self, api: Client) -> None:
        send(api, "accounts", an_account())
        send(api, "detections", a_detection())

        received = LedgerEntry.objects.get(kind="detection.received")
        opened = LedgerEntry.objects.get(kind="case.opened")
        assert opened.case_ref == the_case().ref
        for entry in (received, opened):
            assert entry.account == Account.objects.get().ref
            assert (entry.country_prefix, entry.stage) == ("+91", "MESSAGING")
            assert (entry.detector, entry.detector_version) == ("message-burst", "1.2")
            assert entry.policy == "BULK_MESSAGING"


class TestAFurtherReview:
    """A case is open on the account already."""

    @pytest.fixture(autouse=True)
    def open(self, api: Client) -> None:
        send(api, "detections", a_detection())
        self.before = the_case()

    def test_joins_it_and_raises_its_priority(self, api: Client) -> None:
        answer = send(api, "detections", a_detection(id="det-2"))

        case = the_case()
        assert answer.json()["results"][0]["case"] == self.before.ref
        assert case.detection_count == 2
        assert case.priority > self.before.priority
        assert case.rank > self.before.rank
        assert case.version == self.before.version + 1
        assert LedgerEntry.objects.get(kind="case.joined").case_ref == case.ref

    @pytest.mark.parametrize("score", [0.0, 0.5, 0.7, 1.0])
    def test_raises_it_whatever_its_own_weight(self, api: Client, score: float) -> None:
        priorities = [self.before.priority]
        for number in range(2, 12):
            milder = a_detection(id=f"det-{number}", score=score, policy="UNOFFICIAL_CLIENT")
            send(api, "detections", milder)
            priorities.append(the_case().priority)

        assert priorities == sorted(set(priorities))

    def test_adds_to_what_the_queue_is_filtered_by(self, api: Client) -> None:
        send(
            api,
            "detections",
            a_detection(id="d2", detector="blocks", stage="NEGATIVE_FEEDBACK", policy="HARASSMENT"),
        )

        case = the_case()
        assert case.stages == ["MESSAGING", "NEGATIVE_FEEDBACK"]
        assert case.detectors == ["blocks", "message-burst"]
        assert case.policies == ["BULK_MESSAGING", "HARASSMENT"]

    def test_of_something_graver_moves_it_to_the_more_urgent_queue(self, api: Client) -> None:
        send(api, "detections", a_detection(id="det-2", policy="PHISHING_LINK"))

        case = the_case()
        assert case.queue.slug == "takeover-and-scams"
        assert case.due_at == case.opened_at + timedelta(hours=24)
        assert case.due_tier == case.due_at.date()

    def test_of_something_less_urgent_leaves_it_where_it_is(self, api: Client) -> None:
        send(api, "detections", a_detection(id="det-2", policy="BAN_EVASION"))

        assert the_case().queue == self.before.queue

    def test_leaves_it_to_whoever_holds_it(self, api: Client, ada: User) -> None:
        claiming.take(case=self.before, by=ada, now=timezone.now())

        send(api, "detections", a_detection(id="det-2", policy="PHISHING_LINK"))

        case = the_case()
        assert case.queue == self.before.queue
        assert case.priority > self.before.priority

    def test_of_another_source_joins_it_too(self, api: Client) -> None:
        other = create_key(source=create_source(name="other-models"), at=NOON)

        answer = send(client_with(other.secret), "detections", a_detection(detector="other-burst"))

        assert answer.json()["results"][0]["case"] == self.before.ref

    def test_opens_a_new_one_once_it_is_settled(self, api: Client) -> None:
        Case.objects.update(state=CaseState.DECIDED, settled_at=timezone.now())

        answer = send(api, "detections", a_detection(id="det-2"))

        assert answer.json()["results"][0]["case"] != self.before.ref
        assert Case.objects.count() == 2


class TestABan:
    """An automated system acted by itself, and says so."""

    def test_is_a_decision_without_a_case_applied_already(self, api: Client) -> None:
        answer = send(api, "detections", a_ban())

        enforcement = Enforcement.objects.get()
        decision = Decision.objects.get()
        assert answer.json()["results"] == [
            {"id": "ban-1", "duplicate": False, "enforcement": enforcement.ref}
        ]
        assert not Case.objects.exists()
        assert (decision.maker, decision.outcome) == (Maker.AUTOMATED, Outcome.VIOLATION)
        assert [clause.code for clause in decision.clauses.all()] == ["BULK_MESSAGING"]
        assert decision.user_reports_before == 0
        assert decision.decided_at.isoformat() == "2026-03-01T10:00:00+00:00"
        assert enforcement.state == EnforcementState.APPLIED
        assert enforcement.applied_at == decision.decided_at
        assert (enforcement.sequence, enforcement.due_at) == (1, None)
        assert not Notification.objects.exists()

    def test_is_in_the_ledger_with_what_reports_group_by(self, api: Client) -> None:
        send(api, "accounts", an_account())
        send(api, "detections", a_ban())

        for kind, outcome in (("decision.made", "VIOLATION"), ("enforcement.applied", "APPLIED")):
            entry = LedgerEntry.objects.get(kind=kind)
            assert entry.actor == "detector:message-burst@1.2"
            assert entry.happened_at.isoformat() == "2026-03-01T10:00:00+00:00"
            assert (entry.country_prefix, entry.surface) == ("+91", "PRIVATE_MESSAGING")
            assert (entry.stage, entry.policy) == ("MESSAGING", "BULK_MESSAGING")
            assert (entry.detector, entry.detector_version) == ("message-burst", "1.2")
            assert (entry.action, entry.outcome) == ("PERMANENT_BAN", outcome)
            assert entry.maker == "AUTOMATED"

    def test_tells_the_person_if_asked_to_in_their_language(self, api: Client) -> None:
        send(api, "accounts", an_account())
        send(api, "detections", a_ban(notify=True))

        told = Notification.objects.select_related("account").get()
        assert told.state == NotificationState.REQUESTED
        assert told.due_at is not None
        assert told.locale == "hi"
        assert "खाते" in told.text()
        assert LedgerEntry.objects.filter(kind="notification.requested").count() == 1

    def test_is_over_at_once_when_its_end_has_passed(self, api: Client) -> None:
        answer = send(
            api, "detections", a_ban(action="TEMPORARY_BAN", until="2026-03-02T10:00:00Z")
        )

        assert answer.json()["accepted"] == 1
        ban = Enforcement.objects.get()
        assert ban.state == EnforcementState.EXPIRED
        assert ban.applied_at is not None
        assert ban.applied_at.isoformat() == "2026-03-01T10:00:00+00:00"
        assert ban.ended_at == ban.until
        assert enforcing.lift_expired(now=timezone.now()) == 0
        entries = LedgerEntry.objects.filter(particulars__enforcement=ban.ref)
        assert {(entry.kind, entry.happened_at, entry.outcome) for entry in entries} == {
            ("enforcement.applied", ban.applied_at, "APPLIED"),
            ("enforcement.expired", ban.ended_at, "EXPIRED"),
        }

    def test_takes_its_account_s_next_sequence_numbers(self, api: Client) -> None:
        until = "2999-01-01T00:00:00Z"
        send(api, "detections", a_ban(id="b0"))
        send(
            api,
            "detections",
            a_ban(id="b1"),
            a_ban(id="b2", account="acc-2"),
            a_ban(
                id="b3", action="RATE_LIMIT", until=timezone.now().replace(year=2030).isoformat()
            ),
        )

        numbers = Enforcement.objects.filter(account__external_id="acc-1").values_list(
            "sequence", flat=True
        )
        assert sorted(numbers) == [1, 2, 3]
        assert Account.objects.get(external_id="acc-1").last_sequence == 3
        assert faults(send(api, "detections", a_ban(id="b4", until=until)))

    def test_leaves_an_open_case_open_and_makes_it_one_version_older(self, api: Client) -> None:
        send(api, "detections", a_detection())
        before = the_case()

        answer = send(api, "detections", a_ban())

        assert "case" not in answer.json()["results"][0]
        case = the_case()
        assert (case.state, case.detection_count) == (CaseState.OPEN, 1)
        assert case.version == before.version + 1

    def test_needs_the_scope_enforced(self, api: Client, source: Source) -> None:
        modest = create_key(source=source, scopes=[Scope.INTAKE], at=NOON)

        answer = send(client_with(modest.secret), "detections", a_ban(), a_detection())

        assert answer.json()["accepted"] == 1
        assert "scope enforced" in faults(answer)["/verdict"]
        assert not Decision.objects.exists()


class TestABannedAccount:
    """A ban stands, or is on its way."""

    def ban(self, api: Client, **changed: Any) -> None:
        assert send(api, "detections", a_ban(**changed)).json()["accepted"] == 1

    def test_keeps_a_review_without_a_case(self, api: Client) -> None:
        self.ban(api)

        answer = send(api, "detections", a_detection())

        assert answer.json()["results"] == [{"id": "det-1", "duplicate": False}]
        assert not Case.objects.exists()
        assert Detection.objects.filter(account__external_id="acc-1", case=None).count() == 2

    def test_counts_as_banned_from_the_same_batch_on(self, api: Client) -> None:
        send(api, "detections", a_detection(id="before"), a_ban(), a_detection(id="after"))

        assert the_case().detection_count == 2
        send(api, "detections", a_ban(id="b", account="x"), a_detection(id="c", account="x"))
        assert Case.objects.count() == 1

    @pytest.mark.parametrize("state", [EnforcementState.LIFTED, EnforcementState.EXPIRED])
    def test_gets_cases_again_once_the_ban_is_over(
        self, api: Client, state: EnforcementState
    ) -> None:
        self.ban(api)
        Enforcement.objects.update(state=state, ended_at=timezone.now())

        send(api, "detections", a_detection())

        assert the_case().state == CaseState.OPEN

    def test_gets_cases_again_once_its_time_is_up(self, api: Client) -> None:
        self.ban(api, action="TEMPORARY_BAN", until="2026-03-02T10:00:00Z")

        send(api, "detections", a_detection())

        assert Case.objects.exists()

    def test_is_not_one_that_was_warned(self, api: Client) -> None:
        self.ban(api, action="WARN")

        send(api, "detections", a_detection())

        assert Case.objects.exists()


class TestADetectionSentAgain:
    def test_is_answered_as_the_first_time(self, api: Client) -> None:
        rows = a_detection(), a_ban(account="acc-2")
        first = send(api, "detections", *rows).json()

        again = send(api, "detections", *rows).json()

        assert (again["accepted"], again["duplicates"]) == (0, 2)
        assert again["results"] == [result | {"duplicate": True} for result in first["results"]]
        assert Detection.objects.count() == 2
        assert Enforcement.objects.count() == 1
        assert the_case().detection_count == 1

    def test_is_answered_with_its_case_long_after_it_is_settled(self, api: Client) -> None:
        [first] = send(api, "detections", a_detection()).json()["results"]
        Case.objects.update(state=CaseState.DECIDED, settled_at=timezone.now())

        [again] = send(api, "detections", a_detection()).json()["results"]

        assert again["case"] == first["case"]

    def test_with_another_score_is_a_conflict(self, api: Client) -> None:
        send(api, "detections", a_detection())

        answer = send(api, "detections", a_detection(score=0.71))

        assert answer.status_code == 422
        assert "sent before" in faults(answer)["/id"]
        assert Detection.objects.get().score == 0.7

    def test_within_a_batch_is_a_duplicate_or_a_conflict(self, api: Client) -> None:
        answer = send(api, "detections", a_detection(), a_detection(), a_detection(score=0.1))

        assert (answer.json()["accepted"], answer.json()["duplicates"]) == (1, 1)
        assert [row["index"] for row in answer.json()["rejected"]] == [2]
        assert [result["duplicate"] for result in answer.json()["results"]] == [False, True]

    def test_answers_in_the_order_of_the_batch(self, api: Client) -> None:
        send(api, "detections", a_detection(id="b"))

        answer = send(api, "detections", *(a_detection(id=name) for name in "dbca")).json()

        assert [result["id"] for result in answer["results"]] == ["d", "b", "c", "a"]


class TestADetector:
    def test_belongs_to_the_source_that_used_it_first(self, api: Client) -> None:
        send(api, "detections", a_detection())
        other = create_key(source=create_source(name="other-models"), at=NOON)

        answer = send(client_with(other.secret), "detections", a_detection(id="x"))

        assert faults(answer) == {"/detector": "Belongs to another source."}

    def test_beyond_the_source_s_number_is_rejected_and_those_within_stay(
        self, api: Client, source: Source
    ) -> None:
        source.detector_limit = 2
        source.save()

        answer = send(
            api,
            "detections",
            *(a_detection(id=name, detector=f"d-{name}") for name in ("a", "b", "c")),
            a_detection(id="again", detector="d-a"),
        )

        assert answer.json()["accepted"] == 3
        assert "has its 2 already" in faults(answer)["/detector"]
        assert Detector.objects.count() == 2


class TestWhatUsersHadReported:
    @pytest.mark.parametrize("before", [None, 0, 7])
    def test_is_kept_of_what_asks_for_review_too(self, api: Client, before: int | None) -> None:
        send(api, "detections", a_detection(user_reports_before=before))

        assert Detection.objects.get().user_reports_before == before


class TestAWrongDetection:
    @pytest.mark.parametrize(
        ("changed", "pointer", "words"),
        [
            ({"score": 1.01}, "/score", "between 0 and 1"),
            ({"score": -0.1}, "/score", "between 0 and 1"),
            ({"score": "0.7"}, "/score", "Expected"),
            ({"score": True}, "/score", "Expected"),
            ({"policy": "BEING_RUDE"}, "/policy", "not a policy clause"),
            ({"verdict": "MAYBE"}, "/verdict", "REVIEW, ENFORCED"),
            ({"stage": "messaging"}, "/stage", "MESSAGING"),
            ({"detector": "a b"}, "/detector", "letters, digits"),
            ({"version": ""}, "/version", "letters, digits"),
            ({"action": "WARN"}, "/action", "Only an ENFORCED"),
            ({"until": "2026-03-01T10:00:00Z"}, "/until", "Only an ENFORCED"),
            ({"notify": True}, "/notify", "Only an ENFORCED"),
            ({"user_reports_before": -1}, "/user_reports_before", "whole number"),
            ({"reasons": ["ok", "x" * 1_001]}, "/reasons/1", "1,001 characters"),
            ({"reasons": ["a\u0000"]}, "/reasons/0", "NUL"),
            ({"reasons": ["x"] * 51}, "/reasons", "50"),
            ({"signals": [{"name": "a"}]}, "/signals/0/value", "missing"),
            ({"signals": [{"name": "", "value": 1}]}, "/signals/0/name", "letters, digits"),
            ({"signals": [{"name": "a", "value": "\u0007"}]}, "/signals/0/value", "one word"),
            ({"signals": [{"name": "a", "value": "Meera Shah"}]}, "/signals/0/value", "one word"),
            ({"signals": [{"name": "a", "value": "+919876543210"}]}, "/signals/0/value", "word"),
            ({"signals": [{"name": "a", "value": "tel9876543210"}]}, "/signals/0/value", "word"),
            (
                {"signals": [{"name": "a", "value": 1, "threshold": "a b"}]},
                "/signals/0/threshold",
                "one word",
            ),
            (
                {"signals": [{"name": "a", "value": 1, "unit": "of Meera"}]},
                "/signals/0/unit",
                "one word",
            ),
            ({"signals": [{"name": "a", "value": 10**400}]}, "/signals/0/value", "must lie"),
            ({"signals": [{"name": "a", "value": 1e16}]}, "/signals/0/value", "must lie"),
            (
                {"signals": [{"name": "a", "value": 1}, {"name": "b", "value": -1e300}]},
                "/signals/1/value",
                "must lie",
            ),
            (
                {"signals": [{"name": "a", "value": 1, "threshold": 10**400}]},
                "/signals/0/threshold",
                "must lie",
            ),
            ({"signals": [{"name": "a\u202e", "value": 1}]}, "/signals/0/name", "letters, digits"),
            ({"detector": "a\u2067b"}, "/detector", "letters, digits"),
            ({"version": "1\u200b"}, "/version", "letters, digits"),
            ({"signals": [{"name": "a", "value": [1]}]}, "/signals/0/value", "Expected"),
            (
                {"signals": [{"name": "a", "value": 1, "observed_at": "1970-01-01T00:00:00Z"}]},
                "/signals/0/observed_at",
                "2009",
            ),
            ({"signals": [{"name": "a", "value": 1}] * 101}, "/signals", "100"),
        ],
    )
    def test_is_rejected_with_the_field_and_the_reason(
        self, api: Client, changed: dict[str, object], pointer: str, words: str
    ) -> None:
        answer = send(api, "detections", a_detection(**changed), a_detection(id="good"))

        assert answer.status_code == 200
        assert answer.json()["accepted"] == 1
        assert words.lower() in faults(answer)[pointer].lower()

    @pytest.mark.parametrize("value", [10**15, -0.5, True, "MOBILE", "wa.me/link", "%"])
    def test_is_none_with_what_a_signal_may_say(self, api: Client, value: object) -> None:
        signal = {"name": "a", "value": value, "unit": "messages/min"}

        answer = send(api, "detections", a_detection(signals=[signal]))

        assert answer.json()["accepted"] == 1

    @pytest.mark.parametrize(
        ("changed", "pointer", "words"),
        [
            ({"action": None}, "/action", "missing"),
            ({"action": "LIFT"}, "/action", "people"),
            ({"action": "SCOLD"}, "/action", "PERMANENT_BAN"),
            ({"action": "TEMPORARY_BAN"}, "/until", "missing"),
            ({"until": "2027-01-01T00:00:00Z"}, "/until", "no end"),
            (
                {"action": "TEMPORARY_BAN", "until": "2026-02-01T00:00:00Z"},
                "/until",
                "after the beginning",
            ),
            (
                {"action": "TEMPORARY_BAN", "until": "9999-01-01T00:00:00Z"},
                "/until",
                "century",
            ),
            ({"enforced_at": "2008-12-31T00:00:00Z"}, "/enforced_at", "2009"),
            ({"enforced_at": "2026-03-01T00:00:00"}, "/enforced_at", "timezone"),
        ],
    )
    def test_ban_is_rejected_with_the_field_and_the_reason(
        self, api: Client, changed: dict[str, object], pointer: str, words: str
    ) -> None:
        answer = send(api, "detections", a_ban(**changed))

        assert answer.status_code == 422
        assert words in faults(answer)[pointer]
        assert not Decision.objects.exists()

    def test_leaves_nothing_behind_not_even_its_account(self, api: Client) -> None:
        send(api, "detections", a_detection(score=7))

        assert not Account.objects.exists()
        assert not Detector.objects.exists()
        assert not LedgerEntry.objects.filter(kind="detection.received").exists()

    def test_where_no_queue_is_in_use_nothing_is_half_done(self, api: Client) -> None:
        Queue.objects.update(active=False)

        answer = send(api, "detections", a_detection())

        assert answer.status_code == 422
        assert answer.json()["code"] == "no-queue"
        assert not Detection.objects.exists()
