from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class RefuseNul:
    """Answers 400 to a NUL in an address or a cookie, before anybody reads either.

    No text of the database can hold one, and no address of ours has one. Forms refuse it by
    themselves, beside the field and with what was typed: there somebody may have pasted it. Doors
    for machines do so too, and name the value that is wrong.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/v1/"):
            return self.get_response(request)
        said = [request.path_info, *request.COOKIES.values()]
        for name, values in request.GET.lists():
            said += [name, *values]
        if any("\x00" in each for each in said):
            raise BadRequest("A NUL in the address or in a cookie.")
        return self.get_response(request)
