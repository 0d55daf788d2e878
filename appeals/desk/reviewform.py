"""The form of an answer as its template wants it: choices with keys, proposed words, a preview."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict

from appeals import foreseeing, proposing, suggesting
from appeals.desk.lines import ticket_url
from appeals.enums import AppealOutcome, ProposalAnswer, ReversalCause
from appeals.foreseeing import Foreseen
from appeals.forms import ReviewForm, language_for
from appeals.models import Appeal, Proposal
from appeals.verdict import Verdict
from appeals.wording import LOCALES
from cases.casefile.telling import language_name
from cases.enums import MAY_END, Action
from cases.forms import DAYS, ON_A_DATE
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User

_OUTCOMES = {
    AppealOutcome.ORIGINAL_DECISION_UPHELD: ("1", "it stays as it is"),
    AppealOutcome.REVERSED: ("2", "it is lifted"),
    AppealOutcome.PARTIALLY_REVERSED: ("3", "something milder instead"),
    AppealOutcome.OMITTED: ("4", "nothing stands any more"),
}
_ACTION_KEYS = {
    Action.WARN: "w",
    Action.RATE_LIMIT: "l",
    Action.GROUP_CREATE_BLOCK: "k",
    Action.FEATURE_LIMIT: "f",
    Action.TEMPORARY_BAN: "t",
    Action.PERMANENT_BAN: "e",
}


@dataclass(frozen=True, slots=True)
class ReviewPreview:
    """What the form as it stands would do, as `appeals/_review_preview.html` wants it."""

    goes: str = ""
    second: bool = False
    # Why nothing can be foreseen yet; empty where it can.
    missing: str = ""
    foreseen: Foreseen = field(default_factory=lambda: Foreseen([], [], False))


def review_form(
    appeal: Appeal,
    *,
    now: datetime,
    data: QueryDict | None = None,
    initial: dict[str, str] | None = None,
) -> ReviewForm:
    """The form for an answer to `appeal`. Needs `account` and `enforcement`."""
    filled = {**(initial or {}), "seen_version": appeal.version}
    return ReviewForm(data, appeal=appeal, now=now, initial=filled)


def review_context(
    appeal: Appeal,
    *,
    user: User,
    now: datetime,
    form: ReviewForm | None,
    refusal: str = "",
    previewed: bool = False,
) -> dict[str, Any]:
    """`answer` for `appeals/_review_form.html`. Two queries; more where it is previewed."""
    returned = form is not None
    again = None if form else _again(appeal, by=user)
    if form is None:
        form = review_form(appeal, now=now, initial=again[0] if again else None)
    language = _typed(form, "locale") or language_for(appeal)
    return {
        "form": form,
        "url": ticket_url(appeal, "decision"),
        "preview_url": ticket_url(appeal, "decision/preview"),
        "outcomes": _outcomes(form, appeal),
        "causes": [
            {"value": value, "words": words, "selected": value == _typed(form, "cause")}
            for value, words in ReversalCause.choices
        ],
        "actions": [
            {
                "value": each.value,
                "words": each.label,
                "key": _ACTION_KEYS.get(each, ""),
                "checked": each.value == _typed(form, "action"),
                "takes_days": each in MAY_END,
            }
            for each in form.offered
        ],
        "days": _days(form),
        "ends_on": _typed(form, "ends_on"),
        "languages": [
            {"value": each, "words": language_name(each), "selected": each == language}
            for each in LOCALES
        ],
        "filled_in": again[1] if again else "",
        "preview": preview_of(appeal, form, user=user, now=now) if previewed else ReviewPreview(),
        "previewed": previewed,
        "refusal": refusal,
        "returned": returned,
    }


def preview_of(appeal: Appeal, form: ReviewForm, *, user: User, now: datetime) -> ReviewPreview:
    """What the form as it stands would do. Nothing of it is kept."""
    if not form.is_valid():
        return ReviewPreview(missing=_first_error(form))
    try:
        foreseen = foreseeing.foresee(appeal, Verdict(**form.verdict()), by=user, at=now)
    except Refused as refusal:
        return ReviewPreview(missing=str(refusal))
    goes = "It goes to the platform at once." if foreseen.asked else ""
    if foreseen.second:
        goes = "It waits for a second person: a rule of the original decision asks for one."
    return ReviewPreview(goes=goes, second=foreseen.second, foreseen=foreseen)


def _first_error(form: ReviewForm) -> str:
    for errors in form.errors.values():
        return str(errors[0])
    return ""


def _outcomes(form: ReviewForm, appeal: Appeal) -> list[dict[str, Any]]:
    return [
        {
            "value": outcome.value,
            "words": outcome.label,
            "small": small,
            "key": key,
            "checked": outcome.value == _typed(form, "outcome"),
            "proposed": json.dumps(
                {
                    language: suggesting.reason_for(
                        outcome=outcome, ground=appeal.ground, language=language
                    )
                    for language in LOCALES
                },
                ensure_ascii=False,
            ),
        }
        for outcome, (key, small) in _OUTCOMES.items()
    ]


def _days(form: ReviewForm) -> list[dict[str, Any]]:
    typed = _typed(form, "days")
    offered = [(str(days), "for 1 day" if days == 1 else f"for {days} days") for days in DAYS]
    return [
        {"value": value, "words": words, "selected": value == typed}
        for value, words in [("", "without an end"), *offered, (ON_A_DATE, "until a date")]
    ]


def _typed(form: ReviewForm, name: str) -> str:
    typed = form.data if form.is_bound else form.initial
    return str(typed.get(name, "") or "")


def _again(appeal: Appeal, *, by: User) -> tuple[dict[str, str], str] | None:
    """What `by` last had back of `appeal`: withdrawn, or sent back; None if nothing. One query."""
    proposed = (
        Proposal.objects.filter(
            appeal=appeal,
            asked_by=by,
            answer__in=[ProposalAnswer.WITHDRAWN, ProposalAnswer.SENT_BACK],
        )
        .select_related("answered_by")
        .order_by("-answered_at")
        .first()
    )
    if proposed is None:
        return None
    proposed.appeal = appeal
    try:
        data = _typed_before(proposing.verdict_of(proposed))
        said = proposing.words_of(proposed)
    except Erased:
        return None
    why = "Filled in as you had proposed it before."
    if proposed.answer == ProposalAnswer.SENT_BACK and proposed.answered_by:
        why = f"{proposed.answered_by.name} sent back what you had proposed: {said}"
    return data, why


def _typed_before(verdict: Verdict) -> dict[str, str]:
    days = str(verdict.lasts.days) if verdict.lasts else ON_A_DATE if verdict.until else ""
    return {
        "outcome": verdict.outcome,
        "cause": verdict.cause,
        "action": verdict.action,
        "days": days,
        "ends_on": verdict.until.date().isoformat() if verdict.until else "",
        "locale": verdict.locale,
        "reason": verdict.reason,
        "rationale": verdict.rationale,
    }
