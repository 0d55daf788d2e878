"""A ban, somebody who looks at it again, and a worker: what tests of that share."""

from datetime import timedelta

from django.db import transaction

from cases import (
    bulking,
    claiming,
    deciding,
    enforcing,
    notifying,
    overturning,
)
from cases.enums import Action, Outcome
from cases.models import (
    Account,
)
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import (
    NOON,
    clause,
    make_case,
    verdict,
)

LATER = NOON + timedelta(hours=1)
DAY = timedelta(days=1)
# So many turns of a worker that whatever can still happen has.
TURNS = [timedelta(seconds=1), timedelta(minutes=3), timedelta(minutes=10), timedelta(hours=1), DAY]


def decide(account, by, *, case=None, at=NOON, effective_at=None, **changed):
    case = case or make_case(account=account, detections=2, at=at)
    claiming.take(case=case, by=by, now=at)
    return deciding.decide(
        case=case, by=by, at=at, effective_at=effective_at,
        **verdict(case, **{"action": Action.PERMANENT_BAN} | changed),
    )  # fmt: skip


def overturn(decision, by, *, at=LATER, **changed):
    """As the appeals room does it: in a transaction that holds the account's row."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=decision.account_id)
        return overturning.overturn(
            **{
                "decision": decision, "by": by, "approved_by": None, "at": at,
                "outcome": Outcome.NO_VIOLATION, "reason": "You wrote to people you know.",
                "rationale": "Friends, all of them.", "locale": "en", "relabel": True,
            }
            | changed
        )  # fmt: skip


def replace(decision, by, *, at=LATER, **changed):
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=decision.account_id)
        return overturning.replace(
            **{
                "decision": decision, "by": by, "approved_by": None, "at": at,
                "action": Action.TEMPORARY_BAN, "until": at + 7 * DAY,
                "clauses": [clause("BULK_MESSAGING")], "reason": "For good was too much.",
                "rationale": "A first violation.", "locale": "en",
            }
            | changed
        )  # fmt: skip


def work(platform, now=LATER):
    """What a worker does when it is woken."""
    enforcing.lift_expired(now=now)
    enforcing.deliver_due(platform=platform, clock=lambda: now)
    notifying.deliver_due(platform=platform, clock=lambda: now)


def settle(platform, after=LATER):
    for turn in TURNS:
        work(platform, after + turn)


def told(platform, account):
    return [data["subject"] for data in platform.told.get(account.external_id, [])]


def kinds(account):
    entries = LedgerEntry.objects.filter(account=account.ref).order_by("recorded_at", "id")
    return list(entries.values_list("kind", flat=True))


def ask_bulk(cases, by):
    return bulking.ask(
        cases=[(case, case.version) for case in cases],
        excepted=[],
        verdict=bulking.BulkVerdict(
            outcome="VIOLATION", action="PERMANENT_BAN", lasts=None, until=None,
            clauses=[clause("BULK_MESSAGING")], rationale="One campaign.", reason="",
            confidence="HIGH",
        ),
        by=by, at=NOON, approval_size=25,
    )  # fmt: skip
