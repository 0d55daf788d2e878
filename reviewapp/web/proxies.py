import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class TrustedProxies:
    """Believes what a proxy says about the person behind it, if it is one of TRUSTED_PROXIES.

    From anybody else those headers are dropped, so that nobody can choose the address they are
    throttled by, or pass for a secure connection.
    """

    _SAID = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            request.META["REMOTE_ADDR"] = self._client(request)
        else:
            for header in self._SAID:
                request.META.pop(header, None)
        return self.get_response(request)

    def _client(self, request: HttpRequest) -> str:
        """The last address in the chain that is not one of ours: those before it are hearsay."""
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        nearest = str(request.META["REMOTE_ADDR"])
        for said in reversed([each.strip() for each in chain if each.strip()]):
            try:
                nearest = str(ipaddress.ip_address(said))
            except ValueError:
                break
            if not self._is_trusted(nearest):
                break
        return nearest

    @staticmethod
    def _is_trusted(address: str) -> bool:
        if not settings.TRUSTED_PROXIES:
            return False
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in settings.TRUSTED_PROXIES)
