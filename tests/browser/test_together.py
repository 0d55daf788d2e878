"""Many cases decided together, in a real browser: by keyboard alone, and without JavaScript."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from cases import bulking
from cases.models import Bulk, Case
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.cases.factories import make_case

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    """What the worker does when it is woken."""
    bulking.run_due(clock=timezone.now, grace=timedelta(seconds=30))


class TestDecidingTogether:
    """Four cases of one campaign wait; Ada looks at the list."""

    @pytest.fixture(autouse=True)
    def _cases(self, ada: User) -> None:
        now = timezone.now()
        self.cases = [make_case(at=now - timedelta(hours=number)) for number in range(4)]

    def states(self) -> list[str]:
        return sorted(Case.objects.values_list("state", flat=True))

    def test_goes_by_keyboard_alone(
        self, page: Page, ada: User, enter: Callable[[User], None]
    ) -> None:
        enter(ada)
        page.goto("/queues/")
        expect(page.locator("[data-selection]")).to_be_hidden()
        for key in ("j", "x", "j", "x", "j", "x", "k"):
            press(page, key)
        expect(page.locator("[data-selection-count]")).to_have_text("3")
        expect(page.locator("#announcer")).to_have_text("3 chosen")
        second = page.locator("[data-row]").nth(1)
        expect(second.locator("th a")).to_be_focused()

        press(page, "D")
        expect(page.get_by_role("heading", name="What it would do to 3 cases")).to_be_visible()
        for key in ("j", "o"):
            press(page, key)
        expect(page.get_by_role("heading", name="What it would do to 2 cases")).to_be_visible()
        expect(page.locator("[data-row]").first.locator("th a")).to_be_focused()
        for key in ("2", "v", "t", "9"):
            press(page, key)
        expect(page.locator("#bulk-impact")).to_contain_text("Accounts banned that are not now2")
        press(page, "i")
        page.keyboard.type("One campaign.")
        press(page, "Control+Enter")

        expect(page.get_by_role("heading", name="How far it is")).to_be_visible()
        work()
        expect(page.locator("#bulk-rows .tag").get_by_text("Decided", exact=True)).to_have_count(2)
        expect(page.locator("#bulk-rows")).to_contain_text("Left out")
        assert self.states() == ["DECIDED", "DECIDED", "OPEN", "OPEN"]

        press(page, "U")
        expect(page.locator("#bulk-state")).to_contain_text("Being undone")
        work()
        expect(page.locator("#bulk-rows .tag").get_by_text("Undone", exact=True)).to_have_count(2)
        assert self.states() == ["OPEN"] * 4

    def test_works_without_javascript(
        self, chromium: Browser, live_server: LiveServer, ada: User
    ) -> None:
        client = Client()
        client.force_login(ada)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
        context.set_default_timeout(10_000)
        context.add_cookies([{**cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto("/queues/")
        for case in self.cases[:3]:
            page.get_by_label(f"Choose {case.ref}").check()
        page.get_by_role("button", name="Decide together").click()
        page.get_by_label(f"Leave {self.cases[0].ref} out").check()
        page.get_by_label("No violation").check()
        page.get_by_label("For colleagues").fill("A family's new number.")
        page.get_by_label("High").check()
        page.get_by_role("button", name="Show what it would do").click()
        expect(page.get_by_role("heading", name="What it would do to 2 cases")).to_be_visible()
        page.get_by_role("button", name="Decide together").click()
        work()
        page.reload()
        expect(page.locator("#bulk-rows .tag").get_by_text("Decided", exact=True)).to_have_count(2)
        page.get_by_role("button", name="Undo all of it").click()
        work()

        assert Bulk.objects.get().state == "UNDONE"
        assert self.states() == ["OPEN"] * 4
        context.close()
