"""Putting a case file together."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from cases.casefile import before, clearings, handling, linked, moments, past, person, why
from cases.casefile.address import Address
from cases.casefile.deliveries import Delivery, asked_of_platform, delivery
from cases.casefile.handling import Line
from cases.casefile.items import item_of
from cases.casefile.life import Life, life_of
from cases.casefile.looking import around, by_hours, opening
from cases.casefile.places import zone_of
from cases.casefile.row import Telling
from cases.casefile.rows import Asked, what_happened
from cases.casefile.timeline import draw
from cases.casefile.veils import NOTHING_LIFTED, Veils
from cases.casefile.window import Window, whole_hours
from cases.models import Account, Case, Clearing, Decision, Enforcement

_HANDLING_SHOWN = 60
# In a part as short as this, times are told with their seconds.
_TO_THE_SECOND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Middle:
    """The drawing and the rows: the part of a file that moves."""

    timeline: dict[str, Any]
    events: dict[str, Any]
    handling: list[Line]
    appeals: list[Line]
    life: Life | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of an account that a decision may want, as templates take it."""

    person: person.Person
    why: why.Why
    linked: linked.Linked
    middle: Middle
    before: past.Before
    standing: list[Enforcement]
    deliveries: list[Delivery]
    # The newest decisions about the account, whatever case they belong to.
    decisions: list[Decision]
    # Those that stand.
    clearings: list[Clearing]


def read_middle(
    account: Account,
    *,
    address: Address,
    now: datetime,
    cited: Collection[str] = (),
    veils: Veils = NOTHING_LIFTED,
) -> Middle:
    """The part of a life that `address` names, or where to look first if it names none."""
    zone = zone_of(account.country, at=now)
    life = life_of(account.pk)
    item = item_of(account.pk, address.item) if life and address.item else None
    address = replace(
        address,
        item=item.id if item else None,
        moment=item.occurred_at if item else address.moment,
    )
    window = _looked_at(account, life, address=address, tz=zone.tz)
    hourly = bool(life and window and by_hours(account.pk, life, window))
    if window and hourly:
        window = whole_hours(window)
    # Links keep to what is looked at, also when it was chosen by itself.
    address = replace(address, window=window) if life else address
    done = handling.handling_of(account.ref)
    handled = sorted([*done.drawn, *moments.fired_on(account.pk)], key=lambda each: each.at)
    telling = Telling(
        zone,
        now,
        account.registered_at,
        seconds=bool(window and window.length <= _TO_THE_SECOND),
        veils=veils,
    )
    asked = (
        life
        and window
        and Asked(life, window, address, by_hours=hourly, item=item, handled=handled, cited=cited)
    )
    return Middle(
        timeline=draw(
            account.pk,
            life=life,
            window=window,
            address=address,
            zone=zone,
            handled=handled,
            by_hours=hourly,
        ),
        events=what_happened(account, asked, telling) if asked else {"rows": [], "words": ""},
        handling=done.lines,
        appeals=done.appeals,
        life=life,
    )


def _looked_at(
    account: Account, life: Life | None, *, address: Address, tz: tzinfo
) -> Window | None:
    """The part of the life that is asked for, or around what is; else where to look first."""
    if address.window or life is None:
        return address.window
    if address.moment:
        return around(account.pk, life, address.moment)
    return opening(account.pk, life, tz=tz)


def read_file(
    account: Account,
    *,
    case: Case | None,
    address: Address,
    now: datetime,
    revealed: bool,
    may_replay: bool,
    cited: Collection[str] = (),
    veils: Veils = NOTHING_LIFTED,
) -> CaseFile:
    """The whole file of `account`, as seen from `case` if there is one."""
    middle = read_middle(account, address=address, now=now, cited=cited, veils=veils)
    decisions = before.decisions_about(account)
    earlier = [
        each for each in decisions if case is None or each.case_id != case.pk or each.is_withdrawn
    ]
    asked = list(asked_of_platform().filter(account=account).reverse()[:_HANDLING_SHOWN])
    standing = list(
        Enforcement.objects.filter(account=account)
        .standing()
        .with_lift()
        .select_related("decision")
        .order_by("sequence")
    )
    cleared = clearings.standing_on(account, now=now)
    return CaseFile(
        person=person.card(
            account,
            life=middle.life,
            standing=standing,
            before=before.summed_up(earlier, now=now),
            now=now,
            revealed=revealed,
            clearings=cleared,
        ),
        why=why.why_here(account, case=case, address=address),
        linked=linked.linked_of(account, now=now),
        middle=middle,
        before=past.past_of(account, case=case, decisions=earlier, appeals=middle.appeals, now=now),
        standing=standing,
        deliveries=[delivery(row, may_replay=may_replay) for row in asked],
        decisions=decisions,
        clearings=cleared,
    )
