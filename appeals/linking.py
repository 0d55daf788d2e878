"""The link by which somebody comes to what was decided about them, and whether it is still good.

# Note [How long a link is good]

As long as the decision can be contested, and as long as an appeal against it is not answered; then
for a while more, so that the answer can be read and taken on to whoever is next. That is looked up
when it is opened: the link itself says no time. It is made of the enforcement's ref and a key that
never changes, for the platform must be given the same one however often it is told.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings

from appeals import timing
from appeals.models import Appeal
from cases.enums import Action, NotificationState
from cases.models import Enforcement, Notification
from reviewapp.kernel import encryption
from reviewapp.kernel.refusals import Refused

# The committee in India takes appeals for so long.
READABLE = timedelta(days=30)


class LinkForged(Refused):
    """This link is not complete, or was changed on the way."""


class LinkExpired(Refused):
    """This link is no longer good."""


def link_of(notification: Notification) -> str | None:
    """Where what the notification tells can be contested; None for a lift.

    Needs `enforcement` loaded, and asks the database nothing.
    """
    enforcement = notification.enforcement
    if enforcement is None or enforcement.action == Action.LIFT:
        return None
    return link_to(enforcement, language=notification.locale)


def link_to(enforcement: Enforcement, *, language: str) -> str:
    """The address of an enforcement on the public pages, for its account's owner alone."""
    token = f"{enforcement.ref}.{_signature(enforcement.ref)}"
    return f"{settings.PUBLIC_URL}/review/{language}/links/{token}/"


def opened(token: str, *, at: datetime) -> Enforcement:
    """The enforcement that the link with `token` opens, with its account loaded.

    Raises LinkForged, and LinkExpired once it is over: see Note [How long a link is good].
    """
    ref, _, signature = token.partition(".")
    # Before anything is looked up: a wrong guess costs the same whatever there is.
    if not hmac.compare_digest(signature.encode(), _signature(ref).encode()):
        raise LinkForged
    enforcement = Enforcement.objects.select_related("account").filter(ref=ref).first()
    if enforcement is None:
        raise LinkForged
    if not _is_good(enforcement, at=at):
        raise LinkExpired
    return enforcement


def _is_good(enforcement: Enforcement, *, at: datetime) -> bool:
    ends = Appeal.objects.filter(enforcement=enforcement).values_list("closed_at", flat=True)
    if any(closed_at is None or at < closed_at + READABLE for closed_at in ends):
        return True
    told = Notification.objects.filter(enforcement=enforcement, state=NotificationState.SENT)
    told_at = told.order_by("sent_at").values_list("sent_at", flat=True).first()
    account = enforcement.account
    window_ends_at = timing.window_of(
        jurisdiction=timing.jurisdiction_of(
            country=account.country, country_prefix=account.country_prefix
        ),
        informed_at=told_at or enforcement.applied_at or enforcement.requested_at,
    )
    return window_ends_at is None or at <= window_ends_at


def _signature(ref: str) -> str:
    made = encryption.blind_index(ref, purpose="portal.link")
    return urlsafe_b64encode(made).decode().rstrip("=")
