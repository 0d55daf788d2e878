"""Signing in: who may, and what the ledger keeps of it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from reviewapp.ledger.recording import Entry, record
from reviewapp.staff.models import User


class SignIn(DefaultAccountAdapter):
    """Staff are made by an administrator: nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        # `web/proxies.py` has already put here what a trusted proxy says, and nobody else.
        return str(request.META.get("REMOTE_ADDR", ""))

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page that follows shows that it worked."""


def listen() -> None:
    """Have every sign-in, by whichever door, and every failed one recorded."""
    user_logged_in.connect(_signed_in, dispatch_uid="staff.signed_in")
    user_login_failed.connect(_failed, dispatch_uid="staff.sign_in_failed")


def _signed_in(*, user: User, **kwargs: Any) -> None:
    now = timezone.now()
    record(Entry(kind="user.signed_in", actor=user.actor, happened_at=now), at=now)


def _failed(*, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Record a failed try, and for whom. Who tried is not known: nobody did it by that name.

    What was typed may be anything, a password in the wrong field included: it is never kept.
    """
    now = timezone.now()
    email = str(credentials.get("email") or credentials.get("username") or "").replace("\0", "")
    person = User.objects.filter(email=email.strip().lower()).first() if email else None
    tried_for = {"user": person.ref} if person else {}
    record(
        Entry(kind="user.sign_in_failed", actor="system", happened_at=now, particulars=tried_for),
        at=now,
    )
