"""Whose key it is, and whether it opens this door."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from reviewapp.staff import keying
from reviewapp.staff.models import ApiKey
from reviewapp.web.access import access_of
from reviewapp.web.allowances import Limit, spend

if TYPE_CHECKING:  # REST framework loads this module before that one is complete.
    from rest_framework.views import APIView

FAILURES_PER_MINUTE = 30


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`. Afterwards `request.auth` is the ApiKey, with its source."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, secret = header.partition(" ")
        if not header:
            return None
        now = timezone.now()
        try:
            if scheme.lower() != "bearer":
                raise keying.BadKey("Send the key as: Authorization: Bearer <key>.")
            key = keying.recognise(secret.strip(), now=now)
        except keying.BadKey as refusal:
            address = request.META.get("REMOTE_ADDR", "")
            failures = Limit(f"bad-key:{address}", FAILURES_PER_MINUTE, timedelta(minutes=1))
            wait = spend(failures, now=now)
            if wait:
                raise Throttled(wait) from refusal
            raise AuthenticationFailed(str(refusal), code=refusal.code) from refusal
        key.note_use(at=now)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScopes(BasePermission):
    """The key has every scope that the view's stamp names."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        access = access_of(type(view))
        # A view that forgot its stamp is shut, whatever the system check was told.
        if access is None or access.kind != "key" or not isinstance(request.auth, ApiKey):
            return False
        lacking = [scope for scope in access.need if not request.auth.has(scope)]
        if lacking:
            self.message = f"This key lacks the scope {', '.join(lacking)}."
            self.code = "scope-missing"
        return not lacking
