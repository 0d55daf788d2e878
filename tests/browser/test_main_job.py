"""The main job, by keyboard, in a real browser."""

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from cases import enforcing, notifying
from cases.models import Case, Claim
from cases.platform import FakePlatform
from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.browser.reading import ref_on
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db(transaction=True)


def work(platform: FakePlatform) -> None:
    """What the worker does when it is woken."""
    enforcing.deliver_due(platform=platform, clock=timezone.now)
    notifying.deliver_due(platform=platform, clock=timezone.now)


@pytest.fixture
def ada(db: None) -> User:
    return create_user(name="Ada", roles=["ANALYST"], password=PASSWORD)


class TestTheMainJob:
    """Ada signs in; two edge cases wait."""

    # The log's file is read from the replica.
    @pytest.mark.django_db(transaction=True, databases=["default", "replica"])
    def test_goes_from_signing_in_to_the_platform_and_the_log(
        self, page: Page, fed: World, ada: User, asha: User, signed_in: Callable[[User], Client]
    ) -> None:
        page.goto("/")
        assert "/staff/login/" in page.url
        page.get_by_label("Email").fill(ada.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Enter")
        expect(page.get_by_role("heading", name="Queues")).to_be_visible()

        press(page, "n")
        expect(page.get_by_role("heading", name="Why it is here")).to_be_visible()
        ref = ref_on(page)
        press(page, "j")
        press(page, "c")
        expect(page.locator("[data-cited-count]")).to_have_text("1 item cited")
        for key in ("2", "v", "t", "9"):
            press(page, key)
        expect(page.get_by_label("What the person is told")).not_to_have_value("")
        press(page, "m")
        page.keyboard.type("You wrote to many strangers.")
        press(page, "Escape")
        press(page, "i")
        page.keyboard.type("Bursts to strangers, no replies.")
        press(page, "Control+Enter")

        expect(page.get_by_text(f"{ref} is decided: temporary ban for 7 days.")).to_be_visible()
        assert ref_on(page) != ref
        assert Claim.objects.held(now=timezone.now()).get().case.ref == ref_on(page)

        platform = FakePlatform()
        work(platform)
        decided = Case.objects.get(ref=ref)
        account = decided.account.external_id
        assert [action for _, action in platform.standing[account]] == ["TEMPORARY_BAN"]
        assert "You wrote to many strangers." in platform.told[account][0]["text"]

        page.goto(f"/cases/{ref}/")
        expect(page.locator("#decided")).to_contain_text("Applied")
        expect(page.locator("#decided")).to_contain_text("Bursts to strangers, no replies.")
        answer = signed_in(asha).get("/decisions.csv")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        [row] = [row for row in csv.DictReader(StringIO(text)) if row["case"] == ref]
        assert (row["account"], row["action"]) == (decided.account.ref, "TEMPORARY_BAN")

    def test_is_drawn_anew_as_the_platform_answers(
        self, page: Page, fed: World, ada: User, enter: Callable[[User], None]
    ) -> None:
        enter(ada)
        page.goto("/")
        press(page, "n")
        expect(page.locator("#decision")).to_be_visible()
        for key in ("2", "v", "w", "9"):
            press(page, key)
        page.get_by_label("For colleagues").fill("A first time.")
        page.get_by_role("button", name="Decide", exact=True).click()
        expect(page.locator("#decided")).to_contain_text("Requested")

        work(FakePlatform())

        expect(page.locator("#decided")).to_contain_text("Applied")
        expect(page.locator("#decided[hx-get]")).to_have_count(0)

    def test_works_without_javascript(
        self, chromium: Browser, live_server: LiveServer, fed: World, ada: User
    ) -> None:
        context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Email").fill(ada.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Take the next case").click()
        ref = ref_on(page)
        page.get_by_role("link", name="Earlier").click()
        assert "from=" in page.url
        page.locator(".events__cite label").first.click()
        page.get_by_label("No violation").check()
        page.get_by_label("For colleagues").fill("An ordinary person.")
        page.get_by_label("High").check()
        page.get_by_role("button", name="Decide", exact=True).click()

        expect(page.locator("#decided")).to_contain_text("An ordinary person.")
        decided = Case.objects.get(ref=ref)
        assert decided.state == "DECIDED"
        assert decided.decisions.get().citations.exists()
        context.close()
