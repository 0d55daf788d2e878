"""What a holder can do with a case other than decide it, as its page shows it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse

from cases import asking, handing
from cases.enums import CaseState
from cases.forms import GiveBackForm
from cases.models import Case
from cases.noting import LONGEST_NOTE
from cases.views.holding import ClaimPanel
from cases.views.leadpanel import PersonField
from reviewapp.kernel.moments import beginning_of
from reviewapp.staff.models import User

DAYS = (1, 3, 7, 30)
ON_A_DATE = "date"


class WordsField(forms.CharField):
    """A few lines for colleagues. The journey says what is too long, or empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_NOTE}))
        super().__init__(**kwargs)


class HandOverForm(forms.Form):
    """Who has the case next, and what they should know."""

    prefix = "hand-over"

    to = PersonField(
        User.objects.none(),
        to_field_name="ref",
        empty_label="Choose a colleague",
        label="To",
        error_messages={
            "required": "Choose a colleague.",
            "invalid_choice": "Choose somebody who works this queue.",
        },
    )
    words = WordsField(
        label="What they should know", error_messages={"required": "Say a line on why."}
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = handing.colleagues(case, but=by)  # type: ignore[attr-defined]


class QuestionForm(forms.Form):
    """What has to be known first, and how long to wait for it."""

    prefix = "question"

    question = WordsField(
        label="What has to be known", error_messages={"required": "Say what you wait for."}
    )
    wait = forms.ChoiceField(
        choices=[
            *((str(days), "1 day" if days == 1 else f"{days} days") for days in DAYS),
            (ON_A_DATE, "Until a date"),
        ],
        initial="3",
        label="At the longest",
    )
    wakes_on = forms.DateField(
        required=False,
        label="Until the beginning of (UTC)",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        on_a_date = data.get("wait") == ON_A_DATE
        if on_a_date and data.get("wakes_on") is None and "wakes_on" not in self.errors:
            self.add_error("wakes_on", "Choose a day.")
        return data

    @property
    def wakes_at(self) -> datetime:
        data = self.cleaned_data
        if data["wait"] == ON_A_DATE:
            return beginning_of(data["wakes_on"])
        return self._now + timedelta(days=int(data["wait"]))

    @property
    def at_fault(self) -> str:
        """The field that says when, where it is wrong."""
        return "wakes_on" if self.cleaned_data["wait"] == ON_A_DATE else "wait"


class EscalationForm(forms.Form):
    """Why a lead should look at it."""

    prefix = "escalation"

    words = WordsField(
        label="What a lead should know", error_messages={"required": "Say why a lead should look."}
    )


class AnswerForm(forms.Form):
    """A lead's words to whoever had escalated it."""

    prefix = "answer"

    words = WordsField(
        label="What they should do", error_messages={"required": "Say a line on what to do."}
    )


def pass_on_panels(
    case: Case, *, user: User, claim: ClaimPanel, now: datetime
) -> list[dict[str, Any]]:
    """The choices of `cases/_pass_on.html`; none for whoever does not hold the case.

    One query, whatever there is.
    """
    if not claim.mine:
        return []

    def url(name: str) -> str:
        return reverse(f"cases:{name}", args=[case.ref])

    if case.state == CaseState.ESCALATED:
        up_or_down = hand_down_panel(case)
    else:
        up_or_down = {
            **escalation_words(case),
            "key": "E",
            "url": url("escalation"),
            "form": EscalationForm(),
        }
    return [
        {
            **hand_over_words(case),
            "key": "o",
            "url": url("hand_over"),
            "form": HandOverForm(case=case, by=user),
        },
        {
            **question_words(case),
            "key": "q",
            "url": url("question"),
            "form": QuestionForm(now=now),
        },
        up_or_down,
        {
            "words": "Merge",
            "key": "J",
            "key_words": "Merge with another case of the same matter",
            "url": url("merging"),
            "form": None,
        },
        {
            "words": "Give back",
            "key": "b",
            "key_words": "Give it back",
            "url": url("claim_return"),
            "form": GiveBackForm({} if claim.refusal else None),
            "submit": f"Give {case.ref} back",
            "note": "It is back in its queue, and not offered to you again.",
            "open": bool(claim.refusal),
        },
    ]


def hand_down_panel(case: Case) -> dict[str, Any]:
    """A lead's answer to an escalation."""
    return {
        **answer_words(case),
        "key": "E",
        "url": reverse("cases:escalation_answer", args=[case.ref]),
        "form": AnswerForm(),
    }


def hand_over_words(case: Case) -> dict[str, str]:
    return {
        "words": "Hand over",
        "key_words": "Hand it over to a colleague",
        "submit": f"Hand {case.ref} over",
        "note": "It is kept for them for 24 hours, then offered to everybody. You can take it back "
        "while they have not begun.",
    }


def question_words(case: Case) -> dict[str, str]:
    return {
        "words": "Ask for information",
        "key_words": "Set it aside until something is known",
        "submit": f"Set {case.ref} aside",
        "note": "It comes back to you when anything new arrives on the account, or when the time "
        f"is over. At most {asking.LONGEST_WAIT.days} days.",
    }


def escalation_words(case: Case) -> dict[str, str]:
    return {
        "words": "Escalate",
        "key_words": "Escalate it to a lead",
        "submit": f"Escalate {case.ref}",
        "note": "A lead decides it, or hands it back to you with words on what to do.",
    }


def answer_words(case: Case) -> dict[str, str]:
    return {
        "words": "Hand down",
        "key_words": "Hand it back down",
        "submit": f"Hand {case.ref} back down",
        "note": "It is kept for a day for whoever had escalated it.",
    }
