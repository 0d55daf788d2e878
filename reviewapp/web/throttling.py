"""How often a machine may come."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from reviewapp.staff.models import ApiKey
from reviewapp.web.allowances import Limit, spend

if TYPE_CHECKING:  # REST framework loads this module before that one is complete.
    from rest_framework.views import APIView

_WINDOW = timedelta(minutes=1)


class PerKey(BaseThrottle):
    """`settings.API_RATE` requests a minute for each key."""

    _wait = 0.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, ApiKey):
            self._wait = spend(
                Limit(f"key:{request.auth.prefix}", settings.API_RATE, _WINDOW),
                now=timezone.now(),
            )
        return not self._wait

    def wait(self) -> float | None:
        return self._wait or None
