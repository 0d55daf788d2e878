"""What is typed about an order, checked and turned into what its journeys take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from appeals.actioning import NotBecauseOfIt, check_made_since
from appeals.complying import LONGEST_NAME
from appeals.enums import Channel, Jurisdiction, OrderKind
from appeals.models import Grievance, Order
from appeals.wording import OWN_NAMES
from cases.casefile.deliveries import action_words
from cases.enums import Maker
from cases.models import Account, Decision, Enforcement
from cases.naming import accounts_called, ref_in
from cases.verdict import LONGEST_TEXT
from reviewapp.staff.models import User

ANOTHER = "another"
_DECIDED, _LIFTS = "decision:", "lift:"
_LATEST_SHOWN = 20


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files at once; what they hold is looked into by whoever keeps them."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(_FilesField, self).clean(each, initial) for each in data or [None]]


class _MomentField(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def account_named(typed: str, *, by: User) -> Account | None:
    """The one account that is called so, None where nothing was typed.

    Raises a ValidationError where there is none or several.
    """
    if not (typed := typed.strip()):
        return None
    found = list(accounts_called(typed, by=by).visible_to(by)[:2])
    if len(found) == 1:
        account: Account = found[0]
        return account
    raise forms.ValidationError(
        "Several accounts are called so; name one by its number here."
        if found
        else "There is no such account."
    )


class OrderForm(forms.Form):
    """An order as it arrived."""

    kind = forms.ChoiceField(choices=OrderKind.choices)
    issued_by = forms.CharField(label="Who ordered it", max_length=LONGEST_NAME)
    number = forms.CharField(label="Their number for it", max_length=LONGEST_NAME, required=False)
    text = forms.CharField(
        label="What is ordered, in short",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    files = _FilesField(  # type: ignore[assignment]
        label="The document", error_messages={"required": "Attach the document itself."}
    )
    channel = forms.ChoiceField(label="Came by", choices=Channel.choices, initial=Channel.POST)
    jurisdiction = forms.ChoiceField(label="Rules of", choices=Jurisdiction.choices)
    received_at = _MomentField(label="Received, in UTC")
    states_due_at = _MomentField(
        label="To be done by, in UTC",
        required=False,
        help_text="Where the order itself says so; else the rule for its kind holds.",
    )
    account = forms.CharField(
        label="Account",
        max_length=100,
        required=False,
        help_text="Its number here, its id on the messenger, or its phone number.",
    )
    grievance = forms.CharField(label="Grievance", max_length=40, required=False, help_text="G-…")

    def __init__(self, data: Any, files: Any, *, user: User, **options: Any) -> None:
        super().__init__(data, files, **options)
        self._user = user

    def clean_account(self) -> Account | None:
        return account_named(self.cleaned_data["account"], by=self._user)

    def clean_grievance(self) -> Grievance | None:
        if not (typed := self.cleaned_data["grievance"]):
            return None
        visible = Grievance.objects.all().visible_to(self._user)
        found: Grievance | None = visible.filter(ref=ref_in(typed, "G")).first()
        if found is None:
            raise forms.ValidationError("There is no such grievance.")
        return found


@dataclass(frozen=True, slots=True)
class Ways:
    """By what an order can be complied with: decisions made since, and what could be lifted."""

    decisions: Sequence[Decision] = ()
    standing: Sequence[Enforcement] = ()


def ways_for(order: Order, *, at: datetime) -> Ways:
    """What the order's account offers. A fixed number of queries."""
    if order.account is None:
        return Ways()
    made = (
        Decision.objects.standing()
        .filter(account=order.account, decided_at__gte=order.received_at)
        .exclude(maker=Maker.AUTOMATED)
        .prefetch_related("undone_by")
        .order_by("-decided_at", "-id")
    )
    fitting = []
    for decision in made[:_LATEST_SHOWN]:
        try:
            check_made_since(decision, since=order.received_at, at=at)
        except NotBecauseOfIt:
            continue
        fitting.append(decision)
    stand = Enforcement.objects.filter(account=order.account).standing()
    return Ways(fitting, list(stand.select_related("decision").order_by("-sequence")))


class ComplyForm(forms.Form):
    """How an order was complied with."""

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    way = forms.CharField(max_length=60, error_messages={"required": "Say how."})
    how = forms.CharField(
        label="How, for colleagues",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "data-key": "i", "data-key-words": "How"}),
        error_messages={"required": "Say how, for colleagues."},
    )
    reason = forms.CharField(
        label="Words to the person, where something is lifted",
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-key": "m", "data-key-words": "Words"}),
    )
    locale = forms.ChoiceField(label="Language", choices=list(OWN_NAMES.items()))

    def __init__(self, data: Any, *, ways: Ways, **options: Any) -> None:
        super().__init__(data, **options)
        self._ways = ways
        self.decision: Decision | None = None
        self.lifts: Enforcement | None = None

    def choices(self) -> list[dict[str, Any]]:
        typed = str(self.data.get("way", "")) if self.is_bound else ""
        drawn = [
            {
                "value": f"{_DECIDED}{each.ref}",
                "words": f"By decision {each.ref}",
                "small": f"{action_words(each.action) or each.get_outcome_display()}, "
                f"{each.decided_at:%-d %b}",
            }
            for each in self._ways.decisions
        ]
        drawn += [
            {
                "value": f"{_LIFTS}{each.ref}",
                "words": f"Lift what stands: {action_words(each.action)}",
                "small": f"{each.ref}; the platform is asked and the person told",
            }
            for each in self._ways.standing
        ]
        drawn.append({"value": ANOTHER, "words": "By another deed, described below", "key": "1"})
        return [{**each, "checked": each["value"] == typed, "wide": True} for each in drawn]

    def clean_way(self) -> str:
        way: str = self.cleaned_data["way"]
        if way == ANOTHER:
            return way
        self.decision = next(
            (each for each in self._ways.decisions if f"{_DECIDED}{each.ref}" == way), None
        )
        self.lifts = next(
            (each for each in self._ways.standing if f"{_LIFTS}{each.ref}" == way), None
        )
        if self.decision is None and self.lifts is None:
            raise forms.ValidationError("It can't be complied with by that any more.")
        return way


class CloseForm(forms.Form):
    """Why an order is not complied with."""

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    why = forms.CharField(
        label="Why it is not complied with",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, for colleagues."},
    )
