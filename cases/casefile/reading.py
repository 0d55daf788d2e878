"""Putting a case file together."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cases.casefile import before, handling, person, why
from cases.casefile.address import Address
from cases.casefile.deliveries import Delivery, asked_of_platform, delivery
from cases.casefile.life import Life, life_of
from cases.casefile.places import zone_of
from cases.casefile.rows import what_happened
from cases.casefile.timeline import draw
from cases.casefile.window import by_hours, opening, whole_hours
from cases.models import Account, Case, Decision, Enforcement

_HANDLING_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Middle:
    """The drawing and the rows: the part of a file that moves."""

    timeline: dict[str, Any]
    events: dict[str, Any]
    handling: list[handling.Line]
    life: Life | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of an account that a decision may want, as templates take it."""

    person: person.Person
    why: list[why.TellingDetection]
    middle: Middle
    before: list[before.Earlier]
    standing: list[Enforcement]
    deliveries: list[Delivery]
    # The newest decisions about the account, whatever case they belong to.
    decisions: list[Decision]


def read_middle(
    account: Account, *, address: Address, now: datetime, cited: Collection[str] = ()
) -> Middle:
    """The part of a life that `address` names, or where to look first if it names none."""
    zone = zone_of(account.country, at=now)
    life = life_of(account.pk)
    window = address.window or (opening(life, tz=zone.tz) if life else None)
    hourly = bool(life and window and by_hours(life, window))
    if window and hourly:
        window = whole_hours(window)
    # Links keep to what is looked at, also when it was chosen by itself.
    address = replace(address, window=window) if life else address
    done = handling.handling_of(account.ref)
    return Middle(
        timeline=draw(
            account.pk,
            life=life,
            window=window,
            address=address,
            zone=zone,
            handled=done.drawn,
            by_hours=hourly,
        ),
        events=what_happened(
            account,
            life=life,
            window=window,
            address=address,
            zone=zone,
            by_hours=hourly,
            cited=cited,
        ),
        handling=done.lines,
        life=life,
    )


def read_file(
    account: Account,
    *,
    case: Case | None,
    address: Address,
    now: datetime,
    revealed: bool,
    may_replay: bool,
    cited: Collection[str] = (),
) -> CaseFile:
    """The whole file of `account`, as seen from `case` if there is one."""
    middle = read_middle(account, address=address, now=now, cited=cited)
    decisions = before.decisions_about(account)
    earlier = [each for each in decisions if case is None or each.case_id != case.pk]
    asked = list(asked_of_platform().filter(account=account).reverse()[:_HANDLING_SHOWN])
    standing = list(
        Enforcement.objects.filter(account=account)
        .standing()
        .select_related("decision")
        .order_by("sequence")
    )
    return CaseFile(
        person=person.card(
            account,
            life=middle.life,
            standing=standing,
            before=before.summed_up(earlier, now=now),
            now=now,
            revealed=revealed,
        ),
        why=why.why_here(account, case=case),
        middle=middle,
        before=[before.earlier(decision) for decision in earlier],
        standing=standing,
        deliveries=[delivery(row, may_replay=may_replay) for row in asked],
        decisions=decisions,
    )
