"""Cases in bulk, as many of each sort as a messenger has: common ones, rare ones, and none."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from cases.enums import CaseState
from cases.models import Case, Claim, Detector, Queue
from cases.models.cases import EPOCH, NEVER_DUE, SET_ASIDE, SETTLED, WAITING_POINTS_PER_HOUR
from reviewapp.bench import seeding
from reviewapp.bench.seeding import Person, copy_in
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refs import next_refs
from reviewapp.staff.models import User

# The share of detections, the stage, and what it mostly stands for. The last has not fired yet.
DETECTORS = {
    "message-burst": (0.32, "MESSAGING", "BULK_MESSAGING"),
    "stranger-ratio": (0.22, "MESSAGING", "BULK_MESSAGING"),
    "no-typing": (0.17, "MESSAGING", "AUTOMATED_MESSAGING"),
    "group-adds": (0.12, "MESSAGING", "MASS_GROUP_ABUSE"),
    "report-rate": (0.10, "NEGATIVE_FEEDBACK", "HARASSMENT"),
    "number-range": (0.05, "REGISTRATION", "BULK_REGISTRATION"),
    "phishing-link": (0.018, "MESSAGING", "PHISHING_LINK"),
    "lookalike-name": (0.0019, "REGISTRATION", "IMPERSONATION"),
    "modified-client": (0.0001, "REGISTRATION", "UNOFFICIAL_CLIENT"),
    "not-fired-yet": (0.0, "NEGATIVE_FEEDBACK", "COORDINATED_FALSE_REPORTING"),
}
# Otherwise it stands for this.
_ELSE = "NON_PERSONAL_USE"
_SHARES = [share for share, *_ in DETECTORS.values()]


def open_cases(count: int, *, at: datetime) -> None:
    """`count` open cases over the queues and over two months, most with one detection."""
    _write(_planned(count, at=at), state=CaseState.OPEN, at=at)


def other_cases(count: int, *, at: datetime) -> None:
    """`count` cases in each state that is not open and needs no other case."""
    for state in (*SET_ASIDE, CaseState.DECIDED):
        _write(_planned(count, at=at), state=state, at=at)


def holds(people: Sequence[User], *, each: int, at: datetime) -> None:
    """Have `each` cases held by every one of `people`, from the head of the queue order."""
    first = Case.objects.open().order_by("due_tier", "-rank", "id").values_list("pk", flat=True)
    Claim.objects.bulk_create(
        Claim(
            case_id=case,
            analyst=people[place % len(people)],
            taken_at=at,
            expires_at=at + timedelta(days=1),
        )
        for place, case in enumerate(first[: len(people) * each])
    )


class _Fired(NamedTuple):
    detector: str
    stage: str
    policy: str
    score: float


@dataclass(slots=True)
class _Plan:
    """What the rows of a case are made of."""

    ref: str
    person: Person
    opened_at: datetime
    queue_id: int
    severity: int
    uncertainty: float
    contested: bool
    due_at: datetime | None
    fired: list[_Fired]
    id: UUID = field(default_factory=uuid7)


def _planned(count: int, *, at: datetime) -> list[_Plan]:
    """Plans in the order of their opening, as a table gets its rows."""
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    queues = Queue.objects.filter(active=True, worked_by__contains=["ANALYST"])
    queue_ids = list(queues.order_by("position").values_list("pk", flat=True))
    # More are young than old: the longer a case waits, the likelier somebody has decided it.
    waited = sorted((60 * chance.random() ** 2 for _ in range(count)), reverse=True)
    plans = []
    for days, ref, person in zip(
        waited, next_refs("C", count), seeding.accounts(count, at=at), strict=True
    ):
        opened_at = at - timedelta(days=days)
        due = chance.random() < 0.1
        plans.append(
            _Plan(
                ref=ref,
                person=person,
                opened_at=opened_at,
                queue_id=chance.choice(queue_ids),
                severity=chance.randrange(5, 40),
                uncertainty=chance.random() * 20,
                contested=chance.random() < 0.02,
                due_at=opened_at + timedelta(days=2) if due else None,
                fired=_fired(chance),
            )
        )
    return plans


def _fired(chance: random.Random) -> list[_Fired]:
    many = chance.choices((1, 2, 3), (70, 22, 8))[0]
    found = []
    # Two of one detector are no second reason.
    for name in dict.fromkeys(chance.choices(list(DETECTORS), _SHARES, k=many)):
        _, stage, policy = DETECTORS[name]
        policy = policy if chance.random() < 0.9 else _ELSE
        found.append(_Fired(name, stage, policy, round(chance.triangular(0.45, 1, 0.8), 3)))
    return found


def _write(plans: Sequence[_Plan], *, state: CaseState, at: datetime) -> None:
    sender = seeding.source()
    detectors = {
        name: Detector.objects.get_or_create(
            name=name, defaults={"source": sender, "first_seen_at": at}
        )[0].pk
        for name in DETECTORS
    }
    settled_at = at if state in SETTLED else None
    wakes_at = at + timedelta(days=7) if state == CaseState.AWAITING_INFO else None

    def cases() -> Iterable[Sequence[Any]]:
        for plan in plans:
            priority = plan.severity + plan.uncertainty
            hours = (plan.opened_at - EPOCH).total_seconds() / 3600
            yield (
                plan.id, plan.ref, plan.person.id, plan.queue_id, "DETECTOR", state,
                plan.opened_at, settled_at, wakes_at, plan.severity, plan.uncertainty, 0, 0, 0,
                priority, priority - WAITING_POINTS_PER_HOUR * hours, plan.due_at,
                plan.due_at.date() if plan.due_at else NEVER_DUE, len(plan.fired),
                sorted({each.stage for each in plan.fired}),
                sorted({each.detector for each in plan.fired}),
                sorted({each.policy for each in plan.fired}),
                max(each.score for each in plan.fired), plan.contested, plan.person.country,
                plan.person.surface, 1,
            )  # fmt: skip

    copy_in(
        Case._meta.db_table,
        [
            "id", "ref", "account_id", "queue_id", "origin", "state", "opened_at", "settled_at",
            "wakes_at", "severity_points", "uncertainty_points", "reach_points",
            "feedback_points", "joined_points", "priority", "rank", "due_at", "due_tier",
            "detection_count", "stages", "detectors", "policies", "top_score", "contested",
            "country", "surface", "version",
        ],
        cases(),
    )  # fmt: skip

    def detections() -> Iterable[Sequence[Any]]:
        signals = Jsonb([])
        for plan in plans:
            for number, each in enumerate(plan.fired):
                yield (
                    uuid7(), sender.pk, f"det-{plan.ref}-{number}", b"\0" * 16, plan.person.id,
                    detectors[each.detector], "1.0", each.stage, each.score, each.policy,
                    "REVIEW", signals, plan.id, plan.opened_at,
                )  # fmt: skip

    copy_in(
        "cases_detection",
        [
            "id", "source_id", "sender_id", "digest", "account_id", "detector_id", "version",
            "stage", "score", "policy", "verdict", "signals", "case_id", "received_at",
        ],
        detections(),
    )  # fmt: skip
