"""What an answer would do, told by giving it and taking it back.

# Note [Given and taken back]

Nothing tells what the platform would be asked and what the person would read as exactly as the
journey itself. So the answer is given in a transaction that is rolled back: it writes nothing,
wakes nobody, and holds the account for as long as one answer takes. The refs that it used are
never used again.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from appeals import proposing, reviewing
from appeals.enums import Via
from appeals.models import Appeal
from appeals.verdict import Verdict
from cases.enforcing import EnforcementErrand
from cases.models import Enforcement
from reviewapp.staff.models import User as Staff

if TYPE_CHECKING:
    from reviewapp.staff.models import User

_GIVEN_LATER = "given when it is decided"
_IN_APP, _BY_MAIL = "In the app", "By e-mail"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the platform: its type and, as JSON, its data."""

    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Written:
    """What the person would read, by which way, and in which language."""

    way: str
    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What follows from an answer. `second` says whether somebody else has to approve it first."""

    asked: list[Asked]
    written: list[Written]
    second: bool


def foresee(appeal: Appeal, verdict: Verdict, *, by: "User", at: datetime) -> Foreseen:
    """What such an answer would have the platform and the person be told.

    Raises what `reviewing.decide` raises of the verdict itself. See Note [Given and taken back].
    """
    verdict.check()
    with transaction.atomic():
        locked = reviewing.lock(appeal)
        second = proposing.needs_second_person(locked, verdict, at=at)
        decision = reviewing.settle(
            locked, verdict=verdict, by=by, at=at,
            approved_by=_anybody_else(locked, by) if second else None,
        )  # fmt: skip
        undoing = decision.decision
        rows = undoing.enforcements.select_related("account", "lifts") if undoing else []
        asked = [_asked(row) for row in sorted(rows, key=lambda row: row.sequence)]
        told = list(undoing.notifications.select_related("account")) if undoing else []
        letters = list(locked.letters.filter(kind="ANSWER").order_by("-via"))
        for letter in letters:
            letter.appeal = locked
        written = [
            *(Written(_IN_APP, each.subject, each.text(), each.locale) for each in told),
            *(
                Written(
                    _IN_APP if each.via == Via.PLATFORM else _BY_MAIL,
                    each.subject, each.text(), each.locale,
                )
                for each in letters
            ),
        ]  # fmt: skip
        transaction.set_rollback(True)
    return Foreseen(asked, written, second)


def _anybody_else(appeal: Appeal, by: "User") -> "User | None":
    """Somebody who might approve it: nothing that is told says who does."""
    others = Staff.objects.who_may("approve_reversals").exclude(pk__in=[by.pk, *appeal.barred])
    return others.first()


def _asked(row: Enforcement) -> Asked:
    message = EnforcementErrand().message(row)
    data = {**message.data, "enforcement": _GIVEN_LATER}
    return Asked(message.type, json.dumps(data, indent=2, ensure_ascii=False))
