"""The decision form as its template wants it: choices with keys, rules, what is cited."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from cases import clearing, notifying
from cases.casefile import CaseFile
from cases.casefile.advice import advice_lines
from cases.casefile.clearings import family_words
from cases.casefile.deliveries import action_words
from cases.casefile.person import is_being_lifted
from cases.casefile.preview import Preview, preview
from cases.casefile.telling import language_name
from cases.enums import DECIDABLE, Action, Confidence, Outcome
from cases.forms import DAYS, ON_A_DATE, DecisionForm
from cases.models import Case, PolicyClause
from cases.views.again import again
from cases.views.clearingform import MARGIN_CHOICES, USUAL_LENGTH, seen_tables
from reviewapp.staff.models import User

OUTCOME_KEYS = {
    Outcome.NO_VIOLATION: "1",
    Outcome.VIOLATION: "2",
    Outcome.INSUFFICIENT_EVIDENCE: "3",
    Outcome.DUPLICATE: "4",
    Outcome.OUT_OF_SCOPE: "5",
}
_ACTION_KEYS = {
    Action.WARN: "w",
    Action.RATE_LIMIT: "l",
    Action.FEATURE_LIMIT: "f",
    Action.TEMPORARY_BAN: "t",
    Action.PERMANENT_BAN: "e",
}
CONFIDENCE_KEYS = {Confidence.LOW: "7", Confidence.MEDIUM: "8", Confidence.HIGH: "9"}
_DEFAULT_DAYS = "7"


def decision_form(case: Case, *, now: datetime, data: QueryDict | None = None) -> DecisionForm:
    """The form for a decision on `case`, with what its queue offers. Needs `queue` loaded."""
    return DecisionForm(
        data,
        now=now,
        language=language_for(case),
        offered=case.queue.offers(),
        initial={"seen_version": case.version},
    )


def decision_context(
    case: Case,
    *,
    file: CaseFile,
    form: DecisionForm | None,
    refusal: str,
    user: User,
    now: datetime,
    previewed: bool = False,
) -> dict[str, Any]:
    """`decision` for `cases/_decision_form.html`.

    A form that was withdrawn or sent back comes filled in with what it said. With `previewed`,
    what it would do is shown with it.
    """
    returned, filled_in = form is not None, ""
    if form is None and (before := again(case, by=user, decisions=file.decisions)):
        form, filled_in = decision_form(case, now=now, data=before.data), before.why
    form = form or decision_form(case, now=now)
    if form.is_bound:
        # What was typed stays; the page it is typed into is the newest.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen_version"] = case.version  # type: ignore[index]
    chosen = set(_typed_all(form, "clauses"))
    suggested, other = clauses_of(case.policies, chosen, case.account.locale, now)
    language = _typed(form, "locale") or language_for(case)
    offered = case.queue.offers()
    clauses = [drawn["clause"] for drawn in (*suggested, *other)]
    # Of the rules that are chosen; before any is, of the one that the strongest detection names.
    named = {each.pk for each in clauses if str(each.pk) in chosen} or {
        drawn["value"] for drawn in suggested if drawn["clause"].code == file.why.strongest
    }
    return {
        "form": form,
        "refusal": refusal,
        "returned": returned or bool(filled_in),
        "filled_in": filled_in,
        "outcomes": choices_of(form, "outcome", Outcome.choices, OUTCOME_KEYS),
        "actions": actions_of(form, offered),
        "confidences": choices_of(form, "confidence", Confidence.choices, CONFIDENCE_KEYS),
        "suggested_clauses": suggested,
        "other_clauses": other,
        "other_open": not suggested or any(clause["checked"] for clause in other),
        "advice": [
            {"line": line, "named": line.clause in named}
            for line in advice_lines(case.account, clauses=clauses, offered=offered, at=now)
        ],
        "days": days_of(form),
        "ends_on": _typed(form, "ends_on"),
        "lift": _lift(form, file),
        "languages": [
            {"value": each, "words": language_name(each), "selected": each == language}
            for each in notifying.texts()
        ],
        "cited": _cited(form, file),
        "clearing": _clearing(case, form, now=now),
        "preview_url": reverse("cases:decision_preview", args=[case.ref]),
        "preview": preview_of(case, form, now=now),
        "previewed": previewed,
    }


def preview_of(case: Case, form: DecisionForm, *, now: datetime) -> Preview:
    """What the form as it stands would do; of what it does not say yet, nothing."""
    if form.is_bound:
        form.is_valid()
    data = form.cleaned_data if form.is_bound else {}
    language = data.get("locale") or language_for(case)
    action, until = data.get("action", ""), data.get("until")
    if action == Action.TEMPORARY_BAN and until is None:
        action = ""
    return preview(
        case,
        outcome=data.get("outcome", ""),
        action=action,
        until=until,
        clauses=list(data.get("clauses") or []),
        reason=data.get("reason_shown") or "",
        language=language,
        cited=data.get("evidence") or [],
        grace=timedelta(seconds=settings.UNDO_SECONDS),
        now=now,
    )


def language_for(case: Case) -> str:
    """The language that the person of `case` is written to in."""
    return notifying.language_of(case.account.locale)


def _typed(form: DecisionForm, name: str) -> str:
    return str(form.data.get(name, "")) if form.is_bound else ""


def _typed_all(form: DecisionForm, name: str) -> list[str]:
    return form.data.getlist(name) if form.is_bound else []  # type: ignore[attr-defined]


def choices_of(
    form: DecisionForm, name: str, choices: Iterable[tuple[str, Any]], keys: dict[Any, str]
) -> list[dict[str, Any]]:
    typed = _typed(form, name)
    return [
        {"value": value, "words": words, "key": keys.get(value, ""), "checked": value == typed}
        for value, words in choices
    ]


def actions_of(form: DecisionForm, offered: Iterable[Action] = DECIDABLE) -> list[dict[str, Any]]:
    typed = _typed(form, "action")
    actions = [
        {
            "value": action.value,
            "words": "Ban for" if action == Action.TEMPORARY_BAN else action_words(action),
            "key": _ACTION_KEYS.get(action, ""),
            "checked": action.value == typed,
            "takes_days": action == Action.TEMPORARY_BAN,
            "wide": action == Action.TEMPORARY_BAN,
        }
        for action in offered
    ]
    none = {"value": "", "words": "No action", "key": "x", "checked": not typed}
    return [none, *actions]


def days_of(form: DecisionForm) -> list[dict[str, Any]]:
    typed = _typed(form, "days") or _DEFAULT_DAYS
    offered = [(str(days), "1 day" if days == 1 else f"{days} days") for days in DAYS]
    return [
        {"value": value, "words": words, "selected": value == typed}
        for value, words in [*offered, (ON_A_DATE, "until a date")]
    ]


def _lift(form: DecisionForm, file: CaseFile) -> dict[str, Any] | None:
    """What could be lifted; None where nothing stands."""
    standing = [
        action_words(row.action, until=row.until, at=row.decision.decided_at)
        for row in file.standing
        if not is_being_lifted(row)
    ]
    if not standing:
        return None
    return {
        "words": f"Lift what stands: {', '.join(standing)}",
        "checked": bool(_typed(form, "lift")),
    }


def clauses_of(
    policies: Collection[str], chosen: set[str], locale: str, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The clauses in `policies` (their codes), and the others, those in `chosen` checked."""
    suggested: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for clause in PolicyClause.objects.all().current(at=now):
        drawn = {
            "clause": clause,
            "value": clause.pk,
            "words": clause.title,
            "small": f"version {clause.version}",
            "checked": str(clause.pk) in chosen,
            "shown_words": clause.words_for(locale),
            "words_by_language": json.dumps(clause.words, ensure_ascii=False),
            "text": clause.text,
            "examples": clause.examples,
        }
        (suggested if clause.code in policies else other).append(drawn)
    return suggested, other


def _clearing(case: Case, form: DecisionForm, *, now: datetime) -> dict[str, Any] | None:
    """What the account can be cleared of; None where no detector found anything. Two queries."""
    seen = clearing.families_seen(case.account, at=now, seen_at=now)
    if not seen:
        return None
    family, margin = _typed(form, "clears_family"), _typed(form, "clears_margin")
    return {
        "families": [
            {"value": each, "words": family_words(each), "selected": each == family}
            for each in seen
        ],
        "until": _typed(form, "clears_until") or (now + USUAL_LENGTH).date().isoformat(),
        "first": (now + timedelta(days=1)).date().isoformat(),
        "last": (now + clearing.LONGEST).date().isoformat(),
        "margins": [
            {
                "value": value,
                "words": words,
                "selected": value == (margin or str(clearing.USUAL_MARGIN)),
            }
            for value, words in MARGIN_CHOICES
        ],
        "tables": seen_tables(seen),
    }


def _cited(form: DecisionForm, file: CaseFile) -> list[dict[str, str]]:
    """What is cited already; in the page's words where its row is shown."""
    known = {row.value: row.words for row in file.middle.events["rows"]}
    return [
        {"value": value, "words": known.get(value, "An item outside the rows shown now")}
        for value in dict.fromkeys(_typed_all(form, "evidence"))
    ]
