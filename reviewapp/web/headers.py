from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

_FEATURES = (
    "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi "
    "payment usb xr-spatial-tracking"
)
_PERMISSIONS = ", ".join(f"{feature}=()" for feature in _FEATURES.split())


class CarefulHeaders:
    """What every answer carries beside the Content-Security-Policy.

    An answer that does not say how it may be kept is kept by nobody: pages show people's data, and
    the back button must not bring them back after signing out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # The same URL answers htmx with a fragment.
            patch_vary_headers(response, ["HX-Request"])
        return response
