"""The few addresses that belong to no room: health, figures, and the pages of errors."""

import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reviewapp.web.access import public
from reviewapp.web.problems import problem

_SAID = {
    400: "This request cannot be read.",
    403: "This is not for you.",
    404: "There is nothing here by that name.",
    500: "Something went wrong here. It was recorded; try again in a minute.",
}


@public("a load balancer asks, and learns only whether the database answers")
@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 when this process can reach the database, 503 when it cannot."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@public("asks for METRICS_TOKEN itself, and does not exist without one")
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of this process, for Prometheus: `Authorization: Bearer <METRICS_TOKEN>`."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(
        given.encode(), settings.METRICS_TOKEN.encode()
    ):
        raise Http404
    from django_prometheus.exports import ExportToDjangoView

    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _say(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _say(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _say(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return _say(request, 500)


def _say(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(status, _SAID[status])
    # What went wrong may be the session or the database: then the page does without who is asking.
    asking = request if status in {403, 404} else None
    return render(asking, f"{status}.html", status=status)
