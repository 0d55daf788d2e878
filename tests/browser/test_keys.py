"""Single-letter keys: shown, off while somebody types, switched off or changed by who wants it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.browser.keyboard import press

pytestmark = pytest.mark.django_db(transaction=True)


class TestKeys:
    """Ada holds a case."""

    @pytest.fixture(autouse=True)
    def _holding(self, page: Page, fed: World, ada: User, enter: Callable[[User], None]) -> None:
        enter(ada)
        page.goto("/")
        press(page, "n")
        expect(page.locator("#decision")).to_be_visible()

    def test_are_letters_while_somebody_types(self, page: Page) -> None:
        press(page, "i")
        page.keyboard.type("2 vents")

        expect(page.get_by_label("For colleagues")).to_have_value("2 vents")
        expect(page.get_by_label("Violation", exact=False).first).not_to_be_checked()
        press(page, "Escape")
        press(page, "2")
        expect(page.locator("[name=outcome][value=VIOLATION]")).to_be_checked()

    def test_are_listed_under_a_key_of_their_own(self, page: Page) -> None:
        shown = {
            hint.get_attribute("data-key")
            for hint in page.locator("[data-key]:visible:not(dialog *)").all()
        }

        press(page, "?")

        dialog = page.get_by_role("dialog", name="Keys on this page")
        expect(dialog).to_be_visible()
        listed = set(dialog.locator("kbd").all_text_contents())
        assert shown <= listed
        press(page, "Escape")
        expect(dialog).to_be_hidden()

    def test_can_be_switched_off_for_good(self, page: Page) -> None:
        press(page, "?")
        page.get_by_label("Single-letter keys are on").uncheck()
        press(page, "Escape")
        page.reload()

        press(page, "2")

        expect(page.locator("[name=outcome][value=VIOLATION]")).not_to_be_checked()
        expect(page.locator("kbd.key").first).to_be_hidden()
        page.get_by_label("For colleagues").focus()
        press(page, "Control+Enter")
        expect(page.get_by_role("alert").first).to_contain_text("Not decided yet")

    def test_can_be_changed_for_good(self, page: Page) -> None:
        press(page, "?")
        page.get_by_role("button", name="No violation: 1").click()
        press(page, "z")
        expect(page.get_by_role("button", name="No violation: z")).to_be_visible()
        press(page, "Escape")
        page.reload()

        press(page, "1")
        expect(page.locator("[name=outcome][value=NO_VIOLATION]")).not_to_be_checked()
        press(page, "z")
        expect(page.locator("[name=outcome][value=NO_VIOLATION]")).to_be_checked()

    def test_tick_a_rule_and_stand_beside_it(self, page: Page) -> None:
        press(page, "2")
        first = page.locator("[name=clauses][data-key=v]")
        expect(first.locator("xpath=..").locator("kbd")).to_have_text("v")

        press(page, "v")

        expect(first).to_be_checked()

    def test_take_back_the_words_of_a_violation_with_it(self, page: Page) -> None:
        told = page.locator("#reason-shown")
        press(page, "2", "v", "t")
        expect(told).not_to_have_value("")

        press(page, "1")

        expect(told).to_have_value("")
        expect(told).to_be_hidden()
        press(page, "2")
        expect(told).not_to_have_value("")

    def test_open_what_the_platform_gets_within_the_form(self, page: Page) -> None:
        press(page, "2", "v", "t", "p")
        expect(page.locator("#decision-preview pre")).to_be_visible()

        body = page.locator(".decision__body")
        assert body.evaluate("each => each.scrollWidth <= each.clientWidth")
        expect(page.locator("#decision-preview pre")).to_be_in_viewport()
        expect(page.locator("#what-they-get > summary")).to_be_focused()

    def test_walk_the_timeline(self, page: Page) -> None:
        press(page, "0")
        expect(page.locator("[data-key='0']")).to_have_count(0)
        assert "from=" in page.url
        press(page, "+")
        expect(page.locator("[data-key='0']")).to_be_visible()
        press(page, "M")
        expect(page.locator(".timeline__lane--messaging")).to_have_count(0)
        expect(page.locator("#decision")).to_be_visible()

    def test_ask_what_for_before_they_reveal_somebody(self, page: Page) -> None:
        masked = page.locator(".person__number").inner_text()

        press(page, "r")
        page.get_by_role("button", name="To decide this case").click()

        expect(page.locator(".person__number")).not_to_have_text(masked)
        assert "•" not in page.locator(".person__number").inner_text()
