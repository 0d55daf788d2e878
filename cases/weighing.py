"""What the parts of a case's priority are counted from: its detections, its account's evidence."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from cases import priority
from cases.enums import CaseOrigin, Stage
from cases.models import Case
from cases.priority import Parts


class Activity(NamedTuple):
    """What an account did in its latest 30 days of evidence."""

    recipients: int = 0
    reports: int = 0
    blocks: int = 0


def weigh_unreported(case: Case, *, at: datetime) -> None:
    """Price a case that no detection asked for."""
    did = _activity([case.account_id], at=at).get(case.account_id, Activity())
    _parts(did, further=0).put_on(case)


_REASONS = """
    SELECT d.case_id, array_agg(d.score),
           array_agg(DISTINCT d.stage ORDER BY d.stage),
           array_agg(DISTINCT d.policy ORDER BY d.policy),
           array_agg(DISTINCT r.name ORDER BY r.name)
      FROM cases_detection d
      JOIN cases_detector r ON r.id = d.detector_id
     WHERE d.case_id = ANY(%s)
     GROUP BY d.case_id
"""


def weigh(cases: Iterable[Case], *, severities: dict[str, int], at: datetime) -> None:
    """Recompute what the cases show and are ordered by; no part ever falls. The caller saves.

    `severities` are the points of each clause, by code.
    """
    by_id = {case.pk: case for case in cases}
    did = _activity([case.account_id for case in by_id.values()], at=at)
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [list(by_id)])
        rows = cursor.fetchall()
    for case_id, scores, stages, policies, detectors in rows:
        case = by_id[case_id]
        case.detection_count = count = len(scores)
        case.stages, case.policies, case.detectors = stages, policies, detectors
        case.top_score = max(scores)
        # A case that a person opened had no detection to begin with, so its first one joins.
        further = count - 1 if case.origin == CaseOrigin.DETECTOR else count
        _parts(
            did.get(case.account_id, Activity()),
            further=further,
            severity=priority.severity(severities.get(code, 0) for code in policies),
            uncertainty=priority.uncertainty(scores),
        ).at_least(Parts.of(case)).put_on(case)


def _parts(did: Activity, *, further: int, severity: float = 0, uncertainty: float = 0) -> Parts:
    return Parts(
        severity=severity,
        uncertainty=uncertainty,
        reach=priority.reach(did.recipients),
        feedback=priority.feedback(reports=did.reports, blocks=did.blocks),
        joined=priority.joined(further),
    )


# The last 30 days of what we have of each account: of a source that is behind, or of recorded
# rows that are replayed, the latest days matter too. The covering index answers.
_ACTIVITY = """
    SELECT account.id, did.recipients, did.reports, did.blocks
      FROM unnest(%(ids)s::uuid[]) AS account (id)
     CROSS JOIN LATERAL (
        SELECT max(occurred_at) AS at FROM cases_evidenceitem
         WHERE account_id = account.id AND occurred_at <= %(latest)s
     ) AS last
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(people) FILTER (WHERE stage = %(messaging)s), 0) AS recipients,
               coalesce(sum(weight) FILTER (WHERE kind = 'user.reported'), 0) AS reports,
               coalesce(sum(weight) FILTER (WHERE kind = 'user.blocked'), 0) AS blocks
          FROM cases_evidenceitem
         WHERE account_id = account.id
           AND occurred_at > last.at - make_interval(days => %(days)s) AND occurred_at <= last.at
     ) AS did
     WHERE last.at IS NOT NULL
"""


def _activity(account_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Activity]:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACTIVITY,
            {
                "ids": list(account_ids),
                "latest": at + timedelta(days=1),
                "messaging": Stage.MESSAGING,
                "days": priority.REACH_DAYS,
            },
        )
        return {pk: Activity(*map(int, counts)) for pk, *counts in cursor.fetchall()}
