"""What leads fill in about a queue."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django import forms

from cases.enums import DECIDABLE, DueDates
from cases.forms import refuse
from cases.models import Queue
from cases.models.queues import PARTS
from cases.queuesettings import LONGEST_DEADLINE, LONGEST_LEASE, MOST_WEIGHT, Settings, check
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.roles import Role, permissions_of

LONGEST_NAME = 60
LONGEST_DESCRIPTION = 500
_ACTIONS = [(action.value, action.label) for action in DECIDABLE]
_WEIGHT_LABELS = {
    "severity": "Severity",
    "uncertainty": "Uncertainty",
    "reach": "Reach",
    "feedback": "Reports and blocks",
    "joined": "Joined detections",
}


class QueueForm(forms.Form):
    """The settings of a queue."""

    name = forms.CharField(max_length=LONGEST_NAME)
    description = forms.CharField(
        max_length=LONGEST_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    active = forms.BooleanField(
        required=False,
        label="In use",
        help_text="Cases of a queue that is not in use wait, and nobody is offered them.",
    )
    after = forms.ChoiceField(
        required=False,
        label="Place among the queues",
        help_text="The most urgent comes first: a new detection moves a case only to one before "
        "its own. The last one in use takes what no rule sends elsewhere.",
    )
    worked_by = forms.MultipleChoiceField(
        required=False,
        label="Who may work it",
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (role.value, role.label) for role in Role if "work_cases" in permissions_of((role,))
        ],
    )
    lease_minutes = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_LEASE,
        label="Lease, in minutes",
        help_text="For how long a case stays with whoever took it, unless their page renews it.",
    )
    due_hours = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_DEADLINE,
        label="Deadline, in hours from the opening",
        help_text="Empty: nothing is due.",
    )
    due_dates = forms.ChoiceField(
        choices=DueDates.choices,
        initial=DueDates.NEARER,
        widget=forms.RadioSelect,
        label="Due dates of the cases that wait, if the deadline changes",
    )
    actions = forms.MultipleChoiceField(
        required=False,
        choices=_ACTIONS,
        widget=forms.CheckboxSelectMultiple,
        label="Actions it offers",
    )
    approval_actions = forms.MultipleChoiceField(
        required=False,
        choices=_ACTIONS,
        widget=forms.CheckboxSelectMultiple,
        label="Actions that wait for a second person",
    )
    approval_reach = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2_000_000_000,
        label="From how many people reached within 30 days any restriction waits for one",
        help_text="Empty: however many they are.",
    )

    def __init__(self, *args: Any, queue: Queue, **kwargs: Any) -> None:
        now = Settings.of(queue)
        initial = {
            **asdict(now),
            "due_dates": DueDates.NEARER,
            **{f"weight_{part}": now.weights[part] for part in PARTS},
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self._queue, self._queues = queue, list(Queue.objects.all())
        self.fields["after"].choices = [  # type: ignore[attr-defined]
            ("", "First of all"),
            *((each.slug, f"After {each.name}") for each in self._queues if each != queue),
        ]
        for part in PARTS:
            self.fields[f"weight_{part}"] = forms.DecimalField(
                min_value=0,
                max_value=MOST_WEIGHT,
                decimal_places=1,
                max_digits=2,
                label=_WEIGHT_LABELS[part],
                widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                check(self.settings(), self._queue, self._queues)
            except Refused as refusal:
                refuse(self, refusal)
        return data

    def settings(self) -> Settings:
        data = self.cleaned_data
        return Settings(
            name=data["name"],
            description=data["description"],
            after=data["after"],
            worked_by=sorted(data["worked_by"]),
            lease_minutes=data["lease_minutes"],
            due_hours=data["due_hours"],
            active=data["active"],
            weights={part: float(data[f"weight_{part}"]) for part in PARTS},
            actions=sorted(data["actions"]),
            approval_actions=sorted(data["approval_actions"]),
            approval_reach=data["approval_reach"],
        )

    def proposed(self) -> list[Any]:
        """All that a preview is of, to be sealed."""
        return [asdict(self.settings()), self.cleaned_data["due_dates"]]

    # How the page groups the fields.

    def named(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names]

    def words(self) -> list[forms.BoundField]:
        return self.named("name", "description", "active", "after")

    def work(self) -> list[forms.BoundField]:
        return self.named("worked_by", "lease_minutes", "due_hours", "due_dates")

    def deciding(self) -> list[forms.BoundField]:
        return self.named("actions", "approval_actions", "approval_reach")

    def weights(self) -> list[forms.BoundField]:
        return self.named(*(f"weight_{part}" for part in PARTS))

    def changes(self, found: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What `queuesettings.changes_between` found, in words for `components/_compare.html`."""
        rows: list[dict[str, Any]] = []
        for name, change in found.items():
            if name == "weights":
                rows += (
                    _row(
                        str(self[f"weight_{part}"].label), f"counts {before:g}", f"counts {after:g}"
                    )
                    for part in PARTS
                    if (before := change["before"][part]) != (after := change["after"][part])
                )
            else:
                before, after = (self._words(name, change[side]) for side in ("before", "after"))
                rows.append(_row(str(self[name].label), before, after))
        return rows

    def _words(self, name: str, value: Any) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        match value:
            case bool():
                return "yes" if value else "no"
            case list() | tuple():
                return ", ".join(str(choices.get(each, each)) for each in value) or "none"
            case None:
                return "none"
        return str(choices.get(value, value))


def _row(label: str, before: str, after: str) -> dict[str, Any]:
    return {"label": label, "before": before, "after": after, "changed": True}


class NewQueueForm(forms.Form):
    """A queue to be set up."""

    name = forms.CharField(max_length=LONGEST_NAME)
    slug = forms.SlugField(
        max_length=40,
        label="Address",
        help_text="Small letters, figures and hyphens. The ledger calls it so; it stays.",
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
            raise forms.ValidationError("Small letters, figures and hyphens between them.")
        return slug
