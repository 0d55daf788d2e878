"""Coming in to the public pages, by a link or by a code, and what others learn meanwhile."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appeals import challenging, linking
from appeals.models import Challenge
from appeals.portal.words import LANGUAGES, say
from tests.appeals.portal.conftest import PHONE, send, text_of
from tests.cases.factories import NOON, make_account

pytestmark = pytest.mark.django_db


def path_of(link: str) -> str:
    return link.removeprefix("http://localhost:8000")


class TestTheDoor:
    def test_leads_to_the_language_that_somebody_prefers(self, browser) -> None:
        response = browser.get("/review/", headers={"Accept-Language": "hi-IN,en;q=0.5"})

        assert (response.status_code, response.url) == (302, "/review/hi/")
        assert "Accept-Language" in response["Vary"]

    def test_leads_to_the_language_of_a_link(self, browser) -> None:
        response = browser.get("/review/?lang=es", headers={"Accept-Language": "hi"})

        assert response.url == "/review/es/"

    @pytest.mark.parametrize("path", ["/review/xx/", "/review/en-GB/decisions/", "/review/a/b/c"])
    def test_leads_there_from_languages_that_it_does_not_speak(self, browser, path) -> None:
        assert browser.get(path).url == "/review/en/"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_in_each_language_that_there_is_nothing(self, browser, language) -> None:
        response = browser.get(f"/review/{language}/nowhere/at/all")

        assert response.status_code == 404
        assert say(language, "problems.missing.title") in text_of(response)


class TestEveryPage:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_its_language_and_offers_the_others(self, browser, language) -> None:
        page = text_of(browser.get(f"/review/{language}/"))

        assert f'<html lang="{language}">' in page
        others = set(re.findall(r'hreflang="(\w+)"', page))
        assert others == set(LANGUAGES) - {language}

    def test_is_kept_by_nobody_and_found_by_no_search(self, enter) -> None:
        response = enter()

        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert 'name="robots" content="noindex, nofollow"' in text_of(response)

    def test_has_no_script_and_knows_no_staff(self, browser, signed_in, ada) -> None:
        staff = signed_in(ada)

        page = text_of(staff.get("/review/en/"))

        assert "<script" not in page
        assert "Ada" not in page
        assert "sessionid" not in browser.get("/review/en/").cookies

    def test_opens_nothing_at_the_console(self, browser, enter) -> None:
        enter()

        for path in ("/", "/queues/", "/appeals/", "/api/v1/labels"):
            assert browser.get(path).status_code in (302, 401, 404)


class TestALink:
    def test_leads_to_its_decision_and_stays_in_no_address(self, browser, enforcement) -> None:
        link = linking.link_to(enforcement, language="pt")

        response = browser.get(path_of(link))

        assert response.url == f"/review/pt/decisions/{enforcement.ref}/"
        assert response["Referrer-Policy"] == "no-referrer"
        assert browser.get(response.url).status_code == 200

    def test_gives_a_cookie_for_these_pages_alone_and_for_a_while(self, browser, enforcement):
        browser.get(path_of(linking.link_to(enforcement, language="en")))

        cookie = browser.cookies["review"]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/review/", True, "Lax")
        assert cookie["max-age"] == 2 * 60 * 60

    def test_is_used_as_often_as_wanted(self, browser, enforcement) -> None:
        path = path_of(linking.link_to(enforcement, language="en"))

        assert {browser.get(path).status_code for _ in range(3)} == {302}

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_that_is_forged_says_so(self, browser, enforcement, language) -> None:
        path = path_of(linking.link_to(enforcement, language=language))

        response = browser.get(path.rstrip("/") + "x/")

        assert response.status_code == 404
        assert say(language, "problems.forged.title") in text_of(response)
        assert "review" not in browser.cookies

    @pytest.mark.parametrize("token", ["%00", "%2e%2e", "<script>", "E-1.", "é" * 500, "%ff"])
    def test_may_be_anything_and_is_answered(self, browser, token) -> None:
        response = browser.get(f"/review/en/links/{token}/")

        assert response.status_code in (400, 404)
        assert "<script>" not in text_of(response)

    def test_that_is_over_says_so(self, browser, enforcement) -> None:
        with time_machine.travel(NOON + timedelta(days=190), tick=False):
            response = browser.get(path_of(linking.link_to(enforcement, language="es")))

        assert response.status_code == 410
        assert say("es", "problems.expired.title") in text_of(response)
        assert "review" not in browser.cookies


class TestACode:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_leads_to_what_was_decided(self, enforcement, enter_by_code, language) -> None:
        page = enter_by_code(language=language)

        assert page.request["PATH_INFO"] == f"/review/{language}/decisions/{enforcement.ref}/"

    def test_is_asked_for_again_where_it_is_wrong(self, browser, enforcement) -> None:
        browser.get("/review/en/")
        path = send(browser, "/review/en/", number=PHONE).url

        response = send(browser, path, code="0000 0000")

        assert response.status_code == 422
        assert say("en", "refused.wrong-code", count=4) in text_of(response)

    def test_is_over_after_five_wrong_ones(self, browser, enforcement) -> None:
        browser.get("/review/hi/")
        path = send(browser, "/review/hi/", number=PHONE).url
        right = Challenge.objects.get().code()
        for _ in range(5):
            page = send(browser, path, code="0000 0000")

        assert say("hi", "refused.too-many-tries", minutes=15) in text_of(page)
        assert 'name="code"' not in text_of(page)
        assert send(browser, path, code=right).status_code == 422
        again = send(browser, "/review/hi/", number=PHONE)
        assert say("hi", "refused.too-many-codes", minutes=15) in text_of(again)

    def test_is_used_once(self, browser, enforcement, enter_by_code) -> None:
        enter_by_code()
        challenge = Challenge.objects.get()
        path = f"/review/en/codes/{challenge.pk}/"

        response = send(browser, path, code=challenge.code())

        assert say("en", "refused.code-used") in text_of(response)

    def test_is_good_for_ten_minutes(self, browser, enforcement) -> None:
        browser.get("/review/en/")
        path = send(browser, "/review/en/", number=PHONE).url
        with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
            response = send(browser, path, code=Challenge.objects.get().code())

        assert say("en", "refused.code-expired") in text_of(response)

    def test_that_was_never_asked_for_is_as_one_that_is_over(self, browser) -> None:
        browser.get("/review/en/")

        response = send(browser, f"/review/en/codes/{uuid4()}/", code="12345678")

        assert say("en", "refused.code-expired") in text_of(response)

    @pytest.mark.parametrize(
        ("number", "code"),
        [("", "no-number"), ("   ", "no-number"), ("9" * 5000, "number-too-long")],
    )
    def test_needs_a_number_that_could_be_one(self, browser, number, code) -> None:
        browser.get("/review/en/")

        response = send(browser, "/review/en/", number=number)

        assert response.status_code == 422
        assert say("en", f"refused.{code}") in text_of(response)

    def test_is_not_asked_for_without_end(self, browser) -> None:
        browser.get("/review/en/")
        for _ in range(4):
            send(browser, "/review/en/", number=PHONE)

        response = send(browser, "/review/en/", number=PHONE)

        assert response.status_code == 429
        assert say("en", "refused.too-many-codes", minutes=60) in text_of(response)


class TestEnumeration:
    """What is answered is the same, byte for byte, whatever is behind a number."""

    @pytest.fixture
    def numbers(self, enforcement) -> dict[str, str]:
        make_account(external_id="wa-unbanned", phone="+919876500002")
        return {"unknown": "+919876500003", "unbanned": "+919876500002", "banned": PHONE}

    def tour(self, number: str, platform) -> list[tuple[str, object]]:
        """All that somebody sees who tries a number: asking, waiting, five wrong codes, again."""
        browser = Client(enforce_csrf_checks=True)
        steps = []

        def note(response) -> None:
            headers = {name: value for name, value in response.headers.items() if name != "Vary"}
            steps.append(plain(f"{response.status_code} {headers} {text_of(response)}"))

        note(browser.get("/review/en/"))
        asked, queries = watched(lambda: send(browser, "/review/en/", number=number))
        note(asked)
        steps.append(queries)
        challenging.deliver_due(platform=platform, clock=lambda: NOON)
        note(browser.get(asked.url))
        for _ in range(6):
            tried, queries = watched(lambda: send(browser, asked.url, code="00000000"))
            note(tried)
            steps.append(queries)
        note(send(browser, "/review/en/", number=number))
        return steps

    def test_is_impossible(self, numbers, platform) -> None:
        tours = {what: self.tour(number, platform) for what, number in numbers.items()}

        # What was typed comes back to whoever typed it.
        for what, steps in tours.items():
            tours[what] = [str(step).replace(numbers[what], "#") for step in steps]
        assert len(platform.codes) == 1, "only one of them was sent anything"
        assert tours["unknown"] == tours["unbanned"]
        assert tours["unknown"] == tours["banned"]


def watched(action) -> tuple[object, list[str]]:
    with CaptureQueriesContext(connection) as captured:
        answer = action()
    return answer, [
        re.sub(r"'[^']*'|\b\d+\b|\\x[0-9a-f]+|\bs\d+_x\d+", "?", each["sql"])
        for each in captured.captured_queries
    ]


def plain(answer: str) -> str:
    """An answer without its nonces: the form's token, the request's and the challenge's ids."""
    answer = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "token", answer)
    answer = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "challenge", answer)
    return re.sub(r"'X-Request-ID': '\w+'", "request", answer)


class TestComingFromNowhere:
    """Without a visit nothing is shown, whatever is asked for."""

    @pytest.mark.parametrize(
        "path", ["decisions/", "decisions/{ref}/", "tickets/AP-000000/", "tickets/AP-0/withdrawal/"]
    )
    def test_is_told_how_to_come_in(self, browser, enforcement, path) -> None:
        response = browser.get("/review/en/" + path.format(ref=enforcement.ref))

        assert response.status_code == 403
        assert say("en", "problems.away.title") in text_of(response)

    def test_keeps_what_somebody_wrote_too_slowly(self, browser, enter, enforcement) -> None:
        enter()
        words = "Everything that happened, at length. <b>"
        with time_machine.travel(NOON + timedelta(hours=2, seconds=1), tick=False):
            response = send(
                browser, f"/review/en/decisions/{enforcement.ref}/", ground="", text=words
            )

        assert response.status_code == 403
        assert "Everything that happened, at length. &lt;b&gt;" in text_of(response)

    def test_is_no_matter_of_time_while_pages_are_opened(self, browser, enter, enforcement):
        enter()
        path = f"/review/en/decisions/{enforcement.ref}/"
        for hour in range(1, 6):
            with time_machine.travel(NOON + timedelta(hours=hour), tick=False):
                assert browser.get(path).status_code == 200

    @pytest.mark.parametrize("change", [lambda v: v + "x", lambda v: "", lambda v: v.upper()])
    def test_is_what_a_forged_cookie_comes_from(self, browser, enter, enforcement, change):
        enter()
        browser.cookies["review"] = change(browser.cookies["review"].value)

        assert browser.get(f"/review/en/decisions/{enforcement.ref}/").status_code == 403

    def test_is_where_somebody_is_who_left(self, browser, enter, enforcement) -> None:
        enter("hi")

        left = send(browser, "/review/hi/leaving/", follow=True)

        assert say("hi", "entrance.left") in text_of(left)
        assert browser.get(f"/review/hi/decisions/{enforcement.ref}/").status_code == 403

    def test_is_where_the_owner_of_an_erased_account_is(self, browser, enter, enforcement) -> None:
        enter()
        type(enforcement.account).objects.update(wrapped_key=b"")

        assert browser.get(f"/review/en/decisions/{enforcement.ref}/").status_code == 403


class TestAForm:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_of_another_site_is_refused_in_the_visitors_language(
        self, browser, enter, enforcement, language
    ) -> None:
        enter(language)
        path = f"/review/{language}/decisions/{enforcement.ref}/"

        response = browser.post(path, {"text": "Not mine."})

        assert response.status_code == 403
        assert say(language, "problems.cookies.title") in text_of(response)
        assert enforcement.account.appeals.count() == 0

    def test_that_is_too_large_is_refused_unread(self, browser, enter, enforcement) -> None:
        enter()
        path = f"/review/en/decisions/{enforcement.ref}/"

        response = browser.generic(
            "POST", path, b"x", content_type="multipart/form-data; boundary=x",
            CONTENT_LENGTH=str(50_000_000),
        )  # fmt: skip

        assert response.status_code == 413
        assert say("en", "problems.large.title") in text_of(response)

    def test_with_more_files_than_anybody_has_is_refused(self, browser, enter, enforcement):
        from django.core.files.uploadedfile import SimpleUploadedFile

        enter()
        files = [SimpleUploadedFile(f"{each}.txt", b"x") for each in range(200)]

        response = send(browser, f"/review/en/decisions/{enforcement.ref}/", files=files)

        assert response.status_code == 400
        assert say("en", "problems.large.title") in text_of(response)
