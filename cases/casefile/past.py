"""What came before, in one order of time: decisions and what came of them, cases, appeals, notes,
clearings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse

from cases.casefile.before import decision_words, maker_words, undoing_of, undone_words
from cases.casefile.clearings import clearing_url, clearing_words, state_words
from cases.casefile.counting import counted
from cases.casefile.deliveries import Delivery, delivery, told
from cases.casefile.handling import Line
from cases.casefile.sealed import words_of
from cases.enums import CaseState, NoteKind
from cases.models import Account, Case, Clearing, Decision, Note
from cases.models.cases import SETTLED

# Of each sort; and so many stand open, the others behind a word.
_SHOWN = 30
OPEN = 6


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a decision: something the platform was asked, or the person was told; or that it
    did not stand.
    """

    words: str
    at: datetime
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Past:
    """One thing that came before: what, when, by whom, and what came of it."""

    at: datetime
    sort: str
    words: str
    by: str = ""
    state: str = ""
    tone: str = ""
    url: str = ""
    text: str = ""
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Before:
    """All of it, the newest first: what stands open and the rest."""

    newest: list[Past]
    older: list[Past]


def past_of(
    account: Account,
    *,
    case: Case | None,
    decisions: Sequence[Decision],
    appeals: Iterable[Line],
    now: datetime,
) -> Before:
    """What came before `case`, or all of it where there is none. Three queries.

    `decisions` as `before.decisions_about` loads them, without the case's own.
    """
    decided = {decision.case_id for decision in decisions}
    found = [
        *(_decision(decision) for decision in decisions),
        *(_case(each) for each in _cases(account, but=case) if each.pk not in decided),
        *(Past(at=line.at, sort="appeal", words=line.words, by=line.actor) for line in appeals),
        *(_note(note, account) for note in _notes(account, but=case)),
        *(_clearing(clearing, account, now=now) for clearing in _clearings(account)),
    ]
    found.sort(key=lambda past: past.at, reverse=True)
    return Before(found[:OPEN], found[OPEN:])


def _decision(decision: Decision) -> Past:
    clauses = [clause.title for clause in decision.clauses.all()]
    deliveries = [delivery(row, may_replay=False) for row in decision.enforcements.all()]
    withdrawal = getattr(decision, "withdrawal", None)
    undoing = undoing_of(decision)
    by = maker_words(decision)
    if withdrawal:
        state, tone = f"withdrawn by {withdrawal.withdrawn_by.name}", "quiet"
    elif undoing:
        state, tone = undone_words(undoing), "quiet"
    elif deliveries:
        state, tone = deliveries[-1].state, deliveries[-1].tone
    else:
        state, tone = decision.get_outcome_display(), ""
    cited = len(decision.citations.all())
    return Past(
        at=decision.decided_at,
        sort="decision",
        words=" · ".join([decision_words(decision), *clauses]),
        by=by + (f" · {counted(cited, 'item')} cited" if cited else ""),
        state=state,
        tone=tone,
        url=_case_url(decision.case) if decision.case else "",
        steps=[
            *(_asked(each) for each in deliveries),
            *(
                Step(each.words, each.at, each.state, each.tone)
                for each in (told(row, may_replay=False) for row in decision.notifications.all())
            ),
            *([_undone(undoing)] if undoing else []),
        ],
    )


def _undone(undoing: Decision) -> Step:
    words = f"{undone_words(undoing).capitalize()} by {maker_words(undoing)}"
    return Step(words, undoing.decided_at, "", "")


def _asked(each: Delivery) -> Step:
    words = f"Undoing: {each.lifts}" if each.lifts else each.action
    if len(each.attempts) > 1:
        words += f", {counted(len(each.attempts), 'attempt')}"
    at = each.attempts[-1].at if each.attempts else each.requested_at
    return Step(words, at, each.state, each.tone)


def _cases(account: Account, *, but: Case | None) -> Iterable[Case]:
    cases = Case.objects.filter(account=account).select_related("queue", "merged_into")
    if but:
        cases = cases.exclude(pk=but.pk)
    return cases.order_by("-opened_at", "-id")[:_SHOWN]


def _case(case: Case) -> Past:
    state = case.get_state_display()
    if case.state == CaseState.MERGED and case.merged_into:
        state = f"merged into {case.merged_into.ref}"
    return Past(
        at=case.opened_at,
        sort="case",
        words=f"{case.ref} opened · {case.queue.name}",
        state=state,
        tone="quiet" if case.state in SETTLED else "",
        url=_case_url(case),
    )


def _case_url(case: Case) -> str:
    return reverse("cases:case", args=[case.ref])


def _notes(account: Account, *, but: Case | None) -> Iterable[Note]:
    """The notes on other cases; those on this one and on the account itself stand beside it."""
    notes = Note.objects.filter(account=account).select_related("author", "case")
    notes = notes.exclude(case=None)
    if but:
        notes = notes.exclude(case=but)
    return notes.order_by("-written_at", "-id")[:_SHOWN]


def _note(note: Note, account: Account) -> Past:
    note.account = account
    kind = note.get_kind_display() if note.kind != NoteKind.NOTE else "Note"
    return Past(
        at=note.written_at,
        sort="note",
        words=f"{kind} · {note.case.ref}" if note.case else kind,
        by=note.author.name,
        url=_case_url(note.case) if note.case else "",
        text=words_of(note.text),
    )


def _clearings(account: Account) -> Iterable[Clearing]:
    return (
        Clearing.objects.filter(account=account)
        .select_related("made_by", "revoked_by")
        .order_by("-made_at")[:_SHOWN]
    )


def _clearing(clearing: Clearing, account: Account, *, now: datetime) -> Past:
    clearing.account = account
    state, tone = state_words(clearing, now=now)
    why = (words_of(clearing.reason), words_of(clearing.revocation))
    return Past(
        at=clearing.made_at,
        sort="clearing",
        words=clearing_words(clearing),
        by=clearing.made_by.name,
        state=state,
        tone=tone,
        url=clearing_url(clearing),
        # Erased is said once.
        text="\n\n".join(dict.fromkeys(filter(None, why))),
    )
