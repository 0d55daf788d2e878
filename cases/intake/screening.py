"""What is wrong with a detection, before anything is asked of the database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from cases.enums import MAY_END, Action, Verdict
from cases.intake.checking import id_fault, name_fault, number_fault, text_fault, word_fault
from cases.intake.receipts import Fault
from cases.intake.sent import SentDetection, SentSignal

BATCH = 1_000
MOST_REASONS = 50
MOST_SIGNALS = 100
REASON_LENGTH = 1_000
VALUE_LENGTH = 100
UNIT_LENGTH = 40
MOST_REPORTS = 1_000_000_000

TimeFault = Callable[[datetime, str], Fault | None]


def screen(
    sent: SentDetection,
    *,
    time_fault: TimeFault,
    policies: dict[str, Any],
    may_enforce: bool,
    at: datetime,
) -> list[Fault]:
    """Every fault of `sent`, received at `at`; none means that it can be kept.

    `policies` are the clauses by code; `may_enforce` says whether the sender may report what
    was already done.
    """
    found = [
        id_fault(sent.id, "/id"),
        id_fault(sent.account, "/account"),
        name_fault(sent.detector, "/detector"),
        name_fault(sent.version, "/version"),
        None if 0 <= sent.score <= 1 else Fault("/score", "Must lie between 0 and 1."),
        None
        if sent.policy in policies
        else Fault("/policy", "Is not a policy clause of this installation."),
        *_verdict_faults(sent, time_fault, may_enforce=may_enforce, at=at),
        *_reason_faults(sent),
        *_signal_faults(sent, time_fault),
    ]
    if sent.user_reports_before is not None and not 0 <= sent.user_reports_before <= MOST_REPORTS:
        found.append(
            Fault("/user_reports_before", f"Must be a whole number from 0 to {MOST_REPORTS:,}.")
        )
    return [fault for fault in found if fault]


def _verdict_faults(
    sent: SentDetection, time_fault: TimeFault, *, may_enforce: bool, at: datetime
) -> Iterator[Fault | None]:
    if sent.verdict == Verdict.REVIEW:
        # A REVIEW asks a person. What it said of an action would be lost without a word.
        for name in ("action", "enforced_at", "until"):
            if getattr(sent, name) is not None:
                yield Fault(f"/{name}", "Only an ENFORCED detection says what was done.")
        if sent.notify:
            yield Fault("/notify", "Only an ENFORCED detection has something to notify of.")
        return
    if not may_enforce:
        yield Fault("/verdict", "This key lacks the scope enforced: it may only ask for REVIEW.")
    if sent.action is None:
        yield Fault("/action", "Is missing: an ENFORCED detection says what was done.")
    elif sent.action == Action.LIFT:
        yield Fault("/action", "LIFT is decided by people, not by a detection.")
    if sent.enforced_at is not None:
        yield time_fault(sent.enforced_at, "/enforced_at")
    if sent.until is not None:
        yield _end_fault(sent, at)
    elif sent.action == Action.TEMPORARY_BAN:
        yield Fault("/until", "Is missing: a temporary ban says when it ends.")


def _end_fault(sent: SentDetection, at: datetime) -> Fault | None:
    begun = sent.enforced_at or at
    if sent.action is not None and sent.action not in MAY_END:
        return Fault("/until", f"{sent.action} has no end.")
    if sent.until is not None and sent.until <= begun:
        return Fault("/until", "Must lie after the beginning.")
    if sent.until is not None and sent.until.year >= at.year + 100:
        return Fault("/until", "Lies more than a century ahead.")
    return None


def _reason_faults(sent: SentDetection) -> Iterator[Fault | None]:
    if len(sent.reasons) > MOST_REASONS:
        yield Fault("/reasons", f"Holds more than {MOST_REASONS} sentences.")
        return
    for place, reason in enumerate(sent.reasons):
        yield text_fault(reason, f"/reasons/{place}", max_length=REASON_LENGTH)


def _signal_faults(sent: SentDetection, time_fault: TimeFault) -> Iterator[Fault | None]:
    if len(sent.signals) > MOST_SIGNALS:
        yield Fault("/signals", f"Holds more than {MOST_SIGNALS} signals.")
        return
    for place, signal in enumerate(sent.signals):
        yield from _faults_of(signal, f"/signals/{place}", time_fault)


def _faults_of(signal: SentSignal, at: str, time_fault: TimeFault) -> Iterator[Fault | None]:
    yield name_fault(signal.name, f"{at}/name")
    for name, length in (
        ("value", VALUE_LENGTH),
        ("threshold", VALUE_LENGTH),
        ("unit", UNIT_LENGTH),
    ):
        value = getattr(signal, name)
        if isinstance(value, str):
            yield word_fault(value, f"{at}/{name}", max_length=length) if value else None
        elif value is not None:
            yield number_fault(value, f"{at}/{name}")
    if signal.observed_at is not None:
        yield time_fault(signal.observed_at, f"{at}/observed_at")
