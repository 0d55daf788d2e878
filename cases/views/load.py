"""What leads see of the floor: what waits and for how long, who holds what, what waits for them.

People are listed by name. How many cases somebody decided is shown to nobody here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.urls import reverse

from cases.casefile.person import masked
from cases.enums import CaseState, ClaimEnding
from cases.models import Approval, Case, Claim
from cases.views.backlog import COUNTED_TO, capped
from cases.views.reasons import reasons_of
from reviewapp.staff.models import User

# A floor of a hundred people who hold two cases each is shown whole.
SHOWN_HELD = 200
SHOWN_ESCALATED = 20
AGES = (
    ("< 1 h", timedelta(0), timedelta(hours=1)),
    ("< 24 h", timedelta(hours=1), timedelta(hours=24)),
    ("< 3 d", timedelta(hours=24), timedelta(days=3)),
    ("older", timedelta(days=3), None),
)


def load_context(user: User, *, queues: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """`lead` for `cases/home.html`; nothing for who does not lead.

    Each of `queues`, as `backlog` tells them, is told its ages and what of it is due as well.
    """
    if not user.may("lead_cases"):
        return {}
    may_set = user.may("set_queues")
    load = _load([queue["id"] for queue in queues], now=now)
    for queue in queues:
        queue.update(
            load[queue["id"]],
            settings_url=reverse("cases:queue_settings", args=[queue["slug"]]) if may_set else "",
        )
    return {
        "lead": {
            "ages": [words for words, *_ in AGES],
            "held": _held(user, now=now),
            "escalated": _escalated(),
            "approvals": _approvals(),
            "routing_url": reverse("cases:routing") if may_set else "",
        }
    }


# Each count goes along an index and stops one beyond COUNTED_TO. What is due comes by its day: of
# so many the overdue are first.
_BUCKETS = "".join(
    f"""
           (SELECT count(*) FROM (
                SELECT FROM cases_case c
                 WHERE c.queue_id = q.id AND c.state = 'OPEN'
                   AND c.opened_at <= %(from_{number})s
                   {f"AND c.opened_at > %(to_{number})s" if older else ""}
                 LIMIT %(most)s + 1) AS aged),"""  # noqa: S608 - put together from fixed parts alone
    for number, (_, _, older) in enumerate(AGES)
)
_LOAD = f"""
    SELECT q.id, {_BUCKETS}
           due.today, due.seen > %(most)s
      FROM unnest(%(queues)s::bigint[]) AS q (id)
     CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE due_at > %(now)s) AS today,
               count(*) AS seen
          FROM (SELECT c.due_at FROM cases_case c
                 WHERE c.queue_id = q.id AND c.state = 'OPEN' AND c.due_tier <= %(today)s
                 ORDER BY c.due_tier, c.rank DESC, c.id LIMIT %(most)s + 1) AS first
     ) AS due
"""  # noqa: S608 - put together from fixed parts alone


def _load(queues: Sequence[int], *, now: datetime) -> dict[int, dict[str, Any]]:
    given: dict[str, Any] = {
        "queues": list(queues),
        "most": COUNTED_TO,
        "now": now,
        "today": now.date(),
    }
    for number, (_, younger, older) in enumerate(AGES):
        given[f"from_{number}"] = now - younger
        given[f"to_{number}"] = now - older if older else None
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, given)
        return {
            pk: {
                "ages": [
                    {"words": words, "count": capped(count)}
                    for (words, *_), count in zip(AGES, ages, strict=True)
                ],
                "today": f"{today:,}+" if more else today,
            }
            for pk, *ages, today, more in cursor.fetchall()
        }


def _held(user: User, *, now: datetime) -> dict[str, Any]:
    """Who holds what, by name, and within one person what was taken first."""
    claims = list(
        Claim.objects.held(now=now)
        .select_related("analyst", "case__queue")
        .order_by("analyst__name", "analyst_id", "taken_at")[: SHOWN_HELD + 1]
    )
    return {
        "rows": [
            {
                "who": claim.analyst.name,
                "ref": claim.case.ref,
                "url": reverse("cases:case", args=[claim.case.ref]),
                "queue": claim.case.queue.name,
                "since": claim.taken_at,
                "until": claim.expires_at,
                "claim": claim.pk,
                "removal_url": ""
                if claim.analyst_id == user.pk
                else reverse("cases:claim_removal", args=[claim.case.ref]),
            }
            for claim in claims[:SHOWN_HELD]
        ],
        "more": len(claims) > SHOWN_HELD,
    }


def _escalated() -> dict[str, Any]:
    """What analysts passed upwards, the case that was opened first at the head."""
    cases = list(
        Case.objects.filter(state=CaseState.ESCALATED)
        .with_account_and_queue()
        .order_by("opened_at", "id")[: SHOWN_ESCALATED + 1]
    )
    more, cases = len(cases) > SHOWN_ESCALATED, cases[:SHOWN_ESCALATED]
    reasons = reasons_of(cases)
    by = {
        claim.case_id: claim
        for claim in Claim.objects.filter(
            case__in=[case.pk for case in cases], ending=ClaimEnding.ESCALATED
        )
        .select_related("analyst")
        .order_by("released_at")
    }
    return {
        "rows": [
            {
                "ref": case.ref,
                "url": reverse("cases:case", args=[case.ref]),
                "person": masked(case.account),
                "why": reasons[case.pk].words,
                "queue": case.queue.name,
                "by": by[case.pk].analyst.name if case.pk in by else "",
                "at": by[case.pk].released_at if case.pk in by else case.opened_at,
            }
            for case in cases
        ],
        "more": more,
    }


def _approvals() -> dict[str, Any]:
    """How many decisions wait for a second person, and since when the oldest does."""
    asked = list(
        Approval.objects.waiting()
        .order_by("asked_at", "id")
        .values_list("asked_at", flat=True)[: COUNTED_TO + 1]
    )
    return {"count": capped(len(asked)) if asked else 0, "oldest_at": asked[0] if asked else None}
