"""Opening cases, and having detections join the one that is open.

# Note [One open case per account]

Whoever opens a case first locks the account's row, then looks whether one is open; a batch
locks its accounts in one order. So detections from several sources at once meet at that lock, the
first opens and the others join. The partial unique index beneath is for code that forgets.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

from cases import waking, weighing
from cases.enums import CaseOrigin
from cases.models import Account, Case, Claim, Queue
from cases.routing import Routes, load_routes
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_REASON = 2_000


class AlreadyOpen(Refused):
    """A case on this account is open already."""

    def __init__(self, ref: str) -> None:
        """`ref` is the open case's."""
        super().__init__(f"{ref} is open on this account already.")
        self.ref = ref


class CannotOpen(Refused):
    """This case can't be opened so."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new REVIEW detection on its way to a case, with the facts that routing goes by."""

    detection_id: UUID
    account_id: UUID
    account_ref: str
    country: str
    country_prefix: str
    surface: str
    kind: str
    detector: str
    version: str
    stage: str
    score: float
    policy: str

    def facts(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "stage": self.stage,
            "detector": self.detector,
            "country": self.country,
            "surface": self.surface,
            "kind": self.kind,
            "score": self.score,
        }


def open_by_hand(
    *,
    account: Account,
    by: "User",
    reason: str,
    queue: Queue,
    at: datetime,
    follows: Case | None = None,
) -> Case:
    """Open a case on `account` because a colleague asks for it, saying why.

    `follows` is the settled case that it looks at again. Raises AlreadyOpen with the open case's
    ref, CannotOpen without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise CannotOpen("Say why this account should be looked at.", pointer="reason")
    if len(reason) > LONGEST_REASON:
        raise CannotOpen(f"At most {LONGEST_REASON:,} characters.", pointer="reason")
    if "\x00" in reason:
        raise CannotOpen("Remove the NUL character.", pointer="reason")
    if not queue.active:
        raise CannotOpen("This queue is not in use.", pointer="queue")
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if standing := Case.objects.unsettled().filter(account=account).first():
            raise AlreadyOpen(standing.ref)
        case = Case(
            ref=next_refs("C")[0],
            account=account,
            queue=queue,
            origin=CaseOrigin.ANALYST_INITIATED,
            opened_at=at,
            opened_by=by,
            opening_reason_sealed=account.seal(reason, context="case.opening_reason"),
            follows=follows,
            country=account.country,
            surface=account.surface,
            contested=Account.objects.contested().filter(pk=account.pk).exists(),
        )
        weighing.weigh_unreported(case, at=at)
        case.bring_due_nearer()
        case.save(force_insert=True)
        record(
            Entry(
                kind="case.opened",
                actor=by.actor,
                happened_at=at,
                account=account.ref,
                case=case.ref,
                country_prefix=account.country_prefix,
                surface=account.surface,
                particulars={"queue": queue.slug, "origin": case.origin},
            ),
            at=at,
        )
    return case


def open_again(*, case: Case, by: "User", reason: str, at: datetime) -> None:
    """Have a settled case looked at anew, by a case that follows it, unless one is open already.

    It waits where the former one did, or, where that queue is not in use any more, in the last one.
    """
    queue = case.queue if case.queue.active else load_routes().otherwise
    with suppress(AlreadyOpen):
        open_by_hand(account=case.account, by=by, reason=reason, queue=queue, at=at, follows=case)


def open_cases_of(account_ids: Collection[UUID]) -> dict[UUID, Case]:
    """The open case of each account that has one, locked. The accounts' rows are locked before."""
    cases = (
        Case.objects.unsettled()
        .filter(account_id__in=account_ids)
        .lock(no_key=True)
        .select_related("queue")
    )
    return {case.account_id: case for case in cases}


def join_or_open(
    *,
    arrivals: Sequence[Arrival],
    open_cases: dict[UUID, Case],
    new_ids: dict[UUID, UUID],
    routes: Routes,
    severities: dict[str, int],
    at: datetime,
    actor: str,
) -> tuple[dict[UUID, Case], list[Entry]]:
    """Bring detections, already written, to the open case of their account or to a new one.

    `open_cases` are by account, locked; `new_ids` holds the id that the detections of an account
    without one already name. Runs in the caller's transaction, under the accounts' locks.
    Returns the cases by account and what the ledger is to be told.
    """
    cases: dict[UUID, Case] = {}
    entries: list[Entry] = []
    first_of = {arrival.account_id: arrival for arrival in reversed(arrivals)}
    opened = _new_cases(
        [first for pk, first in first_of.items() if pk not in open_cases],
        new_ids=new_ids,
        routes=routes,
        at=at,
    )
    held = _held(open_cases.values(), now=at)
    for arrival in arrivals:
        is_first = arrival.account_id not in cases and arrival.account_id in opened
        case = open_cases.get(arrival.account_id) or opened[arrival.account_id]
        cases[arrival.account_id] = case
        moved = not is_first and case.pk not in held and _move_up(case, routes, arrival)
        if not is_first:
            case.version += 1
        entries.append(_entry(case, arrival, opened=is_first, moved=moved, at=at, actor=actor))
        if waking.woken_by_arrival(case, at=at):
            entries.append(
                _woken(case, arrival.account_ref, arrival.country_prefix, at=at, actor=actor)
            )
    weighing.weigh(cases.values(), severities=severities, at=at)
    Case.objects.bulk_create(case for pk, case in cases.items() if pk in opened)
    _save([case for pk, case in cases.items() if pk not in opened])
    return cases, entries


def note_news(
    cases: Iterable[Case], *, about: Mapping[UUID, tuple[str, str]], at: datetime, actor: str
) -> list[Entry]:
    """Something happened to the account that a decision on its open case should know.

    `about` has each account's ref and country prefix. Returns what the ledger is to be told.
    """
    cases = list(cases)
    entries = []
    for case in cases:
        case.version += 1
        if waking.woken_by_arrival(case, at=at):
            entries.append(_woken(case, *about[case.account_id], at=at, actor=actor))
    _save(cases)
    return entries


def _new_cases(
    firsts: Sequence[Arrival], *, new_ids: dict[UUID, UUID], routes: Routes, at: datetime
) -> dict[UUID, Case]:
    if not firsts:
        return {}
    opened = {}
    refs = next_refs("C", len(firsts))
    accounts = [first.account_id for first in firsts]
    contested = set(
        Account.objects.contested().filter(pk__in=accounts).values_list("pk", flat=True)
    )
    for first, ref in zip(firsts, refs, strict=True):
        queue = routes.route(first.facts())
        opened[first.account_id] = case = Case(
            id=new_ids[first.account_id],
            ref=ref,
            account_id=first.account_id,
            queue=queue,
            origin=CaseOrigin.DETECTOR,
            opened_at=at,
            country=first.country,
            surface=first.surface,
            contested=first.account_id in contested,
        )
        case.bring_due_nearer()
    return opened


def _move_up(case: Case, routes: Routes, arrival: Arrival) -> bool:
    """Have the case wait in a more urgent queue if the new detection belongs to one."""
    queue = routes.route(arrival.facts())
    if queue.position >= case.queue.position:
        return False
    case.queue = queue
    case.bring_due_nearer()
    return True


def _held(cases: Iterable[Case], *, now: datetime) -> set[UUID]:
    """Those that somebody is working on: they stay where that person found them."""
    ids = [case.pk for case in cases]
    return set(Claim.objects.held(now=now).filter(case__in=ids).values_list("case_id", flat=True))


_UPDATE = """
    UPDATE cases_case
       SET queue_id = %s, due_at = %s, due_tier = %s, detection_count = %s, stages = %s,
           policies = %s, detectors = %s, severity_points = %s, uncertainty_points = %s,
           reach_points = %s, feedback_points = %s, joined_points = %s, priority = %s, rank = %s,
           top_score = %s, version = %s, state = %s, wakes_at = %s, reserved_why = %s,
           reserved_until = %s
     WHERE id = %s
"""


def _save(cases: Sequence[Case]) -> None:
    if not cases:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _UPDATE,
            [
                (
                    case.queue_id,
                    case.due_at,
                    case.due_tier,
                    case.detection_count,
                    case.stages,
                    case.policies,
                    case.detectors,
                    case.severity_points,
                    case.uncertainty_points,
                    case.reach_points,
                    case.feedback_points,
                    case.joined_points,
                    case.priority,
                    case.rank,
                    case.top_score,
                    case.version,
                    case.state,
                    case.wakes_at,
                    case.reserved_why,
                    case.reserved_until,
                    case.pk,
                )
                for case in cases
            ],
        )


def _entry(
    case: Case, arrival: Arrival, *, opened: bool, moved: bool, at: datetime, actor: str
) -> Entry:
    particulars: dict[str, Any] = {
        "detection": str(arrival.detection_id),
        "queue": case.queue.slug,
    }
    if opened:
        particulars["origin"] = case.origin
    elif moved:
        particulars["moved"] = True
    return Entry(
        kind="case.opened" if opened else "case.joined",
        actor=actor,
        happened_at=at,
        account=arrival.account_ref,
        case=case.ref,
        country_prefix=arrival.country_prefix,
        surface=arrival.surface,
        stage=arrival.stage,
        detector=arrival.detector,
        detector_version=arrival.version,
        policy=arrival.policy,
        particulars=particulars,
    )


def _woken(case: Case, account_ref: str, prefix: str, *, at: datetime, actor: str) -> Entry:
    return Entry(
        kind="case.woken",
        actor=actor,
        happened_at=at,
        account=account_ref,
        case=case.ref,
        country_prefix=prefix,
        surface=case.surface,
        particulars={"why": str(case.reserved_why)},
    )
