"""What the decision log can be narrowed by."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from cases.enums import Action, Maker, Outcome, Stage
from cases.models import Detector, PolicyClause
from reviewapp.kernel.moments import BadDay, beginning_of, near_day
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.ledger.kinds import KINDS
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User

DECISION = "decision.made"
# What takes one back belongs beside it.
DECISIONS = (DECISION, "decision.withdrawn")
_DAY = forms.DateInput(attrs={"type": "date"})


def _is_near(day: date) -> None:
    try:
        near_day(day)
    except BadDay as wrong:
        raise forms.ValidationError(str(wrong)) from wrong


class LogFilter(django_filters.FilterSet):
    """Entries of the ledger by what reports ask for. Without a kind asked for, decisions."""

    on_from = django_filters.DateFilter(
        label="From", method="by_from", widget=_DAY, validators=[_is_near]
    )
    on_to = django_filters.DateFilter(
        label="To", method="by_to", widget=_DAY, validators=[_is_near]
    )
    kind = django_filters.ChoiceFilter(
        label="What",
        empty_label="Decisions",
        choices=sorted(
            [("all", "Everything"), *((k, v) for k, v in KINDS.items() if k != DECISION)],
            key=lambda choice: (choice[0] != "all", choice[1]),
        ),
        method="by_kind",
    )
    outcome = django_filters.ChoiceFilter(
        label="Outcome", choices=Outcome.choices, empty_label="Any outcome"
    )
    action = django_filters.ChoiceFilter(
        label="Action", choices=Action.choices, empty_label="Any action"
    )
    maker = django_filters.ChoiceFilter(
        label="Decided by", choices=Maker.choices, empty_label="Anybody"
    )
    stage = django_filters.ChoiceFilter(
        label="Stage", choices=Stage.choices, empty_label="Any stage"
    )
    policy = django_filters.ChoiceFilter(label="Rule", empty_label="Any rule")
    detector = django_filters.ChoiceFilter(label="Detector", empty_label="Any detector")
    actor = django_filters.ChoiceFilter(label="Person", empty_label="Anybody", method="by_actor")
    account = django_filters.CharFilter(label="Account", method="by_account")
    case = django_filters.CharFilter(label="Case", method="by_case")

    class Meta:
        model = LedgerEntry
        fields: list[str] = []

    def __init__(self, data: Any, *, queryset: QuerySet[LedgerEntry]) -> None:
        super().__init__(_renamed(data), queryset=queryset)
        clauses = PolicyClause.objects.all().current(at=timezone.now())
        self.filters["policy"].extra["choices"] = [(c.code, c.title) for c in clauses]
        names = Detector.objects.order_by("name").values_list("name", flat=True)
        self.filters["detector"].extra["choices"] = [(name, name) for name in names]
        people = User.objects.order_by("name").values_list("ref", "name")
        self.filters["actor"].extra["choices"] = list(people)

    @property
    def chosen(self) -> dict[str, str]:
        """What narrows the log, by name; for the ledger when it is taken away as a file."""
        if not self.is_valid():
            return {}
        return {name: str(value) for name, value in self.form.cleaned_data.items() if value}

    def filter_queryset(self, queryset: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        if not self.form.cleaned_data.get("kind"):
            queryset = queryset.filter(kind__in=DECISIONS)
        return super().filter_queryset(queryset)

    # Days are UTC's, as all times of the log are.

    def by_from(self, queryset: Any, name: str, value: date) -> Any:
        return queryset.filter(recorded_at__gte=beginning_of(value))

    def by_to(self, queryset: Any, name: str, value: date) -> Any:
        """Up to the end of that day."""
        return queryset.filter(recorded_at__lt=beginning_of(value) + timedelta(days=1))

    def by_kind(self, queryset: Any, name: str, value: str) -> Any:
        return queryset if value == "all" else queryset.filter(kind=value)

    def by_actor(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(actor=f"user:{value}")

    def by_account(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.about_account(_ref(value, "A"))

    def by_case(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.about_case(_ref(value, "C"))


def _renamed(data: Any) -> Any:
    """`from` is a word of Python's: the address says `from` and `to`, the filters `on_…`."""
    if data is None:
        return None
    data = data.copy()
    for name in ("from", "to"):
        if name in data and f"on_{name}" not in data:
            data[f"on_{name}"] = data[name]
    # Decisions are what is shown when no kind is asked for; asking for them is the same.
    if data.get("kind") == DECISION:
        data["kind"] = ""
    return data


def _ref(text: str, prefix: str) -> str:
    try:
        return parse_ref(text, prefix)
    except BadRef:
        return text
