"""Sending codes: the one place that finds out whose a number is."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from appeals.disclosing import has_something_to_see
from appeals.enums import ChallengeState
from appeals.models import Challenge
from cases import delivering
from cases.delivering import Answer, Call, Message, Platform, Result
from cases.models import Account
from cases.models.accounts import phone_index
from cases.naming import e164
from reviewapp.ledger.recording import Entry, record_all

State = ChallengeState
# A row says no more than the limits do once its code is no good; it is kept for whoever looks
# into an attack.
KEPT_FOR = timedelta(days=1)
# A number goes from one person to another; older accounts of it are somebody else's.
MOST_OF_A_NUMBER = 5


class ChallengeErrand:
    """Codes to be sent, as the delivery loop knows them."""

    def lease(self, *, now: datetime, limit: int) -> Sequence[Challenge]:
        """The next that are for somebody. Those that are for nobody are done with on the way."""
        while True:
            keys = Challenge.objects.lease(
                now=now,
                seconds=delivering.LEASE_SECONDS,
                limit=limit,
                where_sql="state IN ('REQUESTED', 'RETRYING')",
            )
            rows = Challenge.objects.in_bulk(keys)
            found = [row for row in map(rows.__getitem__, keys) if _find(row, now=now)]
            if found or not keys:
                return found

    def message(self, promise: Challenge) -> Message:
        assert promise.account is not None
        return Message(
            key=str(promise.key),
            type="challenge.requested",
            timestamp=promise.asked_at,
            data={
                "challenge": str(promise.pk),
                "account": promise.account.external_id,
                "code": promise.code(),
            },
        )

    def mark(self, calls: Sequence[Call], *, now: datetime) -> None:
        with transaction.atomic():
            entries = [entry for call in calls if (entry := _settle(call, now=now))]
            record_all(entries, at=now)


def deliver_due(*, platform: Platform, clock: Callable[[], datetime], limit: int = 500) -> int:
    """Send the codes that are due. Returns the calls made."""
    return delivering.deliver(ChallengeErrand(), platform=platform, clock=clock, limit=limit)


def forget(*, now: datetime) -> int:
    """Remove what nobody can come in by any more; answer how many rows that were."""
    removed, _ = Challenge.objects.filter(ends_at__lt=now - KEPT_FOR).delete()
    return removed


def _find(row: Challenge, *, now: datetime) -> bool:
    """Find the account that a leased challenge is for; without one, or too late, it is over."""
    row.account = row.account or _account_called(row.number(), at=now)
    if row.account is not None and row.ends_at > now:
        row.save(update_fields=["account"])
        return True
    row.state = State.FAILED if row.account else State.NOBODY
    row.account = None
    row.due_at = row.leased_until = None
    row.save(update_fields=["state", "account", "due_at", "leased_until"])
    return False


def _account_called(number: str, *, at: datetime) -> Account | None:
    """The newest account called so that has a restriction or an appeal to look at here."""
    called = Q(external_id=number)
    if phone := e164(number):
        called |= Q(phone_index=phone_index(phone))
    accounts = Account.objects.filter(called).exclude(wrapped_key=b"")
    newest_first = accounts.order_by("-created_at", "-id")[:MOST_OF_A_NUMBER]
    return next((each for each in newest_first if has_something_to_see(each, at=at)), None)


def _settle(call: Call, *, now: datetime) -> Entry | None:
    row: Challenge = Challenge.objects.select_for_update(of=("self",)).get(pk=call.promise.pk)
    answer: Answer = call.answer
    row.attempts_made += 1
    row.last_attempt_at = call.attempted_at
    row.leased_until = None
    if answer.result is Result.RETRY and _is_worth_retrying(row, answer, now=now):
        row.state = State.RETRYING
    else:
        row.due_at = None
        failed = answer.result in (Result.RETRY, Result.REFUSED)
        row.state = State.FAILED if failed else State.SENT
    row.save()
    if row.state == State.RETRYING:
        return None
    account: Account = call.promise.account
    return Entry(
        kind=f"challenge.{row.state.lower()}",
        actor="worker",
        happened_at=now,
        account=account.ref,
        country_prefix=account.country_prefix,
        surface=account.surface,
        particulars={
            "challenge": str(row.pk),
            "attempts": row.attempts_made,
            "status": answer.status,
        },
    )


def _is_worth_retrying(row: Challenge, answer: Answer, *, now: datetime) -> bool:
    """A code that would come when it is no good any more is not sent again."""
    return (
        delivering.is_retried(row, answer=answer, now=now)
        and row.due_at is not None
        and row.due_at < row.ends_at
    )
