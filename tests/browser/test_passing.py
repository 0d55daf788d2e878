"""A case passed on, and a note written, by keyboard; and without JavaScript."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from cases import claiming
from cases.enums import ReservedWhy
from cases.models import Case, Note
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.cases.factories import make_case

pytestmark = pytest.mark.django_db(transaction=True)


class TestPassingOn:
    """Ada holds a case and has begun to say why. Bo works the same queue."""

    @pytest.fixture(autouse=True)
    def _holding(self, ada: User, bo: User, enter: Callable[[User], None]) -> None:
        self.case = make_case(at=timezone.now())
        claiming.take(case=self.case, by=ada, now=timezone.now())
        self.url = f"/cases/{self.case.ref}/"
        enter(ada)

    def test_is_done_by_keyboard_alone(self, page: Page, bo: User) -> None:
        page.goto(self.url)
        press(page, "o")
        # What a key opens is gone into at once.
        expect(page.get_by_label("To", exact=True)).to_be_focused()
        page.keyboard.type("Bo")
        press(page, "Tab")
        page.keyboard.type("Reads Portuguese.")
        press(page, "Tab")
        press(page, "Enter")

        expect(page.get_by_text(f"{self.case.ref} is kept for Bo")).to_be_visible()
        kept = Case.objects.get(pk=self.case.pk)
        assert (kept.reserved_for, kept.reserved_why) == (bo, ReservedWhy.HANDED_OVER)

    def test_shuts_with_escape_and_one_choice_shuts_the_other(self, page: Page) -> None:
        page.goto(self.url)
        press(page, "q")
        expect(page.get_by_label("What has to be known")).to_be_visible()
        expect(page.get_by_label("Until the beginning of")).to_be_hidden()
        page.get_by_label("At the longest").select_option("date")
        expect(page.get_by_label("Until the beginning of")).to_be_visible()
        page.locator("[data-key=E]").click()
        expect(page.get_by_label("What has to be known")).to_be_hidden()
        press(page, "Escape")
        expect(page.get_by_label("What a lead should know")).to_be_hidden()
        expect(page.locator("[data-key=I]")).to_be_focused()
        press(page, "E")
        expect(page.get_by_label("What a lead should know")).to_be_visible()
        # Opened again it offers the choice anew: no field is there to swallow the next key.
        press(page, "Escape", "I")
        expect(page.locator("[data-key=I]")).to_be_focused()
        press(page, "q")
        expect(page.get_by_label("What has to be known")).to_be_focused()

    def test_sends_with_one_key_what_is_typed_and_decides_nothing(self, page: Page) -> None:
        page.goto(self.url)
        press(page, "E")
        page.keyboard.type("A lead should see this.")
        press(page, "Control+Enter")

        waits = page.get_by_role("region", name="Waits for others")
        expect(waits).to_contain_text(self.case.ref)
        passed = Case.objects.get(pk=self.case.pk)
        assert (passed.state, passed.decisions.count()) == ("ESCALATED", 0)

    def test_notes_without_leaving_the_page(self, page: Page) -> None:
        page.goto(self.url)
        press(page, "i")
        page.keyboard.type("Begun.")
        press(page, "Escape")
        press(page, "N")
        page.keyboard.type("Ask Bo.")
        press(page, "Tab")
        press(page, "Enter")

        expect(page.locator("#notes .note")).to_contain_text("Ask Bo.")
        expect(page.locator("#announcer")).to_contain_text("Noted.")
        expect(page.get_by_label("For colleagues")).to_have_value("Begun.")
        assert page.evaluate("document.activeElement.closest('#notes') !== null")
        assert Note.objects.get().case == self.case

    def test_needs_no_javascript(
        self, chromium: Browser, live_server: LiveServer, page: Page
    ) -> None:
        context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
        context.set_default_timeout(10_000)
        context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
        plain = context.new_page()
        plain.goto(self.url)
        plain.locator("summary", has_text="Pass on").click()
        plain.locator("summary", has_text="Escalate").click()
        plain.get_by_role("button", name="Escalate C-").click()
        expect(plain.get_by_text("Say why a lead should look.")).to_be_visible()
        plain.get_by_label("What a lead should know").fill("Known to the press.")
        plain.get_by_role("button", name="Escalate C-").click()

        expect(plain.get_by_text(f"{self.case.ref} is with the leads.")).to_be_visible()
        context.close()
