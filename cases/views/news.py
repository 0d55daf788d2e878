"""What is new about a case to a page that is open.

# Note [What an open page has seen]

A page says with each question what it was drawn from: so many detections, so many items, this
state. Each part of it carries that as a hidden field (`data-seen`), so a part that is drawn anew
says something newer from then on. The answer tells what came since, and draws again only what
nobody can have typed into. Where nothing changed, that is known from one query and answered with
304: the tag is of what the answer would be made of, not of the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.casefile.before import decision_words, maker_words
from cases.casefile.counting import counted
from cases.casefile.pulse import Pulse
from cases.enums import CaseState, ClaimEnding
from cases.models import Case, Decision
from cases.views.face import case_url
from reviewapp.staff.models import User
from reviewapp.web.numbers import whole_number

# Of the first news that lead somewhere.
KEY = "s"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page was drawn from. See Note [What an open page has seen]."""

    detections: int
    items: int
    notes: int
    state: str
    # The decision form stands on the page.
    form: bool

    @classmethod
    def of(cls, case: Case, pulse: Pulse, *, form: bool) -> "Seen":
        return cls(case.detection_count, pulse.items, pulse.notes, case.state, form)

    @classmethod
    def read(cls, asked: Mapping[str, Any], *, now: "Seen") -> "Seen":
        """What the page says that it shows; what it does not say, it is taken to have seen."""

        def number(name: str) -> int:
            said = whole_number(str(asked.get(name, "")))
            return int(getattr(now, name)) if said is None else said

        state = asked.get("state", "")
        return cls(
            number("detections"),
            number("items"),
            number("notes"),
            state if state in CaseState.values else now.state,
            asked.get("form") == "1",
        )


def is_lost(pulse: Pulse, *, user: User, now: datetime) -> bool:
    """Whether the reader's hold is gone for good, not merely run out."""
    if pulse.analyst != user.pk:
        return pulse.holder(now=now) is not None
    return pulse.ending not in ("", ClaimEnding.LAPSED)


def news_of(
    case: Case,
    pulse: Pulse,
    seen: Seen,
    decision: Decision | None,
    *,
    user: User,
    now: datetime,
    here: str,
) -> list[dict[str, Any]]:
    """What came since the page was drawn, as `components/_live.html` wants it, the gravest first.

    `here` is the address of the page with the part of the timeline that it looks at.
    """
    url = case_url(case)
    news: list[dict[str, Any]] = []
    if case.state != seen.state:
        # A page without a form draws the decision by itself.
        if seen.form or decision is None:
            news.append({"words": _became(case, decision), "url": url})
    elif seen.form and is_lost(pulse, user=user, now=now):
        news.append({"words": f"{_who_has_it(pulse, user=user)} What you typed is kept."})
    elif not seen.form and pulse.holder(now=now) == user.pk and not case.is_settled:
        news.append({"words": "You hold this case", "url": url})
    if (more := case.detection_count - seen.detections) > 0:
        news.append(
            {
                "words": counted(more, "new detection"),
                "url": reverse("cases:why", args=[case.ref]),
                "target": "why",
                "swap": "outerHTML",
            }
        )
    if (more := pulse.items - seen.items) > 0:
        news.append(
            {
                "words": counted(more, "new item of evidence", "new items of evidence"),
                "url": here,
                "target": "happened",
                "swap": "outerHTML",
            }
        )
    if (more := pulse.notes - seen.notes) > 0:
        last = "" if more > 1 else f" by {pulse.noted_by}"
        news.append(
            {
                "words": f"{counted(more, 'new note')}{last}",
                "url": reverse("cases:case_notes", args=[case.ref]),
                "target": "notes",
                "swap": "outerHTML",
            }
        )
    for number, each in enumerate(each for each in news if each.get("url")):
        each["key"] = "" if number else KEY
    return news


def _became(case: Case, decision: Decision | None) -> str:
    if decision is None:
        return f"This case is now: {case.get_state_display().lower()}"
    return f"{maker_words(decision)} decided it: {decision_words(decision).lower()}"


def _who_has_it(pulse: Pulse, *, user: User) -> str:
    if pulse.analyst != user.pk:
        return f"{pulse.analyst_name} holds this case now."
    if pulse.ending == ClaimEnding.TAKEN_OFF:
        return f"{pulse.ended_by} took this case off you."
    return "You do not hold this case any more."
