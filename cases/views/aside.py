"""What a case waits for, who passed it on and with what words, and what it is decided with."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.casefile.arrivals import arrived_since
from cases.casefile.person import masked
from cases.casefile.sealed import words_of
from cases.enums import CaseState, NoteKind, ReservedWhy
from cases.models import Case, Claim, Note
from cases.views.holding import ClaimPanel
from cases.views.passingpanel import hand_down_panel
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User

# What a case is passed on with.
_PASSES = (NoteKind.HAND_OVER, NoteKind.QUESTION, NoteKind.ESCALATION, NoteKind.SENT_BACK)
_CAME_BACK = {
    ReservedWhy.INFORMATION_ARRIVED: "Something new arrived",
    ReservedWhy.WOKE_UP: "The time that was set is over",
}


def aside_context(
    case: Case, *, user: User, claim: ClaimPanel, now: datetime, path: str
) -> dict[str, Any]:
    """`aside` for `cases/_aside.html`, and `together` for `cases/_together.html`.

    Five queries at most. Needs `reserved_for` and `merged_into` loaded.
    """
    if case.state == CaseState.MERGED:
        return {"aside": None, "together": _merged(case, user=user, now=now)}
    aside = None
    if not case.is_settled and case.state != CaseState.AWAITING_APPROVAL:
        aside = _aside(case, user=user, claim=claim, now=now, path=path)
    return {"aside": aside, "together": _with_it(case)}


def _aside(
    case: Case, *, user: User, claim: ClaimPanel, now: datetime, path: str
) -> dict[str, Any] | None:
    note = last_pass(case)
    kept = _kept(case, user=user, now=now)
    if note is None or _is_over(note, case, user=user, claim=claim):
        return {**_bare(case, user), "kept": kept} if kept else None
    own = note.author_id == user.pk
    note.account = case.account
    context: dict[str, Any] = {
        **_bare(case, user),
        "title": _title(note, own=own),
        "text": words_of(note.text),
        "at": note.written_at,
        "kept": kept,
    }
    if case.state == CaseState.AWAITING_INFO:
        assert case.wakes_at
        context["kept"] = (
            f"It comes back when something new arrives, or on {case.wakes_at:%-d %b %H:%M} UTC. "
            "Taking it ends the wait."
        )
    elif note.kind == NoteKind.QUESTION:
        context |= _came_back(note, case, path=path)
    elif case.state == CaseState.ESCALATED and not claim.holder and not claim.mine:
        if own:
            context["take_back_url"] = reverse("cases:escalation_return", args=[case.ref])
        elif user.may("lead_cases"):
            context["panel"] = {**hand_down_panel(case), "end": True}
    elif own and case.reserved_why == ReservedWhy.HANDED_OVER and not claim.holder:
        context["take_back_url"] = reverse("cases:hand_over_return", args=[case.ref])
    return context


def _bare(case: Case, user: User) -> dict[str, Any]:
    """What is said where no note goes with it."""
    title = ""
    if case.reserved_why == ReservedWhy.REASSIGNED and case.reserved_for_id == user.pk:
        title = "A lead gave it to you"
    return {
        "title": title, "text": "", "at": None, "kept": "", "arrived": [],
        "take_back_url": "", "panel": None,
    }  # fmt: skip


def last_pass(case: Case) -> Note | None:
    """What `case` was last passed on with. One query."""
    notes = Note.objects.filter(account=case.account_id, case=case, kind__in=_PASSES)
    return notes.select_related("author").order_by("-written_at", "-id").first()


def _is_over(note: Note, case: Case, *, user: User, claim: ClaimPanel) -> bool:
    """Whether what the note was for is over: its author has the case again."""
    if note.kind == NoteKind.QUESTION or case.state == CaseState.ESCALATED:
        return False
    if note.kind == NoteKind.ESCALATION:
        # Taken back: a lead's answer would have been the later one.
        return True
    holds = claim.mine and note.author_id == user.pk
    return holds or claim.holder == note.author.name


def _title(note: Note, *, own: bool) -> str:
    who = "You" if own else note.author.name
    return {
        NoteKind.HAND_OVER: f"{who} handed it over",
        NoteKind.QUESTION: f"{who} asked for information",
        NoteKind.ESCALATION: f"{who} escalated it",
        NoteKind.SENT_BACK: f"{who} sent back what was proposed",
    }[NoteKind(note.kind)]


def _kept(case: Case, *, user: User, now: datetime) -> str:
    if case.state != CaseState.OPEN or case.reserved_for is None:
        return ""
    if case.reserved_until and case.reserved_until <= now:
        return ""
    whom = "you" if case.reserved_for_id == user.pk else case.reserved_for.name
    until = f" until {case.reserved_until:%-d %b %H:%M} UTC" if case.reserved_until else ""
    return f"It is kept for {whom}{until}."


def _came_back(note: Note, case: Case, *, path: str) -> dict[str, Any]:
    """Why a case that waited is back, and what arrived meanwhile. Three queries."""
    woken = (
        LedgerEntry.objects.about_case(case.ref)
        .filter(kind="case.woken", recorded_at__gte=note.written_at)
        .newest_first()
        .first()
    )
    why = _CAME_BACK.get(woken.particulars.get("why")) if woken else None
    arrived = arrived_since(case.account, note.written_at, path=path)
    title = f"{why}: {note.author.name} had asked" if why else ""
    return {**({"title": title} if title else {}), "arrived": arrived}


def _with_it(case: Case) -> dict[str, Any] | None:
    """The cases that were merged into this one. One query."""
    merged = (
        Case.objects.filter(merged_into=case).select_related("account").order_by("opened_at", "pk")
    )
    cases = [_face(each) for each in merged]
    if not cases:
        return None
    return {
        "words": "Decided with it:" if case.is_settled else "Decided together with",
        "cases": cases,
        "url": "" if case.is_settled else reverse("cases:merging", args=[case.ref]),
        "part_url": "",
    }


def _merged(case: Case, *, user: User, now: datetime) -> dict[str, Any]:
    """The case that this one is decided with. Two queries."""
    into = case.merged_into
    assert into
    holds = Claim.objects.held(now=now).filter(case=into, analyst=user).exists()
    may_part = not into.is_settled and (holds or user.may("lead_cases"))
    return {
        "words": "Merged into another case, and decided with it:",
        "cases": [_face(into)],
        "url": "",
        "part_url": reverse("cases:parting", args=[case.ref]) if may_part else "",
    }


def _face(case: Case) -> dict[str, Any]:
    return {
        "ref": case.ref,
        "url": reverse("cases:case", args=[case.ref]),
        "person": masked(case.account),
        "state": case.get_state_display(),
    }
