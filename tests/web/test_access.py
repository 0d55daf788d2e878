import pytest
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, path

from reviewapp.staff.models import User
from reviewapp.web.access import Access, access_of, key_with, may, public, stamped
from reviewapp.web.checks import unstamped
from tests.web import doors

pytestmark = [pytest.mark.urls("tests.web.doors"), pytest.mark.django_db]


class TestDoors:
    """Ada is an analyst. Lena leads. The page is for leads."""

    def test_open_to_who_has_the_permission(self, client: Client, lena: User) -> None:
        client.force_login(lena)

        assert client.get("/leads/").content == b"for leads"

    def test_refuse_who_lacks_it_with_a_page(self, client: Client, ada: User) -> None:
        client.force_login(ada)

        page = client.get("/leads/")

        assert page.status_code == 403
        assert "403.html" in [template.name for template in page.templates]

    def test_refuse_who_may_no_longer_sign_in(self, client: Client, lena: User) -> None:
        client.force_login(lena)
        User.objects.filter(pk=lena.pk).update(is_active=False)

        assert client.get("/leads/").status_code == 302

    def test_ask_a_stranger_to_sign_in_and_come_back(self, client: Client) -> None:
        page = client.get("/leads/?after=7")

        assert page.status_code == 302
        assert page["Location"] == "/staff/login/?next=/leads/%3Fafter%3D7"

    def test_send_the_whole_page_to_sign_in_when_a_fragment_is_asked_for(
        self, client: Client
    ) -> None:
        fragment = client.get(
            "/members/",
            headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/leads/?after=7"},
        )

        assert fragment.status_code == 200
        assert fragment["HX-Redirect"] == "/staff/login/?next=/leads/%3Fafter%3D7"
        assert b"members" not in fragment.content

    def test_open_to_anybody_where_a_reason_is_given(self, client: Client) -> None:
        assert client.get("/open/").content == b"open"

    def test_for_members_are_open_to_any_role(self, client: Client, omar: User) -> None:
        client.force_login(omar)

        assert client.get("/members/").content == b"for members"


class TestStamps:
    def test_are_on_every_url_of_the_house(self) -> None:
        assert unstamped(get_resolver("reviewapp.urls").url_patterns) == []

    def test_stop_the_start_where_one_is_missing(self) -> None:
        """The test's own house has one door without a stamp, and the check finds that one."""
        errors = [error for error in run_checks(tags=["urls"]) if error.id == "web.E001"]

        assert [error.msg for error in errors] == [
            "The view at /api/v1/forgotten does not say who may come in."
        ]

    def test_name_a_plain_view_without_one(self) -> None:
        def nude(request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        [error] = unstamped([path("nude/", nude)])

        assert "/nude/" in error.msg

    def test_are_put_on_views_of_others_where_they_are_mounted(
        self, client: Client, ada: User
    ) -> None:
        def theirs(request: HttpRequest) -> HttpResponse:
            return HttpResponse("theirs")

        [url] = stamped(may("configure"), [path("theirs/", theirs, name="theirs")])

        assert access_of(url.callback) == Access("may", "configure")
        assert url.name == "theirs"

    def test_say_what_they_ask(self) -> None:
        assert access_of(doors.leads_page) == Access("may", "lead_cases")
        assert access_of(doors.ParcelsDoor.as_view()) == Access("key", ("intake", "enforced"))

    @pytest.mark.parametrize(
        "mistake",
        [lambda: may("fly"), lambda: key_with("fly"), lambda: key_with(), lambda: public("")],
        ids=["permission", "scope", "no scope", "no reason"],
    )
    def test_cannot_ask_for_what_there_is_not(self, mistake: object) -> None:
        with pytest.raises(ValueError, match=r"scope|permission|reason"):
            mistake()  # type: ignore[operator]
