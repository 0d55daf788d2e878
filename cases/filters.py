"""What the queue page can be narrowed by."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.enums import CaseState, Stage, Surface
from cases.models import Case, Claim, Detector, PolicyClause, Queue
from cases.models.cases import NEVER_DUE, SETTLED
from cases.naming import accounts_called, ref_in
from cases.saving import SEARCH
from reviewapp.staff.models import User

ORDERS = {
    "": ("due_tier", "-rank", "id"),
    "newest": ("-opened_at", "-id"),
    "oldest": ("opened_at", "id"),
}
_ANYBODY = (("nobody", "Nobody"), ("me", "Me"), ("somebody", "Somebody"))
_DUE = (("overdue", "Overdue"), ("today", "Within 24 h"), ("none", "Not due"))
_ORDER_WORDS = (("newest", "Newest first"), ("oldest", "Oldest first"))
_STATES = [choice for choice in CaseState.choices if choice[0] != CaseState.OPEN]
# Opened since then, or (with "over") before.
_AGES = {
    "under-1h": ("Less than 1 h", timedelta(hours=1)),
    "under-1d": ("Less than a day", timedelta(days=1)),
    "over-1d": ("More than a day", timedelta(days=1)),
    "over-3d": ("More than 3 days", timedelta(days=3)),
    "over-7d": ("More than 7 days", timedelta(days=7)),
    "over-30d": ("More than 30 days", timedelta(days=30)),
}
# From the lower end on, up to below the upper; the last one takes 1.0 in.
_SCORES = {
    "0.95": ("0.95 and above", 0.95, 2.0),
    "0.85": ("0.85 to 0.95", 0.85, 0.95),
    "0.7": ("0.70 to 0.85", 0.7, 0.85),
    "0.5": ("0.50 to 0.70", 0.5, 0.7),
    "0": ("Below 0.50", 0.0, 0.5),
}
# What most people narrow by most of the time; the rest stands behind one more press.
IN_SIGHT = ("q", "queue", "detector", "holder", "due", "order")
# What was searched for names a person.
_NOT_SAVED = (SEARCH,)
_MOST = 100


class FilterForm(forms.Form):
    """What goes together and what does not."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("alone") and not cleaned.get("detector"):
            self.add_error("alone", "Choose the detector that is to be the only one.")
        return cleaned


class CaseFilter(django_filters.FilterSet):
    """Cases by what people look for. Without a state or somebody asked for, those that are open.

    `alone` goes with a detector: cases that no other one has a part in.
    """

    q = django_filters.CharFilter(
        label="Case, account or phone",
        method="by_name",
        widget=forms.TextInput(
            attrs={
                "type": "search", "size": 18, "maxlength": 200,
                "autocomplete": "off", "spellcheck": "false",
            }
        ),
    )  # fmt: skip
    queue = django_filters.ChoiceFilter(label="Queue", empty_label="All queues", method="by_queue")
    detector = django_filters.ChoiceFilter(
        label="Detector", empty_label="Any detector", method="by_detector"
    )
    alone = django_filters.BooleanFilter(
        label="Only this detector", method="leave", widget=forms.CheckboxInput
    )
    holder = django_filters.ChoiceFilter(label="Holder", empty_label="Anybody", method="by_holder")
    due = django_filters.ChoiceFilter(
        label="Due", choices=_DUE, empty_label="Any time", method="by_due"
    )
    stage = django_filters.ChoiceFilter(
        label="Stage", choices=Stage.choices, empty_label="Any stage", method="by_stage"
    )
    policy = django_filters.ChoiceFilter(label="Rule", empty_label="Any rule", method="by_policy")
    score = django_filters.ChoiceFilter(
        label="Highest score",
        choices=[(value, words) for value, (words, *_) in _SCORES.items()],
        empty_label="Any score",
        method="by_score",
    )
    age = django_filters.ChoiceFilter(
        label="Waiting for",
        choices=[(value, words) for value, (words, _) in _AGES.items()],
        empty_label="Any time",
        method="by_age",
    )
    country = django_filters.CharFilter(
        label="Country",
        method="by_country",
        widget=forms.TextInput(attrs={"size": 4, "maxlength": 2, "placeholder": "IN"}),
    )
    surface = django_filters.ChoiceFilter(
        label="Surface", choices=Surface.choices, empty_label="Any surface"
    )
    contested = django_filters.BooleanFilter(
        label="Contested", method="by_contested", widget=forms.CheckboxInput
    )
    state = django_filters.ChoiceFilter(
        label="State", choices=_STATES, empty_label="Open", method="by_state"
    )
    order = django_filters.ChoiceFilter(
        label="Order", choices=_ORDER_WORDS, empty_label="Queue order", method="leave"
    )

    class Meta:
        model = Case
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: Any, *, queryset: QuerySet[Case], user: Any, now: datetime) -> None:
        super().__init__(data, queryset=queryset)
        self._user = user
        self._now = now
        # Where the list is narrowed further than an index in its order can: the list before that.
        self.among: QuerySet[Case] | None = None
        self.queues = {queue.slug: queue for queue in Queue.objects.all()}
        names = [(slug, queue.name) for slug, queue in self.queues.items()]
        self.filters["queue"].extra["choices"] = names
        detectors = Detector.objects.order_by("name").values_list("name", "name")
        self.filters["detector"].extra["choices"] = list(detectors)
        clauses = PolicyClause.objects.current(at=now).values_list("code", "title")
        self.filters["policy"].extra["choices"] = list(clauses)
        self.colleagues = {each.ref: each for each in User.objects.who_may("work_cases")}
        people = [(ref, each.name) for ref, each in self.colleagues.items() if each.pk != user.pk]
        by_name = [("By name", people)] if people else []
        self.filters["holder"].extra["choices"] = [*_ANYBODY, *by_name]

    # What was asked

    @property
    def asked(self) -> dict[str, str]:
        """What the address asks for, by the names of the fields, without what is left empty."""
        given = ((name, (self.data or {}).get(name, "")) for name in self.filters)
        return {name: value for name, value in given if value}

    @property
    def chosen(self) -> bool:
        """Whether something narrows the list."""
        return any(name != "order" for name in self.asked)

    @property
    def saved_as(self) -> str:
        """The query that leads here again: what may be kept under a name; '' for nothing."""
        kept = {name: value for name, value in self.asked.items() if name not in _NOT_SAVED}
        return urlencode(sorted(kept.items())) if self.is_valid() else ""

    @property
    def keyset_order(self) -> tuple[str, ...]:
        asked = self.asked
        # What is settled waits for nobody: the order of a queue says nothing of it.
        otherwise = "newest" if asked.get("state") in SETTLED else ""
        order: tuple[str, ...] = ORDERS.get(asked.get("order", ""), ORDERS[otherwise])
        return ORDERS["newest"] if otherwise and "order" not in asked else order

    def in_force(self) -> list[tuple[str, str, str]]:
        """Name, label and the value in words of each field that was filled in, the order too."""
        found = []
        for name, value in self.asked.items():
            field = self.form.fields[name]
            words = "" if isinstance(field, forms.BooleanField | forms.NullBooleanField) else value
            for choice, label in _flat(getattr(field, "choices", ())):
                if str(choice) == value:
                    words = str(label)
            found.append((name, str(field.label), words))
        return found

    def filter_queryset(self, queryset: QuerySet[Case]) -> QuerySet[Case]:
        asked = {name: value for name, value in self.form.cleaned_data.items() if value}
        asked.pop("order", None)
        if "state" not in asked and "q" not in asked:
            queryset = queryset.filter(state=CaseState.OPEN)
        leading = self._leading()
        for name in leading & asked.keys():
            queryset = self.filters[name].filter(queryset, asked.pop(name))
        # Who names cases, or the few that are held, has named the rows: there is no list to walk.
        named = "q" in asked or asked.get("holder", "nobody") != "nobody"
        if asked and not named:
            self.among = queryset
        for name, value in asked.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    def _leading(self) -> set[str]:
        """The fields that come first in the index that has its rows in the order asked for."""
        whose = "state" if self.asked.get("state") else "queue"
        return {whose, "due" if self.keyset_order == ORDERS[""] else "age"}

    # One method for each thing that is not a plain column.

    def by_name(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        accounts = (
            accounts_called(value, by=self._user)
            .visible_to(self._user)
            .values_list("pk", flat=True)
        )
        return queryset.filter(Q(account__in=list(accounts[:_MOST])) | Q(ref=ref_in(value, "C")))

    def by_queue(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        # By its id, not over a join: an index leads with it and goes on in the queue's order.
        return queryset.filter(queue_id=self.queues[value].pk)

    def by_stage(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(stages__contains=[value])

    def by_detector(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if self.form.cleaned_data.get("alone"):
            return queryset.filter(detectors=[value])
        return queryset.filter(detectors__contains=[value])

    def by_policy(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(policies__contains=[value])

    def by_score(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        _, lowest, below = _SCORES[value]
        return queryset.filter(top_score__gte=lowest, top_score__lt=below)

    def by_age(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        then = self._now - _AGES[value][1]
        if value.startswith("over"):
            return queryset.filter(opened_at__lt=then)
        return queryset.filter(opened_at__gte=then)

    def by_country(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(country=value.strip().upper())

    def by_contested(self, queryset: QuerySet[Case], name: str, value: bool) -> QuerySet[Case]:
        return queryset.filter(contested=True) if value else queryset

    def by_holder(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        held = Claim.objects.held(now=self._now)
        if value == "nobody":
            return queryset.filter(~Exists(held.filter(case=OuterRef("pk"))))
        if value == "me":
            held = held.by(self._user)
        elif value != "somebody":
            held = held.by(self.colleagues[value])
        # Few are held at a time; asked for first, they keep the database from trying every case.
        return queryset.filter(pk__in=list(held.values_list("case_id", flat=True)))

    def by_due(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "none":
            return queryset.filter(due_tier=NEVER_DUE)
        limit = self._now if value == "overdue" else self._now + timedelta(days=1)
        # The tier leads the index; the exact time decides within the last day.
        tier: date = limit.date()
        return queryset.filter(due_tier__lte=tier, due_at__lte=limit)

    def by_state(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(state=value)

    def leave(self, queryset: QuerySet[Case], name: str, value: Any) -> QuerySet[Case]:
        """Read elsewhere; it is here for its place in the form."""
        return queryset


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    """Choices without the groups that they stand in."""
    flat = []
    for value, label in choices:
        flat += list(label) if isinstance(label, list | tuple) else [(value, label)]
    return flat
