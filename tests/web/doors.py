"""A house of a few doors, one of each kind, for tests of what all doors share."""

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from reviewapp.kernel.refusals import Refused
from reviewapp.urls import handler400, handler403, handler404, handler500
from reviewapp.urls import urlpatterns as the_house
from reviewapp.web.access import key_with, may, public, signed_in
from reviewapp.web.api import ApiView, Request, Response, read_json

__all__ = ["handler400", "handler403", "handler404", "handler500"]


@public("it is a test")
def open_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@signed_in
def members_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for members")


@may("lead_cases")
def leads_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for leads")


@public("it is a test")
def broken_page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


class Parcel(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(max_length=20)]
    weight: Annotated[float, msgspec.Meta(ge=0, le=1)]
    data: dict[str, Any] = {}


class Parcels(msgspec.Struct):
    items: list[Parcel]


class TooMany(Refused):
    """That is more than can be carried."""


@key_with("intake", "enforced")
class ParcelsDoor(ApiView):
    def get(self, request: Request) -> Response:
        return Response({"from": request.auth.source.name})

    def post(self, request: Request) -> Response:
        parcels = read_json(request, Parcels)
        if len(parcels.items) > 3:
            raise TooMany(pointer="/items")
        return Response({"accepted": len(parcels.items)})


class ForgottenDoor(ApiView):
    """Nobody stamped it."""

    def get(self, request: Request) -> Response:
        return Response({"secret": True})


class BrokenDoor(ParcelsDoor):
    def get(self, request: Request) -> Response:
        raise RuntimeError("a mistake of ours")


urlpatterns = [
    path("open/", open_page),
    path("members/", members_page),
    path("leads/", leads_page),
    path("broken/", broken_page),
    path("api/v1/parcels", ParcelsDoor.as_view()),
    path("api/v1/forgotten", ForgottenDoor.as_view()),
    path("api/v1/broken", BrokenDoor.as_view()),
    path("", include(the_house)),
]
