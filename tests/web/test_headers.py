import ipaddress

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from reviewapp.staff.models import User
from reviewapp.web.proxies import TrustedProxies

pytestmark = [pytest.mark.urls("tests.web.doors"), pytest.mark.django_db]


class TestEveryAnswer:
    def test_allows_no_inline_script_and_no_other_site(self, client: Client) -> None:
        policy = client.get("/open/")["Content-Security-Policy"]

        assert "unsafe" not in policy
        assert "http:" not in policy
        assert "https:" not in policy
        for directive in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
            assert directive in policy

    def test_is_kept_by_nobody(self, client: Client, ada: User) -> None:
        client.force_login(ada)

        assert client.get("/members/")["Cache-Control"] == "private, no-store"

    def test_says_that_htmx_gets_another(self, client: Client) -> None:
        assert "HX-Request" in client.get("/open/")["Vary"]

    def test_refuses_frames_sniffing_and_devices(self, client: Client) -> None:
        page = client.get("/open/")

        assert page["X-Frame-Options"] == "DENY"
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["Referrer-Policy"] == "same-origin"
        assert "geolocation=()" in page["Permissions-Policy"]

    def test_has_an_id_of_its_own(self, client: Client) -> None:
        ids = {client.get("/open/")["X-Request-ID"] for _ in range(2)}

        assert len(ids) == 2

    @pytest.mark.parametrize(
        ("given", "kept"),
        [("abc-123-def", True), ("short", False), ("x" * 65, False), ("a b c d e f g", False)],
    )
    def test_keeps_the_id_it_came_with_if_it_is_one(
        self, client: Client, given: str, kept: bool
    ) -> None:
        answer = client.get("/open/", headers={"X-Request-ID": given})

        assert (answer["X-Request-ID"] == given) is kept


class TestAProxy:
    """10.0.0.0/8 is trusted; 203.0.113.9 is a person."""

    @pytest.fixture(autouse=True)
    def _trusted(self, settings: Settings) -> None:
        settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]

    @pytest.mark.parametrize(
        ("came_from", "said", "is_taken_for"),
        [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
            ("", "1.1.1.1", ""),
        ],
    )
    def test_is_believed_only_if_trusted(
        self, came_from: str, said: str, is_taken_for: str
    ) -> None:
        request = RequestFactory().get("/", REMOTE_ADDR=came_from, HTTP_X_FORWARDED_FOR=said)

        def see(request: HttpRequest) -> HttpResponse:
            return HttpResponse(request.META["REMOTE_ADDR"])

        assert TrustedProxies(see)(request).content.decode() == is_taken_for

    def test_that_is_none_cannot_claim_a_secure_connection(self, settings: Settings) -> None:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

        def is_secure(came_from: str) -> bool:
            request = RequestFactory().get(
                "/", REMOTE_ADDR=came_from, HTTP_X_FORWARDED_PROTO="https"
            )
            TrustedProxies(lambda request: HttpResponse())(request)
            return request.is_secure()

        assert is_secure("10.0.0.1")
        assert not is_secure("203.0.113.9")
