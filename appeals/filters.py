"""What the desk's lists can be narrowed by."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from appeals.enums import (
    AppealState,
    Channel,
    GrievanceCategory,
    GrievanceState,
    Ground,
    Jurisdiction,
    OrderKind,
    RuleKind,
)
from appeals.models import Appeal, Grievance, Order
from appeals.models.tickets import NEVER, contact_index
from cases.enums import Action
from cases.naming import accounts_called, ref_in
from reviewapp.staff.models import User

BY_DUE = ("due_or_never", "id")
NEWEST_CLOSED = ("-closed_at", "-id")
CLOSED = "closed"
_ANYBODY = (("nobody", "Nobody"), ("me", "Me"), ("somebody", "Somebody"))
_DUE = (("overdue", "Overdue"), ("today", "Within 24 h"), ("none", "No limit"))
_MOST = 100


def _choice(label: str, choices: Any, *, anything: str, method: str = "plain") -> Any:
    return django_filters.ChoiceFilter(
        label=label, choices=choices, empty_label=anything, method=method
    )


class TicketFilter(django_filters.FilterSet):
    """Tickets by what people look for; without a state asked for, those that are open.

    Public: `among`, the list before it was narrowed further than an index in its order can.
    """

    PREFIX: ClassVar[str]
    IN_SIGHT: ClassVar[tuple[str, ...]] = ("q", "held", "due")

    q = django_filters.CharFilter(
        label="Ticket, account, phone or e-mail",
        method="by_name",
        widget=forms.TextInput(
            attrs={
                "type": "search", "size": 22, "maxlength": 200,
                "autocomplete": "off", "spellcheck": "false",
            }
        ),
    )  # fmt: skip
    held = _choice("Holder", _ANYBODY, anything="Anybody", method="by_holder")
    due = _choice("Due", _DUE, anything="Any time", method="by_due")
    jurisdiction = _choice("Rules of", Jurisdiction.choices, anything="Anywhere")
    channel = _choice("Came by", Channel.choices, anything="Any way")

    class Meta:
        model: ClassVar[type[Any]] = Appeal
        fields: ClassVar[list[str]] = []

    def __init__(self, data: Any, *, queryset: QuerySet[Any], user: User, now: datetime) -> None:
        super().__init__(data, queryset=queryset)
        self._user, self._now = user, now
        self.among: QuerySet[Any] | None = None

    @property
    def asked(self) -> dict[str, str]:
        """What the address asks for, without what is left empty."""
        given = ((name, (self.data or {}).get(name, "")) for name in self.filters)
        return {name: value for name, value in given if value}

    @property
    def keyset_order(self) -> tuple[str, ...]:
        return NEWEST_CLOSED if self.asked.get("state") == CLOSED else BY_DUE

    def in_force(self) -> list[tuple[str, str, str]]:
        """Name, label and the value in words of each field that was filled in."""
        found = []
        for name, value in self.asked.items():
            field = self.form.fields[name]
            words = dict(getattr(field, "choices", ())).get(value, value)
            found.append((name, str(field.label), str(words)))
        return found

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = {name: value for name, value in self.form.cleaned_data.items() if value}
        state = asked.pop("state", "")
        # Whoever names a ticket has named it, closed or not.
        if state == CLOSED:
            queryset = queryset.filter(closed_at__isnull=False)
        elif state or "q" not in asked:
            queryset = queryset.filter(closed_at=None)
        if state and state != CLOSED:
            queryset = queryset.filter(state=state)
        if due := asked.pop("due", ""):
            queryset = self.by_due(queryset, "due", due)
        named = "q" in asked or asked.get("held", "nobody") != "nobody"
        if asked and not named:
            self.among = queryset
        for name, value in asked.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    def plain(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{name: value})

    def by_name(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        accounts = accounts_called(value, by=self._user).visible_to(self._user)
        found = Q(account__in=list(accounts.values_list("pk", flat=True)[:_MOST]))
        found |= Q(ref=ref_in(value, self.PREFIX))
        if "@" in value and self._user.may("reveal_personal"):
            found |= Q(contact_index=contact_index(value))
        return queryset.filter(found)

    def by_holder(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "nobody":
            return queryset.filter(Q(held_until=None) | Q(held_until__lte=self._now))
        held = self.Meta.model.objects.held(now=self._now)
        if value == "me":
            held = held.filter(held_by=self._user)
        # Few are held at a time; asked for first, they keep the database from trying every row.
        return queryset.filter(pk__in=list(held.values_list("pk", flat=True)))

    def by_due(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "none":
            return queryset.filter(due_or_never=NEVER)
        limit = self._now if value == "overdue" else self._now + timedelta(days=1)
        return queryset.filter(due_or_never__lte=limit)


class AppealFilter(TicketFilter):
    PREFIX = "AP"
    IN_SIGHT = ("q", "state", "ground", "held", "due")

    state = _choice(
        "State",
        [
            *(
                choice
                for choice in AppealState.choices
                if choice[0] not in ("DECIDED", "WITHDRAWN", "INADMISSIBLE")
            ),
            (CLOSED, "Closed"),
        ],
        anything="All that wait",
    )
    ground = _choice("Ground", Ground.choices, anything="Any ground")
    action = _choice(
        "Against",
        [choice for choice in Action.choices if choice[0] != Action.LIFT],
        anything="Any measure",
    )
    alike = django_filters.UUIDFilter(label="Alike", method="by_group", widget=forms.HiddenInput)

    class Meta(TicketFilter.Meta):
        model = Appeal

    def by_group(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return queryset.filter(group=value)


class GrievanceFilter(TicketFilter):
    PREFIX = "G"
    IN_SIGHT = ("q", "state", "category", "held", "due")

    state = _choice(
        "State",
        [
            *(choice for choice in GrievanceState.choices if choice[0] != "RESOLVED"),
            (CLOSED, "Resolved"),
        ],
        anything="All that wait",
    )
    category = _choice("Category", GrievanceCategory.choices, anything="Any category")
    rule_kind = _choice("Rule", RuleKind.choices, anything="Any rule")

    class Meta(TicketFilter.Meta):
        model = Grievance


class OrderFilter(TicketFilter):
    PREFIX = "O"
    IN_SIGHT = ("q", "state", "kind", "held", "due")

    state = _choice("State", [(CLOSED, "Closed")], anything="All that wait")
    kind = _choice("Kind", OrderKind.choices, anything="Any kind")

    class Meta(TicketFilter.Meta):
        model = Order
