"""What others do appears on an open page, and disturbs nobody who works on it."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from cases import claiming
from cases.models import Case, Claim
from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.browser.conftest import SETTLE
from tests.browser.keyboard import press
from tests.cases.factories import make_detection

pytestmark = pytest.mark.django_db(transaction=True)

THOUGHT = "Half a thought"
# The live part asks every three seconds.
SOON = 8_000


@pytest.fixture
def bos_page(chromium: Browser, live_server: LiveServer, bo: User) -> Iterator[Page]:
    """Another browser, in which Bo is signed in."""
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    client = Client()
    client.force_login(bo)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


class TestAPageThatIsOpen:
    """Ada has a case open."""

    @pytest.fixture(autouse=True)
    def _open(self, page: Page, fed: World, ada: User, enter: Callable[[User], None]) -> None:
        self.case = Case.objects.get(account__external_id=min(fed.people("slow_spammer")))
        enter(ada)

    def test_tells_of_a_detection_and_leaves_what_is_typed_alone(
        self, page: Page, ada: User, accessible: Callable[..., None]
    ) -> None:
        claiming.take(case=self.case, by=ada, now=timezone.now())
        page.goto(f"/cases/{self.case.ref}/")
        page.get_by_label("No violation").check()
        page.get_by_label("High").check()
        words = page.get_by_label("For colleagues")
        words.fill(THOUGHT)
        expect(page.locator("#decision-goes")).to_contain_text("Nothing is asked")
        page.evaluate("scrollTo(0, 120)")
        page.evaluate(SETTLE)
        scrolled = page.evaluate("scrollY")
        stood = page.locator("#decision").bounding_box()

        make_detection(account=self.case.account, case=self.case, detector="network-of-friends")
        Case.objects.filter(pk=self.case.pk).update(
            detection_count=self.case.detection_count + 1, version=self.case.version + 1
        )

        news = page.get_by_role("link", name="1 new detection")
        expect(news).to_be_visible(timeout=SOON)
        expect(page.locator("#announcer")).to_contain_text("1 new detection")
        expect(words).to_be_focused()
        expect(words).to_have_value(THOUGHT)
        assert page.evaluate("scrollY") == scrolled
        assert page.locator("#decision").bounding_box() == stood
        accessible(page)
        page.locator("body").press("Escape")
        press(page, "s")
        expect(page.locator("#why")).to_contain_text("network-of-friends")
        expect(news).to_have_count(0)
        # What was read is what the decision now knows.
        page.locator("button[value=stay]").click()
        expect(page.locator("#decided")).to_contain_text(THOUGHT)

    def test_shows_who_else_is_there_and_what_they_do(self, page: Page, bos_page: Page) -> None:
        for each in (page, bos_page):
            each.goto(f"/cases/{self.case.ref}/")
        expect(page.locator(".presence")).to_contain_text("Bo has it open", timeout=SOON)

        press(bos_page, "t")

        expect(page.get_by_role("heading", name="Held by Bo")).to_be_visible(timeout=SOON)
        expect(page.locator("#announcer")).to_contain_text("Held by Bo")
        bos_page.get_by_label("No violation").check()
        bos_page.get_by_label("For colleagues").fill("Harmless.")
        bos_page.get_by_label("High").check()
        bos_page.locator("button[value=stay]").click()
        expect(page.locator("#decided")).to_contain_text("Harmless.", timeout=SOON)

    def test_whose_case_went_to_somebody_else_keeps_what_was_typed(
        self, page: Page, bos_page: Page, ada: User, accessible: Callable[..., None]
    ) -> None:
        claiming.take(case=self.case, by=ada, now=timezone.now())
        page.goto(f"/cases/{self.case.ref}/")
        page.get_by_label("For colleagues").fill(THOUGHT)
        Claim.objects.filter(case=self.case).update(expires_at=timezone.now())

        bos_page.goto(f"/cases/{self.case.ref}/")
        press(bos_page, "t")

        told = "Bo holds this case now. What you typed is kept."
        expect(page.locator(".news")).to_have_text(told, timeout=SOON)
        expect(page.locator(".claim")).to_contain_text("lapsed")
        expect(page.get_by_label("For colleagues")).to_have_value(THOUGHT)
        expect(page.get_by_label("For colleagues")).to_be_focused()
        accessible(page)
        # Elsewhere and back: the form is gone, the words are not.
        page.goto("/")
        page.goto(f"/cases/{self.case.ref}/")
        kept = page.get_by_role("region", name="What you had typed")
        expect(kept).to_contain_text(THOUGHT)
        accessible(page)
        press(bos_page, "b")
        bos_page.get_by_label("Why", exact=True).select_option(index=1)
        bos_page.get_by_role("button", name=f"Give {self.case.ref} back").click()
        expect(page.get_by_role("button", name="Take this case")).to_be_visible(timeout=SOON)
        press(page, "t")
        expect(page.get_by_label("For colleagues")).to_have_value(THOUGHT)
        expect(kept).to_have_count(0)
