"""What detectors had found on an account, and a person has looked at."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cases.enums import LabelValue
from cases.models import Account, PolicyClause
from cases.models.clearings import LOWER_IS_WORSE


@dataclass(frozen=True, slots=True)
class Seen:
    """The most suspicious of what detectors had found: a score, and each signal by name."""

    score: float | None
    signals: dict[str, float]


def families_seen(account: Account, *, at: datetime, seen_at: datetime) -> dict[str, Seen]:
    """What detectors had found on `account` by `seen_at`, by family of rules."""
    families = _families(at=at)
    found: dict[str, Seen] = {}
    for code, score, signals in _seen(account, list(families), seen_at=seen_at):
        family = families[code]
        before = found.get(family, Seen(None, {}))
        found[family] = together(before, Seen(score, signals))
    return found


def _families(*, at: datetime) -> dict[str, str]:
    """The family of each clause, by code."""
    return dict(PolicyClause.objects.current(at=at).values_list("code", "family"))


_SEEN = """
    WITH seen AS (
        SELECT policy, score, signals FROM cases_detection d
         WHERE account_id = %(account)s AND policy = ANY(%(codes)s) AND received_at <= %(seen_at)s
           AND (SELECT l.value FROM cases_label l WHERE l.detection_id = d.id
                 ORDER BY l.given_at DESC, l.id DESC LIMIT 1) IS DISTINCT FROM %(violation)s
    ), measured AS (
        SELECT policy, signal ->> 'name' AS name,
               CASE jsonb_typeof(signal -> 'value')
                    WHEN 'number' THEN (signal ->> 'value')::numeric
                    WHEN 'boolean' THEN (signal ->> 'value')::boolean::int
               END AS value
          FROM seen CROSS JOIN LATERAL jsonb_array_elements(signals) AS signal
    )
    SELECT policy, max(score), NULL, NULL, NULL FROM seen GROUP BY policy
     UNION ALL
    SELECT policy, NULL, name, min(value)::float8, max(value)::float8
      FROM measured WHERE abs(value) <= 1e15
     GROUP BY policy, name
"""


def _seen(
    account: Account, codes: list[str], *, seen_at: datetime
) -> list[tuple[str, float, dict[str, float]]]:
    """By clause: the highest score, and the most suspicious value of each signal."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SEEN,
            {
                "account": account.pk,
                "codes": codes,
                "seen_at": seen_at,
                "violation": LabelValue.VIOLATION,
            },
        )
        rows = cursor.fetchall()
    scores = {code: score for code, score, name, *_ in rows if name is None}
    signals: dict[str, dict[str, float]] = {code: {} for code in scores}
    for code, _, name, low, high in rows:
        if name is not None:
            signals[code][name] = low if name in LOWER_IS_WORSE else high
    return [(code, score, signals[code]) for code, score in scores.items()]


def together(one: Seen, other: Seen) -> Seen:
    scores = [score for score in (one.score, other.score) if score is not None]
    signals = dict(one.signals)
    for name, value in other.signals.items():
        worse = min if name in LOWER_IS_WORSE else max
        signals[name] = worse(value, signals.get(name, value))
    return Seen(max(scores, default=None), signals)
