"""What the queue page can be narrowed by."""

from datetime import date, datetime, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet

from cases.enums import CaseState, Stage, Surface
from cases.models import Case, Claim, Detector, PolicyClause, Queue
from cases.models.cases import NEVER_DUE

ORDERS = {
    "": ("due_tier", "-rank", "id"),
    "newest": ("-opened_at", "-id"),
    "oldest": ("opened_at", "id"),
}
_HOLDERS = (("nobody", "Nobody"), ("me", "Me"), ("somebody", "Somebody"))
_DUE = (("overdue", "Overdue"), ("today", "Within 24 h"), ("none", "Not due"))
_ORDER_WORDS = (("newest", "Newest first"), ("oldest", "Oldest first"))
_STATES = [choice for choice in CaseState.choices if choice[0] != CaseState.OPEN]


class CaseFilter(django_filters.FilterSet):
    """Cases by what people look for. Without a state asked for, those that are open."""

    queue = django_filters.ChoiceFilter(label="Queue", empty_label="All queues", method="by_queue")
    stage = django_filters.ChoiceFilter(
        label="Stage", choices=Stage.choices, empty_label="Any stage", method="by_stage"
    )
    detector = django_filters.ChoiceFilter(
        label="Detector", empty_label="Any detector", method="by_detector"
    )
    policy = django_filters.ChoiceFilter(label="Rule", empty_label="Any rule", method="by_policy")
    country = django_filters.CharFilter(
        label="Country",
        method="by_country",
        widget=forms.TextInput(attrs={"size": 4, "maxlength": 2, "placeholder": "IN"}),
    )
    surface = django_filters.ChoiceFilter(
        label="Surface", choices=Surface.choices, empty_label="Any surface"
    )
    holder = django_filters.ChoiceFilter(
        label="Holder", choices=_HOLDERS, empty_label="Anybody", method="by_holder"
    )
    due = django_filters.ChoiceFilter(
        label="Due", choices=_DUE, empty_label="Any time", method="by_due"
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

    def __init__(self, data: Any, *, queryset: QuerySet[Case], user: Any, now: datetime) -> None:
        super().__init__(data, queryset=queryset)
        self._user = user
        self._now = now
        self.queues = {queue.slug: queue for queue in Queue.objects.all()}
        names = [(slug, queue.name) for slug, queue in self.queues.items()]
        self.filters["queue"].extra["choices"] = names
        detectors = Detector.objects.order_by("name").values_list("name", "name")
        self.filters["detector"].extra["choices"] = list(detectors)
        clauses = PolicyClause.objects.current(at=now).values_list("code", "title")
        self.filters["policy"].extra["choices"] = list(clauses)

    @property
    def chosen(self) -> bool:
        """Whether something narrows the list."""
        return any((self.data or {}).get(name) for name in self.filters if name != "order")

    @property
    def keyset_order(self) -> tuple[str, ...]:
        asked = (self.data or {}).get("order", "")
        return ORDERS.get(asked, ORDERS[""])

    def filter_queryset(self, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.filter(state=CaseState.OPEN)
        return super().filter_queryset(queryset)

    # One method for each thing that is not a plain column.

    def by_queue(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        # By its id, not over a join: an index leads with it and goes on in the queue's order.
        return queryset.filter(queue_id=self.queues[value].pk)

    def by_stage(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(stages__contains=[value])

    def by_detector(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(detectors__contains=[value])

    def by_policy(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(policies__contains=[value])

    def by_country(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(country=value.strip().upper())

    def by_holder(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        held = Claim.objects.held(now=self._now).filter(case=OuterRef("pk"))
        if value == "me":
            return queryset.filter(Exists(held.filter(analyst=self._user)))
        return queryset.filter(Exists(held) if value == "somebody" else ~Exists(held))

    def by_due(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "none":
            return queryset.filter(due_tier=NEVER_DUE)
        limit = self._now if value == "overdue" else self._now + timedelta(days=1)
        # The tier leads the index; the exact time decides within the last day.
        tier: date = limit.date()
        return queryset.filter(due_tier__lte=tier, due_at__lte=limit)

    def by_state(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return queryset.filter(state=value)

    def leave(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """The order is the page's business; it is here for its place in the form."""
        return queryset
