"""What is typed on a grievance's page, checked and turned into what its journeys take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from appeals.asking import LONGEST_QUESTION
from appeals.desk.orderform import account_named
from appeals.enums import GrievanceCategory, GrievanceResolution, RuleKind
from appeals.models import Grievance
from appeals.resolving import SAID, Answer
from appeals.wording import OWN_NAMES
from cases.casefile.deliveries import action_words
from cases.models import Account, Decision
from cases.naming import ref_in
from cases.verdict import LONGEST_TEXT
from reviewapp.staff.models import User

Resolution = GrievanceResolution
_KEYS = {
    Resolution.SUPPORT_GIVEN: "1",
    Resolution.NO_VIOLATION: "2",
    Resolution.RESTORATION_REFUSED: "3",
    Resolution.NO_RESPONSE_POSSIBLE: "4",
    Resolution.REDIRECTED_IN_APP: "5",
    Resolution.DUPLICATE: "6",
}
# How a choice that names a decision, or the ticket that is repeated, begins.
_DECIDED, _REPEATS = "decision:", "repeats:"


@dataclass(frozen=True, slots=True)
class Offered:
    """What an answer may rest on: decisions made since, and what the same person asked before."""

    decisions: Sequence[Decision] = ()
    earlier: Sequence[Grievance] = ()
    alike: Sequence[Grievance] = ()


class AnswerForm(forms.Form):
    """What came of a grievance; an account banned or restored is chosen as the decision itself."""

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    resolution = forms.CharField(max_length=60, error_messages={"required": "Say what came of it."})
    other = forms.CharField(label="Ticket that it repeats", max_length=40, required=False)
    reason = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)
    locale = forms.ChoiceField(choices=list(OWN_NAMES.items()))

    def __init__(
        self, data: Any, *, grievance: Grievance, offered: Offered, user: User, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self._grievance, self._offered, self._user = grievance, offered, user

    def choices(self) -> list[dict[str, Any]]:
        """The radio buttons: what follows from decisions first, then what a person may say."""
        typed = str(self.data.get("resolution", "")) if self.is_bound else ""
        drawn = [
            {
                "value": f"{_DECIDED}{each.ref}",
                "words": f"{action_words(each.action) if each.action else 'Restored'}: {each.ref}",
                "small": f"Decided {each.decided_at:%-d %b} because of it; it counts as actioned",
            }
            for each in self._offered.decisions
        ]
        safety = self._grievance.category == GrievanceCategory.SAFETY
        for each in SAID:
            if each == Resolution.DUPLICATE or (
                each == Resolution.REDIRECTED_IN_APP and not safety
            ):
                continue
            drawn.append({"value": each.value, "words": each.label, "key": _KEYS[each]})
        alike = {each.pk for each in self._offered.alike}
        drawn += [
            {
                "value": f"{_REPEATS}{each.ref}",
                "words": f"Duplicate of {each.ref}",
                "small": "says nearly the same" if each.pk in alike else "of the same person",
            }
            for each in self._offered.earlier
        ]
        drawn.append(
            {
                "value": Resolution.DUPLICATE.value,
                "words": "Duplicate of another ticket",
                "key": _KEYS[Resolution.DUPLICATE],
            }
        )
        return [{**each, "checked": each["value"] == typed, "wide": True} for each in drawn]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = data.get("resolution", "")
        decision, root = None, None
        if chosen.startswith(_DECIDED):
            ref, chosen = chosen.removeprefix(_DECIDED), ""
            decision = next((each for each in self._offered.decisions if each.ref == ref), None)
            if decision is None:
                self.add_error("resolution", "That decision is none that it can rest on.")
        elif chosen.startswith(_REPEATS) or chosen == Resolution.DUPLICATE:
            named = chosen.removeprefix(_REPEATS) if chosen != Resolution.DUPLICATE else ""
            chosen, root = Resolution.DUPLICATE, self._root(named or data.get("other", ""))
        data["answer"] = Answer(
            resolution=chosen,
            reason=data.get("reason", ""),
            locale=data.get("locale", ""),
            decision=decision,
            duplicate_of=root,
        )
        return data

    def _root(self, typed: str) -> Grievance | None:
        visible = Grievance.objects.all().visible_to(self._user)
        found: Grievance | None = (
            visible.select_related("account", "duplicate_of").filter(ref=ref_in(typed, "G")).first()
        )
        if found is None:
            self.add_error("other", "Name the ticket that it repeats, as G-….")
        return found


class SortForm(forms.Form):
    """What a grievance is about."""

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    category = forms.ChoiceField(choices=GrievanceCategory.choices)
    rule_kind = forms.ChoiceField(label="Rule", choices=RuleKind.choices)
    account = forms.CharField(
        label="Account",
        max_length=100,
        required=False,
        help_text="Its number here, its id on the messenger, or its phone number.",
    )

    def __init__(self, data: Any, *, user: User, **options: Any) -> None:
        super().__init__(data, **options)
        self._user = user

    def clean_account(self) -> Account | None:
        return account_named(self.cleaned_data["account"], by=self._user)


class QuestionForm(forms.Form):
    """A question to the person."""

    text = forms.CharField(
        label="What you want to know",
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what you want to know."},
    )
