"""What sources send: an appeal or a grievance as its message is written, and what they hear."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta, Struct
from rest_framework.response import Response

from appeals.cleaning import LONGEST_TEXT, TextRefused
from appeals.enums import Channel, GrievanceCategory, Ground, RuleKind
from appeals.filing import NothingToAppeal, SentBefore, UnknownEnforcement
from appeals.limiting import TooManyRequests
from appeals.receiving import LONGEST_CONTACT, CannotReceive, Sent
from cases.api import asking
from cases.intake.checking import id_fault, text_fault, time_check
from cases.intake.digests import digester
from cases.intake.sent import Id, Locale, Moment
from cases.models import Account
from reviewapp.kernel.encryption import Erased
from reviewapp.web.api import Request, problem, refused
from reviewapp.web.problems import Unfit

Text = Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_TEXT})]
Contact = Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_CONTACT})]
# What is refused for what it is about, and what for what was sent before.
CONFLICTS = (NothingToAppeal, SentBefore)
Answer = HttpResponse | Response


class SentAppeal(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody asks, in the app, to have what stands against their account looked at again.

    `enforcement` is its ref or id; left out, it is what stands. `received_at` is when the person
    sent it; left out, now.
    """

    id: Id
    account: Id
    enforcement: str | None = None
    ground: Ground = Ground.NO_GROUND_GIVEN
    text: Text = ""
    locale: Locale = ""
    contact: Contact = ""
    received_at: Moment | None = None


class SentGrievance(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A complaint, as it reached whoever sends it."""

    id: Id
    channel: Channel
    category: GrievanceCategory
    received_at: Moment
    account: Id | None = None
    text: Text = ""
    locale: Locale = ""
    contact: Contact = ""
    rule_kind: RuleKind = RuleKind.GENERAL


class Filed(Struct):
    """The appeal that it became, or joined: `joined` says which."""

    appeal: str
    state: str
    due_at: datetime | None
    joined: bool


class Received(Struct):
    """The grievance that it became, and the appeal that this contains, if any."""

    grievance: str
    state: str
    acknowledge_by: datetime | None
    resolve_by: datetime | None
    appeal: str | None


def sent(row: SentAppeal | SentGrievance, request: Request) -> Sent:
    """Whose id the row has, and a digest to tell a retry by."""
    return Sent(source=request.auth.source, sender_id=row.id, digest=digester()(row))


def check(row: SentAppeal | SentGrievance, *, now: datetime) -> None:
    """Raise Unfit for an id, a time or a text that no row can hold."""
    faults = [
        id_fault(row.id, "/id"),
        id_fault(row.account, "/account") if row.account is not None else None,
        time_check(now)(row.received_at, "/received_at") if row.received_at else None,
        text_fault(row.locale, "/locale", max_length=35, one_line=True),
        text_fault(row.contact, "/contact", max_length=LONGEST_CONTACT, one_line=True),
    ]
    for fault in faults:
        if fault is not None:
            raise Unfit(fault.detail, pointer=fault.pointer)


def account_of(external_id: str) -> Account:
    """The account by the messenger's id. Raises Unfit."""
    found = Account.objects.filter(external_id=asking.external_id(external_id)).first()
    if found is None:
        raise Unfit("There is no account by this id: send it first.", pointer="/account")
    return found


def answering(
    post: Callable[[Any, Request], Answer],
) -> Callable[[Any, Request], Answer]:
    """Answer what the journeys refuse: 409 for what is so already, 422 for what is wrong with it,
    429 with Retry-After for what comes too often, 410 for somebody who was erased.
    """

    @wraps(post)
    def answer(view: Any, request: Request) -> Answer:
        try:
            return post(view, request)
        except TooManyRequests as refusal:
            return problem(
                429, str(refusal), code=refusal.code,
                headers={"Retry-After": str(int(refusal.wait) + 1)},
            )  # fmt: skip
        except Erased as refusal:
            return refused(refusal, status=410)
        except CONFLICTS as refusal:
            return refused(_pointed(refusal), status=409)
        except (TextRefused, CannotReceive, UnknownEnforcement) as refusal:
            if isinstance(refusal, TextRefused) and refusal.pointer is None:
                refusal.pointer = "text"
            return refused(_pointed(refusal), status=422)

    return answer


def _pointed(refusal: Any) -> Any:
    """Journeys name an argument; machines are told the place in their message."""
    if refusal.pointer and not refusal.pointer.startswith("/"):
        refusal.pointer = f"/{refusal.pointer}"
    return refusal


def now_of(row: SentAppeal) -> tuple[datetime, datetime]:
    """When it was received, and now."""
    now = timezone.now()
    return row.received_at or now, now


def due_of(clocks: Iterable[Any], name: str) -> datetime | None:
    """When the clock of that name runs out; None where none runs."""
    return next((clock.due_at for clock in clocks if clock.name == name), None)
