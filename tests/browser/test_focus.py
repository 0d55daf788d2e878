"""What a part of the page leaves when another takes its place: the focus, and a word about it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases.models import Case
from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.browser.keyboard import press

pytestmark = pytest.mark.django_db(transaction=True)


class TestASwap:
    """Ada reads a case; the rows and the drawing come anew with each step."""

    @pytest.fixture(autouse=True)
    def _reading(self, page: Page, fed: World, ada: User, enter: Callable[[User], None]) -> None:
        enter(ada)
        case = Case.objects.get(account__external_id=min(fed.people("slow_spammer")))
        page.goto(f"/cases/{case.ref}/")
        press(page, "0")
        expect(page.locator("[data-key='0']")).to_have_count(0)

    def test_leaves_the_focus_on_the_control_that_asked_for_it(self, page: Page) -> None:
        before = page.url
        page.locator("[data-key='+']").focus()
        press(page, "Enter")
        page.wait_for_url(lambda url: url != before)

        expect(page.locator("[data-key='+']")).to_be_focused()

    def test_leaves_the_focus_on_a_heading_when_the_control_is_gone(self, page: Page) -> None:
        page.locator("[data-key='+']").focus()
        press(page, "Enter")
        page.locator("[data-key='0']").focus()
        press(page, "Enter")
        expect(page.locator("[data-key='0']")).to_have_count(0)

        expect(page.get_by_role("heading", name="Timeline")).to_be_focused()

    def test_is_told_to_who_only_hears_the_page(self, page: Page) -> None:
        expect(page.locator("#announcer")).not_to_have_text("")
        heard = page.locator("#announcer").inner_text()

        for part in page.locator("#happened [data-announce]").all():
            assert part.text_content().strip() in heard  # type: ignore[union-attr]
