"""What people type, checked and turned into what journeys take."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms

from cases import notifying
from cases.approving import LONGEST_WORDS
from cases.bulking import BulkVerdict
from cases.clearing import MARGINS, USUAL_MARGIN, Terms
from cases.enums import DECIDABLE, Action, Confidence, GiveBackReason, Outcome
from cases.models import PolicyClause, Queue
from cases.opening import LONGEST_REASON
from cases.verdict import LONGEST_TEXT, MOST_CITED, Cited
from reviewapp.kernel.moments import BadMoment, beginning_of, read_moment
from reviewapp.kernel.refusals import Refused

DAYS = (1, 3, 7, 30)
ON_A_DATE = "date"
# A row of the page cites at most its first and its last item.
_LONGEST_VALUE = 300


def refuse(form: forms.Form, refusal: Refused, **pointers: str) -> None:
    """Put the refusal beside the field it is about, or above the form where that has none such.

    `pointers` say where the form has other names than the journey.
    """
    pointer = refusal.pointer or ""
    name = pointers.get(pointer, pointer)
    form.add_error(name if name in form.fields else None, str(refusal))


class CiteField(forms.Field):
    """Items of evidence by their identity: `source:id:occurred_at`, several joined by commas."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[Cited]:
        found: dict[Cited, None] = {}
        for each in value or []:
            if len(each) > _LONGEST_VALUE:
                raise forms.ValidationError("That is not an item of evidence.")
            for identity in filter(None, each.split(",")):
                found[self._read(identity)] = None
        if len(found) > MOST_CITED:
            raise forms.ValidationError(f"Cite at most {MOST_CITED} items.")
        return list(found)

    def _read(self, identity: str) -> Cited:
        try:
            source, item, at = identity.split(":", 2)
            cited = (int(source), UUID(item), read_moment(at))
        except (ValueError, BadMoment) as wrong:
            raise forms.ValidationError("That is not an item of evidence.") from wrong
        if not 0 < cited[0] < 2**63:
            raise forms.ValidationError("That is not an item of evidence.")
        return cited


class DecisionForm(forms.Form):
    """An analyst's decision on a case.

    What belongs to a violation (rules, measures) is left out of account with another outcome:
    the page hides it then.
    """

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=Outcome.choices, error_messages={"required": "Choose an outcome."}
    )
    clauses = forms.ModelMultipleChoiceField(PolicyClause.objects.none(), required=False)
    action = forms.ChoiceField(
        choices=[("", "None"), *((each.value, each.label) for each in DECIDABLE)], required=False
    )
    days = forms.ChoiceField(
        choices=[*((str(days), str(days)) for days in DAYS), (ON_A_DATE, "Until a date")],
        required=False,
    )
    ends_on = forms.DateField(required=False)
    lift = forms.BooleanField(required=False)
    # The language that the person is written to in.
    locale = forms.ChoiceField(required=False)
    reason_shown = forms.CharField(
        max_length=LONGEST_TEXT, required=False, widget=forms.Textarea, strip=True
    )
    rationale = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea,
        error_messages={"required": "Say why, in a line, for colleagues."},
    )
    confidence = forms.ChoiceField(
        choices=Confidence.choices, error_messages={"required": "Say how sure you are."}
    )
    evidence = CiteField(required=False)
    # With no violation, the account may be cleared of a family of rules; of none where empty.
    clears_family = forms.CharField(required=False, max_length=_LONGEST_VALUE)
    clears_until = forms.DateField(required=False)
    clears_margin = forms.ChoiceField(
        choices=[(str(each), each) for each in MARGINS], required=False
    )

    # The journey's names for what it refuses, where the page has others.
    POINTERS = {
        "until": "days",
        "reason": "reason_shown",
        "cited": "evidence",
        "clears_reason": "rationale",
        "clears_margin": "clears_family",
    }

    def __init__(
        self,
        *args: Any,
        now: datetime,
        language: str = "en",
        offered: Sequence[Action] = DECIDABLE,
        **kwargs: Any,
    ) -> None:
        """`language` is the account's own; `offered` are the actions that its queue offers."""
        super().__init__(*args, **kwargs)
        self._now = now
        self._language = language
        action: Any = self.fields["action"]
        action.choices = [("", "None"), *((each.value, each.label) for each in offered)]
        if "locale" in self.fields:
            locale: Any = self.fields["locale"]
            locale.choices = [(each, each) for each in notifying.texts()]
        self.fields["clauses"].queryset = PolicyClause.objects.current(at=now)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        violation = data.get("outcome") == Outcome.VIOLATION
        if violation:
            data["lift"] = False
        else:
            data["action"] = Action.LIFT if data.get("lift") else ""
            data["clauses"] = []
        data["until"] = self._until(data)
        if data.get("outcome") != Outcome.NO_VIOLATION:
            data["clears_family"] = ""
        elif data.get("clears_family") and data.get("clears_until", "wrong") is None:
            self.add_error("clears_until", "Say until when it is cleared.")
        if data.get("action") and not data.get("reason_shown"):
            # The rule's own words, as the page proposes them when it can run scripts.
            language = data.get("locale") or self._language
            words = [clause.words_for(language) for clause in data.get("clauses") or []]
            data["reason_shown"] = "\n".join(filter(None, words))
        elif not data.get("action"):
            # Nobody is written to, so nothing is kept as what the person was told.
            data["reason_shown"] = ""
        return data

    def _until(self, data: dict[str, Any]) -> datetime | None:
        if data.get("action") != Action.TEMPORARY_BAN:
            return None
        if data.get("days") == ON_A_DATE:
            if data.get("ends_on") is None and "ends_on" not in self.errors:
                self.add_error("days", "Say on which day the ban ends.")
            ends_on = data.get("ends_on")
            return beginning_of(ends_on) if ends_on else None
        return self._now + timedelta(days=int(data["days"])) if data.get("days") else None

    def journey(self) -> dict[str, Any]:
        """The cleaned answers under the names that `deciding.decide` takes."""
        data = self.cleaned_data
        return {
            "seen_version": data["seen_version"],
            "outcome": data["outcome"],
            "action": data["action"],
            "until": data["until"],
            "lasts": self.lasts,
            "clauses": list(data["clauses"]),
            "rationale": data["rationale"],
            "reason": data["reason_shown"],
            "locale": data["locale"] or self._language,
            "confidence": data["confidence"],
            "cited": data["evidence"],
            "clears": self.clears,
        }

    @property
    def clears(self) -> Terms | None:
        """On what terms the account is cleared; None where it is not. Why is the rationale."""
        data = self.cleaned_data
        if not data.get("clears_family"):
            return None
        return Terms(
            family=data["clears_family"],
            until=beginning_of(data["clears_until"]),
            margin=float(data["clears_margin"] or USUAL_MARGIN),
            reason=data["rationale"],
        )

    @property
    def lasts(self) -> timedelta | None:
        """The length of a temporary ban, where it ends on no date."""
        data = self.cleaned_data
        if data.get("until") is None or data.get("days") == ON_A_DATE:
            return None
        return timedelta(days=int(data["days"]))

    def refuse(self, refusal: Refused) -> None:
        """Put the journey's refusal beside the field it is about."""
        refuse(self, refusal, **self.POINTERS)


class GiveBackForm(forms.Form):
    """Why somebody lets go of a case."""

    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), *GiveBackReason.choices],
        label="Why",
        error_messages={"required": "Say why you give it back."},
    )


class ApprovalForm(forms.Form):
    """A second person's yes, to the case as their page showed it."""

    seen_version = forms.IntegerField(min_value=0)


class SendingBackForm(forms.Form):
    """A second person's no, with words for whoever proposed it."""

    words = forms.CharField(
        max_length=LONGEST_WORDS,
        widget=forms.Textarea,
        error_messages={"required": "Say what should be different."},
    )


class OpeningForm(forms.Form):
    """A case opened by hand."""

    queue = forms.ModelChoiceField(
        Queue.objects.none(), empty_label=None, label="Queue", to_field_name="slug"
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why this account should be looked at."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queues = Queue.objects.filter(active=True)
        self.fields["queue"].queryset = queues  # type: ignore[attr-defined]
        # The last queue takes what nothing else asks for; a special one is chosen on purpose.
        self.fields["queue"].initial = queues.last()


class RevealForm(forms.Form):
    """What somebody needs a personal field for. It is recorded with their name."""

    PURPOSES = (
        ("DECIDING", "To decide this case"),
        ("CONTACT", "To answer this person"),
        ("MATCHING", "To match another record"),
        ("LEGAL", "For counsel or an authority"),
    )
    purpose = forms.ChoiceField(
        choices=PURPOSES, error_messages={"required": "Say what you need it for."}
    )


class BulkForm(DecisionForm):
    """One verdict on many cases, and which of them are left out of it."""

    # What belongs to one case alone.
    seen_version = None  # type: ignore[assignment]
    evidence = None  # type: ignore[assignment]
    lift = None  # type: ignore[assignment]
    locale = None  # type: ignore[assignment]
    clears_family = clears_until = clears_margin = None  # type: ignore[assignment]
    leave = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, refs: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leave"].choices = [(ref, ref) for ref in refs]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = (super().clean() or {}).copy()
        if not self.data.get("reason_shown", "").strip():
            # Left empty, it is the rule's words in each person's own language.
            typed["reason_shown"] = ""
        return typed

    def verdict(self) -> BulkVerdict:
        """The cleaned answers as `bulking.ask` takes them."""
        data = self.cleaned_data
        return BulkVerdict(
            outcome=data["outcome"],
            action=data["action"],
            lasts=self.lasts,
            until=None if self.lasts else data["until"],
            clauses=list(data["clauses"]),
            rationale=data["rationale"],
            reason=data["reason_shown"],
            confidence=data["confidence"],
        )
