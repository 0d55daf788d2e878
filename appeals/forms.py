"""What people type at the desk of appeals, checked and turned into what journeys take."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from appeals import suggesting
from appeals.admitting import LONGEST_WORDS
from appeals.asking import LONGEST_QUESTION
from appeals.enums import REVERSALS, AppealOutcome, ReversalCause
from appeals.models import Appeal
from appeals.wording import LOCALES
from cases.casefile.telling import language_name
from cases.enums import MAY_END, Action
from cases.forms import DAYS, ON_A_DATE, refuse
from cases.models.enforcement import MILDER
from cases.notifying import language_of
from cases.verdict import LONGEST_TEXT
from reviewapp.kernel.moments import beginning_of
from reviewapp.kernel.refusals import Refused


def milder_than(appeal: Appeal) -> list[Action]:
    """What may take the place of what is challenged: milder, or the same until sooner."""
    original = Action(appeal.enforcement.action)
    ends_sooner = {original} & MAY_END
    return [each for each in Action if each in MILDER[original] | ends_sooner]


class ReviewForm(forms.Form):
    """A reviewer's answer to an appeal.

    What belongs to a reversal is left out of account with another outcome: the page hides it then.
    """

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=AppealOutcome.choices, error_messages={"required": "Choose an outcome."}
    )
    cause = forms.ChoiceField(choices=[("", "Choose why"), *ReversalCause.choices], required=False)
    action = forms.ChoiceField(required=False)
    days = forms.ChoiceField(
        choices=[
            ("", "without an end"),
            *((str(days), str(days)) for days in DAYS),
            (ON_A_DATE, "Until a date"),
        ],
        required=False,
    )
    ends_on = forms.DateField(required=False)
    # The language that the person is written to in.
    locale = forms.ChoiceField(choices=[(each, each) for each in LOCALES], required=False)
    reason = forms.CharField(
        max_length=LONGEST_TEXT, required=False, widget=forms.Textarea, strip=True
    )
    rationale = forms.CharField(max_length=LONGEST_TEXT, required=False, widget=forms.Textarea)

    # The journey's names for what it refuses, where the page has others.
    POINTERS = {"until": "days"}

    def __init__(self, *args: Any, appeal: Appeal, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._appeal, self._now = appeal, now
        self.offered = milder_than(appeal)
        action: Any = self.fields["action"]
        action.choices = [("", "Nothing"), *((each.value, each.label) for each in self.offered)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        outcome = data.get("outcome", "")
        if outcome not in REVERSALS:
            data["cause"] = ""
        if outcome != AppealOutcome.PARTIALLY_REVERSED:
            data["action"] = data["days"] = ""
        if data.get("action") and data["action"] not in MAY_END:
            data["days"] = ""
        no_day = data.get("ends_on") is None and "ends_on" not in self.errors
        if data.get("days") == ON_A_DATE and no_day:
            self.add_error("days", "Say on which day it ends.")
        if outcome and not data.get("reason"):
            # What the page proposes when it can run scripts.
            data["reason"] = suggesting.reason_for(
                outcome=outcome,
                ground=self._appeal.ground,
                language=data.get("locale") or language_for(self._appeal),
            )
        return data

    def journey(self) -> dict[str, Any]:
        """The cleaned answers under the names that `reviewing.decide` takes."""
        return {"seen_version": self.cleaned_data["seen_version"], **self.verdict()}

    def verdict(self) -> dict[str, Any]:
        data = self.cleaned_data
        days = data.get("days", "")
        on_a_date = days == ON_A_DATE
        return {
            "outcome": data["outcome"],
            "cause": data["cause"],
            "reason": data["reason"],
            "rationale": data["rationale"],
            "locale": data["locale"] or language_for(self._appeal),
            "action": data["action"],
            "until": beginning_of(data["ends_on"]) if on_a_date else None,
            "lasts": timedelta(days=int(days)) if days and not on_a_date else None,
        }

    def refuse(self, refusal: Refused) -> None:
        """Put the journey's refusal beside the field it is about."""
        refuse(self, refusal, **self.POINTERS)


class QuestionForm(forms.Form):
    """What is asked of the person, in their language."""

    prefix = "question"

    text = forms.CharField(
        label="What the person is asked",
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_QUESTION}),
        error_messages={"required": "Write what you want to know."},
    )


class AdmissionForm(forms.Form):
    """Why a late appeal is looked at after all, for colleagues."""

    prefix = "admission"

    words = forms.CharField(
        label="Why it is looked at all the same",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_WORDS}),
        error_messages={"required": "Say why, in a line, for colleagues."},
    )


class TurningAwayForm(forms.Form):
    """Why a late appeal is not looked at: for the person, and for colleagues."""

    prefix = "turning-away"

    reason = forms.CharField(
        label="What the person is told",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_WORDS, "dir": "auto"}),
        error_messages={"required": "Write what the person is told."},
    )
    locale = forms.ChoiceField(label="In", required=False)
    words = forms.CharField(
        label="For colleagues, where it is something else",
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_WORDS}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        locale: Any = self.fields["locale"]
        locale.choices = [(each, language_name(each)) for each in LOCALES]


def language_for(appeal: Appeal) -> str:
    """The language that the person of `appeal` is written to in. Needs `account` loaded."""
    return language_of(appeal.locale or appeal.account.locale)
