"""Clearings in words: of what, until when, and from where on an account comes back all the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from cases.casefile.counting import counted, listed
from cases.casefile.signals import FLAGS, figure, signal_name
from cases.models import Account, Clearing
from cases.models.clearings import LOWER_IS_WORSE, score_limit, signal_limit


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was seen, and from where on it opens a case again, for each margin."""

    name: str
    seen: str
    limits: list[str]


def standing_on(account: Account, *, now: datetime) -> list[Clearing]:
    """The clearings that stand on `account`, a protection first. One query."""
    standing = Clearing.objects.standing(at=now).filter(account=account)
    return list(standing.select_related("made_by").order_by("family"))


def family_words(family: str) -> str:
    """`Bulk`: a family of rules as people read it; of every rule where there is none."""
    words = family.replace("_", " ").lower()
    return words[:1].upper() + words[1:] if words else "Every rule"


def clearing_words(clearing: Clearing) -> str:
    """`Cleared · Bulk`, or `Protected`."""
    if clearing.is_protection:
        return "Protected"
    return f"Cleared · {family_words(clearing.family)}"


def standing_words(clearing: Clearing) -> str:
    """`Cleared · Bulk until 9 Apr 2026`."""
    return f"{clearing_words(clearing)} until {clearing.until:%-d %b %Y}"


def state_words(clearing: Clearing, *, now: datetime) -> tuple[str, str]:
    """What became of it, and the tone to say it in. Needs `revoked_by` loaded."""
    if clearing.revoked_by and not clearing.ran_out:
        return f"ended by {clearing.revoked_by.name}", "quiet"
    if clearing.until <= now:
        return f"ended {clearing.until:%-d %b %Y}", "quiet"
    return f"until {clearing.until:%-d %b %Y}", "good"


def clearing_url(clearing: Clearing) -> str:
    return reverse("cases:clearing", args=[clearing.pk])


def margin_words(margin: float) -> str:
    return f"{margin * 100:.0f} %"


def measures(
    score: float | None, signals: Mapping[str, float], *, margins: Sequence[float]
) -> list[Measure]:
    """What was seen, as a table; nothing where no detection was there to be seen."""
    found = []
    if score is not None:
        found.append(
            Measure("Score", f"{score:.2f}", [_above_score(score, each) for each in margins])
        )
    found += [_measure(name, value, margins) for name, value in sorted(signals.items())]
    return found


def summary(score: float | None, signals: Mapping[str, float]) -> str:
    """`score 0.70, 3 signals`."""
    found = [] if score is None else [f"score {score:.2f}"]
    return listed([*found, *([counted(len(signals), "signal")] if signals else [])])


def _above_score(score: float, margin: float) -> str:
    limit = score_limit(score, margin)
    # A score is no more than 1, so that nothing lies above.
    return f"> {limit:.2f}" if limit < 1 else "never"


def _measure(name: str, value: float, margins: Iterable[float]) -> Measure:
    if name in FLAGS and value in (0, 1):
        seen, limit = ("yes", "never") if value else ("no", "yes")
        return Measure(signal_name(name), seen, [limit for _ in margins])
    way = "<" if name in LOWER_IS_WORSE else ">"
    unit = _unit_of(name, value)
    return Measure(
        signal_name(name),
        figure(value, unit),
        [f"{way} {figure(_rounded(signal_limit(name, value, each)), unit)}" for each in margins],
    )


def _unit_of(name: str, value: float) -> str:
    """What a signal is counted in, as its name says: its unit is not kept with a clearing."""
    if name.endswith("_S"):
        return "s"
    is_share = name.endswith(("_RATIO", "_REPLY_RATE", "_NETWORK_ABUSE_SCORE"))
    return "share" if is_share and 0 <= value <= 1 else ""


def _rounded(limit: float) -> float:
    """Without the digits that nobody measures."""
    return round(limit, 1) if abs(limit) >= 10 else limit
