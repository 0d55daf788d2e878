import json
import logging

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings

from reviewapp.staff.models import User
from reviewapp.web import navigation, request_id
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.logs import JsonLine, Line
from tests.factories import create_user

pytestmark = [pytest.mark.urls("tests.web.doors"), pytest.mark.django_db]


class TestHealth:
    def test_is_ok_while_the_database_answers(self, client: Client) -> None:
        assert client.get("/healthz").content == b"ok\n"


class TestFigures:
    TOKEN = "a token nobody can guess"

    def test_are_there_for_who_has_the_token(self, client: Client, settings: Settings) -> None:
        settings.METRICS_TOKEN = self.TOKEN

        page = client.get("/metrics", headers={"Authorization": f"Bearer {self.TOKEN}"})

        assert b"python_info" in page.content

    @pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", "Bearer ключ"])
    @pytest.mark.parametrize("token", ["", TOKEN])
    def test_are_not_there_for_anybody_else(
        self, client: Client, settings: Settings, token: str, sent: str
    ) -> None:
        settings.METRICS_TOKEN = token

        assert client.get("/metrics", HTTP_AUTHORIZATION=sent).status_code == 404


class TestErrors:
    def test_of_ours_are_a_page_without_a_trace(self, client: Client) -> None:
        client.raise_request_exception = False

        page = client.get("/broken/")

        assert page.status_code == 500
        assert b"RuntimeError" not in page.content

    def test_of_the_address_are_a_page(self, client: Client) -> None:
        page = client.get("/nothing/here")

        assert page.status_code == 404
        assert "404.html" in [template.name for template in page.templates]

    def test_of_a_form_that_is_not_ours_are_a_page(self, ada: User) -> None:
        client = Client(enforce_csrf_checks=True)

        page = client.post("/staff/login/", {"login": "ada@example.org", "password": "x"})

        assert page.status_code == 403


class TestNavigation:
    """A house of three rooms: home for all, the log for auditors, configuration for admins."""

    @pytest.fixture(autouse=True)
    def _rooms(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(navigation, "_items", {})
        navigation.register(navigation.Item("Log", "schema", "read_log", 20))
        navigation.register(navigation.Item("Health", "health", None, 10))
        navigation.register(navigation.Item("Configuration", "admin:index", "configure", 30))

    def test_shows_the_rooms_one_may_enter_in_their_order(self, ada: User, asha: User) -> None:
        def labels(user: User) -> list[str]:
            return [item.label for item in navigation.items_for(user, path="/")]

        assert labels(ada) == ["Health"]
        assert labels(asha) == ["Health", "Log", "Configuration"]

    def test_marks_the_room_one_is_in(self, asha: User) -> None:
        items = navigation.items_for(asha, path="/admin/staff/user/")

        assert [item.label for item in items if item.current] == ["Configuration"]

    def test_marks_the_room_that_a_page_belongs_to_before_the_one_its_address_lies_in(
        self, asha: User
    ) -> None:
        navigation.register(navigation.Item("Keys", "schema", "read_log", 20, ("admin:keys",)))

        items = navigation.items_for(asha, path="/admin/staff/key/", page="admin:keys")

        assert [item.label for item in items if item.current] == ["Keys"]

    def test_is_empty_for_a_stranger(self, client: Client) -> None:
        assert client.get("/staff/login/").context["navigation"] == []


class TestHtmx:
    def request(self, **headers: str) -> HttpRequest:
        from django_htmx.middleware import HtmxDetails

        request = RequestFactory().get("/", headers=headers)
        request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
        return request

    def test_is_sent_on_by_a_header_and_a_browser_by_a_redirect(self) -> None:
        assert go_to(self.request(**{"HX-Request": "true"}), "health")["HX-Redirect"] == "/healthz"
        assert go_to(self.request(), "/elsewhere/")["Location"] == "/elsewhere/"

    def test_gets_the_whole_page_when_it_stands_in_for_a_link_or_goes_back(self) -> None:
        asks = {"HX-Request": "true"}

        assert is_fragment(self.request(**asks))
        assert not is_fragment(self.request())
        assert not is_fragment(self.request(**asks, **{"HX-Boosted": "true"}))
        assert not is_fragment(self.request(**asks, **{"HX-History-Restore-Request": "true"}))


class TestALogLine:
    def line(self, formatter: logging.Formatter) -> str:
        token = request_id.current.set("abc-123-def")
        try:
            record = logging.LogRecord("cases", 20, "x.py", 1, "%s rows", (3,), None)
            return formatter.format(record)
        finally:
            request_id.current.reset(token)

    def test_is_json_for_a_machine(self) -> None:
        said = json.loads(self.line(JsonLine()))

        assert said["message"] == "3 rows"
        assert said["request_id"] == "abc-123-def"
        assert said["level"] == "INFO"

    def test_is_a_line_for_a_person(self) -> None:
        assert self.line(Line()).endswith("INFO    cases [abc-123-def] 3 rows")


def test_nobody_without_the_right_sees_the_way_to_configuration() -> None:
    analyst = create_user()

    assert not analyst.is_staff
