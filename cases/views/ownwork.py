"""What is somebody's own: held, come back to them, waiting for others; and what is due first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from cases import claiming
from cases.casefile.deliveries import action_words
from cases.casefile.person import masked
from cases.enums import CaseState, ClaimEnding, NoteKind, Outcome, ReservedWhy
from cases.models import Approval, Case, Claim, Note, Queue
from cases.views.lines import SOON, due_words
from cases.views.reasons import reasons_of
from reviewapp.staff.models import User

SHOWN = 10
_DUE_SHOWN = 5
# Of each queue so many are looked at, those whose day comes first: a bound on what home costs.
_DUE_AMONG = 1000

_DUE = """
    SELECT first.id
      FROM unnest(%(queues)s::bigint[]) AS q (id)
     CROSS JOIN LATERAL (
        SELECT c.id, c.due_at FROM cases_case c
         WHERE c.queue_id = q.id AND c.state = 'OPEN' AND c.due_tier <= %(day)s
         ORDER BY c.due_tier, c.rank DESC, c.id LIMIT %(among)s
     ) AS first
     WHERE first.due_at <= %(soon)s
       AND NOT EXISTS (SELECT FROM cases_claim h
                        WHERE h.case_id = first.id AND h.released_at IS NULL
                          AND h.expires_at > %(now)s)
     ORDER BY first.due_at, first.id
     LIMIT %(shown)s
"""


def own_work(user: User, *, worked: Sequence[Queue], now: datetime) -> dict[str, Any]:
    """`mine`, `due`, `back` and `others` for home. As many queries whatever there is."""
    if not user.may("work_cases"):
        return {"mine": [], "due": [], "back": [], "others": []}
    claims = list(claiming.held_by(user, now=now))
    due = _due(worked, now=now)
    kept = list(
        Case.objects.filter(reserved_for=user, state__in=[CaseState.OPEN, CaseState.AWAITING_INFO])
        .with_account_and_queue()
        # What came back first, then what waits, the nearest date at the head.
        .order_by("-state", "wakes_at", "-reserved_until", "id")[: 2 * SHOWN]
    )
    held = {claim.case_id for claim in claims}
    back = [
        case
        for case in kept
        if case.state == CaseState.OPEN
        and case.pk not in held
        and (case.reserved_until is None or case.reserved_until > now)
    ]
    asked = [case for case in kept if case.state == CaseState.AWAITING_INFO]
    escalated = _escalated(user)
    listed = [*(claim.case for claim in claims), *due, *back, *asked, *escalated]
    reasons = reasons_of(listed)

    def line(case: Case, **more: Any) -> dict[str, Any]:
        words, tone = due_words(case, now=now)
        return {
            "ref": case.ref,
            "url": reverse("cases:case", args=[case.ref]),
            "person": masked(case.account),
            "why": reasons[case.pk].words,
            "due": words,
            "due_tone": tone,
            "queue": case.queue.name,
            **more,
        }

    words = _came_back(back, user)
    others = [
        *_proposed(user),
        *(line(case, words="With the leads", at=None) for case in escalated),
        *(line(case, words="Waits for information until", at=case.wakes_at) for case in asked),
    ]
    return {
        "mine": [line(claim.case, expires_at=claim.expires_at) for claim in claims],
        "due": [line(case) for case in due],
        "back": [
            line(case, words=words[case.pk], until=case.reserved_until) for case in back[:SHOWN]
        ],
        "others": others[: 2 * SHOWN],
    }


def _due(worked: Sequence[Queue], *, now: datetime) -> list[Case]:
    """What is due within the next hours or overdue and nobody holds, the earliest first."""
    soon: datetime = now + SOON
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {
                "queues": [queue.pk for queue in worked],
                "day": soon.date(),
                "soon": soon,
                "now": now,
                "among": _DUE_AMONG,
                "shown": _DUE_SHOWN,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    rows = Case.objects.filter(pk__in=ids).with_account_and_queue()
    return list(rows.order_by("due_at", "id"))


def _came_back(cases: Sequence[Case], user: User) -> dict[UUID, str]:
    """Why each of `cases` is kept for `user`, and through whom. One query."""
    notes: dict[UUID, list[Note]] = {case.pk: [] for case in cases}
    written = (
        Note.objects.filter(
            account__in=[case.account_id for case in cases],
            case__in=list(notes),
            kind__in=[NoteKind.HAND_OVER, NoteKind.SENT_BACK, NoteKind.ESCALATION],
        )
        .select_related("author")
        .order_by("-written_at", "-id")
    )
    for note in written:
        assert note.case_id
        notes[note.case_id].append(note)
    return {case.pk: _why_back(case, notes[case.pk], user) for case in cases}


def _why_back(case: Case, notes: Sequence[Note], user: User) -> str:
    why = ReservedWhy(case.reserved_why)
    by = next((note.author.name for note in notes if note.kind != NoteKind.ESCALATION), "")
    if why == ReservedWhy.HANDED_OVER and by:
        # A lead's answer goes to whoever had escalated it.
        mine = any(n.kind == NoteKind.ESCALATION and n.author_id == user.pk for n in notes)
        return f"{by} answered what you escalated" if mine else f"{by} handed it over to you"
    if why == ReservedWhy.SENT_BACK and by:
        return f"{by} did not approve it and sent it back"
    return str(why.label)


def _proposed(user: User) -> list[dict[str, Any]]:
    """What `user` proposed and nobody has answered. One query."""
    waiting = Approval.objects.waiting().filter(asked_by=user).select_related("case", "bulk")
    return [
        {
            "ref": of.ref,
            "url": reverse(f"cases:{'case' if approval.case else 'bulk'}", args=[of.ref]),
            "person": "",
            "why": _verdict_words(approval.bulk or approval),
            "words": "Waits for a second person since",
            "at": approval.asked_at,
        }
        for approval in waiting.order_by("asked_at", "id")[:SHOWN]
        if (of := approval.case or approval.bulk)
    ]


def _verdict_words(made: Any) -> str:
    return action_words(made.action) if made.action else str(Outcome(made.outcome).label)


def _escalated(user: User) -> list[Case]:
    """What `user` escalated and no lead has answered: few, along the index of what is set aside."""
    asked = Claim.objects.filter(analyst=user, ending=ClaimEnding.ESCALATED)
    with_leads = Case.objects.filter(state=CaseState.ESCALATED)
    rows = with_leads.filter(pk__in=asked.values("case")).with_account_and_queue()
    return list(rows.order_by("opened_at", "id")[:SHOWN])
