"""What somebody does not have to see before they want to, and when to stop for a while."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cases.models import Preferences
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.cases import lives
from tests.cases.factories import make_account
from tests.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Pay me or else."


class TestWellness:
    """Ada looks at an account that somebody reported, with the message that they got."""

    def test_shows_what_people_wrote_only_when_it_is_asked_for(
        self, page: Page, ada: User, enter: Callable[[User], None], accessible: Callable[..., None]
    ) -> None:
        account = make_account()
        lives.tell([lives.item(account, "user.reported", NOON, messages=[WORDS])])
        enter(ada)
        page.goto(f"/accounts/{account.ref}/")
        page.locator(".events summary").click()
        assert WORDS not in page.content()
        accessible(page)

        page.locator(".veil").get_by_role("button", name="To decide this case").click()

        expect(page.locator(".veil--lifted")).to_be_focused()
        expect(page.locator(".veil--lifted")).to_contain_text(WORDS)
        accessible(page)

    def test_reminds_of_a_break_after_so_much_work_and_not_of_a_pause(
        self, page: Page, ada: User, enter: Callable[[User], None], accessible: Callable[..., None]
    ) -> None:
        Preferences.objects.create(user=ada, break_after=10)
        enter(ada)
        page.clock.install()
        page.goto("/preferences/")
        note = page.get_by_role("region", name="Time for a break")

        def work(minutes: int) -> None:
            for _ in range(minutes):
                page.clock.fast_forward(60_000)
                press(page, "Shift")

        work(9)
        page.clock.fast_forward(6 * 60_000)
        press(page, "Shift")
        work(9)
        expect(note).to_be_hidden()
        work(1)
        expect(note).to_contain_text("You have worked for 10 minutes.")
        accessible(page)
        note.get_by_role("button", name="Close").click()

        expect(note).to_be_hidden()
        page.goto("/")
        work(10)
        expect(note).to_be_visible()
