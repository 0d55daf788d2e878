"""Detections: what detectors found, and what becomes of it.

# Note [What a detection does]

REVIEW asks for a person: it joins the account's open case or opens one. While a ban stands, it
is kept on the account and opens none: the account can do no more harm, and whoever looks at the
ban will see it. Of an account that was freed it opens one, whether or not the platform has lifted
the ban by then. ENFORCED reports what was done already: a decision, an enforcement that is in
force, and a notification if asked for; a case that is open stays open, one version older.

Where an account is cleared of the rule's family, or protected, a REVIEW that does not exceed what
was cleared is kept and opens no case. A case that is open it joins all the same: somebody looks at
the account anyway, and should see all of it. ENFORCED is recorded as ever, for it was done.

# Note [In which order a batch takes its locks]

Accounts by the messenger's id (made first where unknown, then locked), the source's row if a
detector is new, open cases by id, enforcements; the detections go in by the sender's id. Every
journey that locks an account and what belongs to it does so in this order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from msgspec import to_builtins

from cases import clearing
from cases.enforcing import being_lifted
from cases.enums import BANS, Verdict
from cases.intake.automated import Report, record_automated
from cases.intake.checking import ERASED, time_check
from cases.intake.digests import digester
from cases.intake.knowing import Known, known_accounts
from cases.intake.placing import Kept, Row, insert, keep_sequences, kept_before, lock
from cases.intake.racing import again_after_deadlock
from cases.intake.receipts import Fault, Receipt, Rejected, Result
from cases.intake.registering import faults_of_names, note_versions, registered
from cases.intake.screening import screen
from cases.intake.sent import SentDetection
from cases.models import Case, Clearing, Enforcement, PolicyClause
from cases.opening import Arrival, join_or_open, note_news, open_cases_of
from cases.routing import load_routes
from reviewapp.kernel.ids import uuid7
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import Source

_CONFLICT = Fault("/id", "Was sent before with other content.")


@again_after_deadlock
def receive_detections(
    *,
    source: "Source",
    items: Sequence[SentDetection | Rejected | None],
    at: datetime,
    may_enforce: bool,
) -> Receipt:
    """Keep what the detectors of `source` found, all valid rows in one transaction, as of `at`.

    See Note [What a detection does]. The receipt's results stand in the order of `items`. A row
    that was sent before is answered as it was then; `may_enforce` says whether the sender may
    report ENFORCED. Raises NoQueue where a case would have no queue to wait in.
    """
    receipt = Receipt()
    clauses = {clause.code: clause for clause in PolicyClause.objects.all().current(at=at)}
    rows, repeats = _valid(receipt, items, clauses, may_enforce=may_enforce, at=at)
    if not rows:
        return receipt.in_order()
    with transaction.atomic():
        outcomes = _take(source, rows, clauses, receipt, at=at)
    for row in repeats:
        _answer_repeat(row, outcomes, receipt)
    order = {row.sent.id: row.index for row in reversed([*rows, *repeats])}
    receipt.results.sort(key=lambda result: (order[result.id], result.duplicate))
    return receipt.in_order()


def _valid(
    receipt: Receipt,
    items: Sequence[SentDetection | Rejected | None],
    clauses: dict[str, PolicyClause],
    *,
    may_enforce: bool,
    at: datetime,
) -> tuple[list[Row], list[Row]]:
    """The rows that can be kept, and those that repeat the id of an earlier one of them."""
    time_fault = time_check(at)
    digest_of = digester()
    first: dict[str, Row] = {}
    repeats = []
    for index, sent in receipt.readable(items):
        faults = screen(
            sent, time_fault=time_fault, policies=clauses, may_enforce=may_enforce, at=at
        )
        if faults:
            receipt.reject(index, sent.id, *faults)
            continue
        row = Row(index, sent, digest_of(sent), uuid7())
        if first.setdefault(sent.id, row) is not row:
            repeats.append(row)
    return list(first.values()), repeats


def _take(
    source: "Source",
    rows: list[Row],
    clauses: dict[str, PolicyClause],
    receipt: Receipt,
    *,
    at: datetime,
) -> dict[str, Kept]:
    """Everything a batch does to the database; what became of each id."""
    unusable = faults_of_names(source=source, names=[row.sent.detector for row in rows])
    rows = [row for row in rows if not _refuse_detector(row, unusable, receipt)]
    accounts, _ = known_accounts((row.sent.account for row in rows), at=at)
    rows = [row for row in rows if not _refuse_erased(row, accounts, receipt)]
    sequences = lock(accounts)
    # Said again under the source's lock: another batch may have taken the last room meanwhile.
    detectors, unusable = registered(
        source=source, names=[row.sent.detector for row in rows], at=at
    )
    rows = [row for row in rows if not _refuse_detector(row, unusable, receipt)]
    outcomes = kept_before(source, [row.sent.id for row in rows])
    fresh = [row for row in rows if row.sent.id not in outcomes]

    open_cases = open_cases_of(sequences)
    new_ids = _plan(fresh, accounts, open_cases, clauses, at=at)
    inserted = insert(source, fresh, accounts, detectors, at=at)
    if len(inserted) < len(fresh):
        # Sent twice at once, for two accounts: the other one was first.
        outcomes |= kept_before(source, [row.sent.id for row in fresh if row.id not in inserted])
        fresh = [row for row in fresh if row.id in inserted]
    note_versions(
        ((detectors[row.sent.detector], row.sent.version, row.sent.stage) for row in fresh), at=at
    )
    _answer_known(rows, outcomes, receipt)

    cases, entries = join_or_open(
        arrivals=[_arrival(row, accounts) for row in fresh if row.case_id],
        open_cases=open_cases,
        new_ids=new_ids,
        routes=load_routes(),
        severities={code: clause.severity for code, clause in clauses.items()},
        at=at,
        actor=source.actor,
    )
    reports = [
        Report(
            sent=row.sent,
            account=accounts[row.sent.account],
            decision_id=row.decision_id,
            clause=clauses[row.sent.policy],
            enforced_at=row.sent.enforced_at or at,
        )
        for row in fresh
        if row.decision_id
    ]
    enforcements, more = record_automated(
        source=source, reports=reports, sequences=sequences, at=at
    )
    keep_sequences(sequences, {report.account.pk for report in reports})
    joined = set(cases)
    news = note_news(
        (
            open_cases[pk]
            for pk in {report.account.pk for report in reports} - joined
            if pk in open_cases
        ),
        about={each.pk: (each.ref, each.country_prefix) for each in accounts.values()},
        at=at,
        actor=source.actor,
    )
    record_all([*_received(source, fresh, accounts, at), *entries, *more, *news], at=at)

    for row in fresh:
        case = cases.get(accounts[row.sent.account].pk) if row.case_id else None
        enforcement = enforcements[row.decision_id] if row.decision_id else None
        kept = Kept(row.digest, case.ref if case else None, enforcement, row.held_back)
        outcomes[row.sent.id] = kept
        receipt.accepted += 1
        receipt.results.append(_result(row, kept, duplicate=False))
    return outcomes


def _refuse_detector(row: Row, unusable: dict[str, Fault], receipt: Receipt) -> bool:
    fault = unusable.get(row.sent.detector)
    if fault:
        receipt.reject(row.index, row.sent.id, fault)
    return fault is not None


def _refuse_erased(row: Row, accounts: dict[str, Known], receipt: Receipt) -> bool:
    """What is said of the person, or to them, cannot be kept without their key."""
    erased = not accounts[row.sent.account].wrapped_key
    refuse = erased and (bool(row.sent.reasons) or row.sent.notify)
    if refuse:
        receipt.reject(row.index, row.sent.id, ERASED)
    return refuse


def _plan(
    rows: list[Row],
    accounts: dict[str, Known],
    open_cases: dict[UUID, Case],
    clauses: dict[str, PolicyClause],
    *,
    at: datetime,
) -> dict[UUID, UUID]:
    """Say of each row, in the sender's order, which case or decision it will have.

    Returns the ids of the cases that are to be opened, by account.
    """
    account_ids = {accounts[row.sent.account].pk for row in rows}
    banned = _banned(account_ids, at=at)
    # Under the accounts' locks, as clearings are made: whoever comes later sees the other.
    clearings = clearing.standing_on(account_ids, at=at)
    new_ids: dict[UUID, UUID] = {}
    for row in rows:
        sent, pk = row.sent, accounts[row.sent.account].pk
        if pk in clearings:
            _weigh(row, clearings[pk], clauses)
        if sent.verdict == Verdict.ENFORCED:
            row.decision_id = uuid7()
            if sent.action in BANS and (sent.until is None or sent.until > at):
                banned.add(pk)
        elif pk in open_cases:
            row.case_id = open_cases[pk].pk
        elif pk in new_ids:
            row.case_id = new_ids[pk]
        elif pk not in banned and not row.held_back:
            row.case_id = new_ids[pk] = uuid7()
    return new_ids


def _weigh(row: Row, standing: list[Clearing], clauses: dict[str, PolicyClause]) -> None:
    """Note the clearing that the row falls under, and whether it goes beyond it."""
    under, row.beyond = clearing.weigh(
        standing,
        family=clauses[row.sent.policy].family,
        score=row.sent.score,
        signals=[to_builtins(signal) for signal in row.sent.signals],
    )
    row.clearing_id = under.pk if under else None


def _banned(account_ids: set[UUID], *, at: datetime) -> set[UUID]:
    """The accounts against which a ban stands, or is on its way, and has neither run out nor been
    lifted for good.
    """
    standing = Enforcement.objects.standing().bans().filter(account__in=account_ids)
    in_time = standing.filter(Q(until=None) | Q(until__gt=at)).exclude(being_lifted(at=at))
    return set(in_time.values_list("account_id", flat=True))


def _arrival(row: Row, accounts: dict[str, Known]) -> Arrival:
    sent, account = row.sent, accounts[row.sent.account]
    return Arrival(
        detection_id=row.id,
        account_id=account.pk,
        account_ref=account.ref,
        country=account.country,
        country_prefix=account.country_prefix,
        surface=account.surface,
        kind=account.kind,
        detector=sent.detector,
        version=sent.version,
        stage=sent.stage.value,
        score=sent.score,
        policy=sent.policy,
    )


def _answer_known(rows: list[Row], outcomes: dict[str, Kept], receipt: Receipt) -> None:
    for row in rows:
        kept = outcomes.get(row.sent.id)
        if kept is not None:
            _answer(row, kept, receipt)


def _answer_repeat(row: Row, outcomes: dict[str, Kept], receipt: Receipt) -> None:
    """A row whose id stood in the batch before: as if it had come with a later batch."""
    kept = outcomes.get(row.sent.id)
    if kept is None:
        receipt.reject(row.index, row.sent.id, Fault("/id", "Its first row was rejected."))
    else:
        _answer(row, kept, receipt)


def _answer(row: Row, kept: Kept, receipt: Receipt) -> None:
    if kept.digest == row.digest:
        receipt.duplicates += 1
        receipt.results.append(_result(row, kept, duplicate=True))
    else:
        receipt.reject(row.index, row.sent.id, _CONFLICT)


def _result(row: Row, kept: Kept, *, duplicate: bool) -> Result:
    return Result(row.sent.id, duplicate, kept.case, kept.enforcement, kept.held_back)


def _received(
    source: "Source", rows: list[Row], accounts: dict[str, Known], at: datetime
) -> list[Entry]:
    return [
        Entry(
            kind="detection.received",
            actor=source.actor,
            happened_at=at,
            account=accounts[sent.account].ref,
            country_prefix=accounts[sent.account].country_prefix,
            surface=accounts[sent.account].surface,
            stage=sent.stage.value,
            detector=sent.detector,
            detector_version=sent.version,
            policy=sent.policy,
            particulars={
                "detection": str(row.id),
                "verdict": sent.verdict.value,
                "score": sent.score,
                "user_reports_before": sent.user_reports_before,
                **_cleared(row),
            },
        )
        for row in rows
        for sent in (row.sent,)
    ]


def _cleared(row: Row) -> dict[str, Any]:
    """The clearing that the detection fell under, what it came to, and what exceeded it."""
    if row.clearing_id is None:
        return {}
    return {
        "clearing": str(row.clearing_id),
        "held_back": row.held_back,
        "beyond": row.beyond or None,
    }
