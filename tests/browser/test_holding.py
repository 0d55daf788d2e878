"""The hold on a case as its holder sees it, and the draft that goes with it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from cases import claiming
from cases.models import Case, Claim
from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def somebody_moves(page: Page, seconds: int) -> None:
    """Let so much time pass on the page, with a hand on the mouse."""
    page.mouse.move(200, 200)
    page.mouse.move(220, 220)
    page.clock.run_for(seconds * 1000)


def drafts(page: Page) -> list[str]:
    """The names of what the tab keeps."""
    names: list[str] = page.evaluate("Object.keys(sessionStorage)")
    return [name for name in names if "draft" in name]


class TestAHold:
    """Ada holds a case for forty seconds more."""

    @pytest.fixture(autouse=True)
    def _holding(self, page: Page, fed: World, ada: User, enter: Callable[[User], None]) -> None:
        now = timezone.now()
        self.case = claiming.take_next(by=ada, now=now).case
        Claim.objects.filter(case=self.case).update(expires_at=now + timedelta(seconds=40))
        enter(ada)
        page.clock.install(time=now)
        page.goto(f"/cases/{self.case.ref}/")

    def pill(self, page: Page) -> Locator:
        return page.locator(".claim")

    def expires_at(self) -> float:
        return Claim.objects.get(case=self.case, released_at=None).expires_at.timestamp()

    def test_is_counted_down_in_the_bar_and_warns_aloud(self, page: Page) -> None:
        expect(self.pill(page)).to_contain_text(self.case.ref)
        expect(self.pill(page)).to_contain_text("0:3")
        expect(page.locator("#announcer")).to_contain_text("runs out in")

    def test_is_renewed_while_somebody_is_at_the_page(self, page: Page) -> None:
        before = self.expires_at()

        somebody_moves(page, 31)

        expect(self.pill(page)).to_contain_text("14:")
        assert self.expires_at() > before + 600

    def test_lapses_when_nobody_is(self, page: Page) -> None:
        somebody_moves(page, 31)
        expect(self.pill(page)).to_contain_text("14:")
        renewed = self.expires_at()

        page.clock.run_for(16 * 60 * 1000)

        expect(self.pill(page)).to_contain_text("lapsed")
        assert self.expires_at() == renewed

    def test_that_somebody_else_has_now_says_so(self, page: Page, bo: User) -> None:
        Claim.objects.filter(case=self.case).update(expires_at=timezone.now())
        claiming.take(case=self.case, by=bo, now=timezone.now())

        somebody_moves(page, 31)

        expect(self.pill(page)).to_contain_text("lapsed")
        # The renewal or the live part says so, whichever asks first.
        expect(page.locator("#announcer")).to_contain_text(
            re.compile(rf"Bo holds (this case|{self.case.ref}) now\.")
        )

    def test_about_to_lapse_can_be_kept(self, page: Page, accessible: Callable[..., None]) -> None:
        toast = page.get_by_role("region", name="Your hold", exact=True)
        expect(toast).to_contain_text("runs out in 3")
        accessible(page)

        press(page, "Z")

        expect(self.pill(page)).to_contain_text("14:")
        expect(toast).to_be_hidden()

    def test_that_lapsed_is_taken_again_with_what_was_typed(self, page: Page) -> None:
        page.get_by_label("For colleagues").fill("Half a thought")
        Claim.objects.filter(case=self.case).update(expires_at=timezone.now())
        claiming.lapse(now=timezone.now())
        # The server does not get to renew it meanwhile.
        page.route("**/claim/renewal/", lambda route: route.fulfill(status=429))
        page.clock.run_for(29 * 1000)
        page.clock.run_for(29 * 1000)
        toast = page.get_by_role("region", name="Your hold", exact=True)
        expect(toast).to_contain_text("has run out. What you typed is kept.")
        expect(page.locator("#announcer")).to_contain_text("has run out")

        page.unroute("**/claim/renewal/")
        toast.get_by_role("button", name="Take it again").click()

        expect(self.pill(page)).to_contain_text("14:")
        expect(page.get_by_label("For colleagues")).to_have_value("Half a thought")
        assert self.expires_at() > timezone.now().timestamp() + 600

    def test_is_given_back_with_a_reason(self, page: Page) -> None:
        press(page, "b")
        page.get_by_label("Why", exact=True).select_option(index=1)
        page.get_by_role("button", name=f"Give {self.case.ref} back").click()

        expect(page.get_by_text(f"{self.case.ref} is back in its queue.")).to_be_visible()
        assert not Claim.objects.unreleased().exists()


class TestADraft:
    """Ada holds a case and types."""

    @pytest.fixture(autouse=True)
    def _typing(self, page: Page, fed: World, ada: User, enter: Callable[[User], None]) -> None:
        self.case = claiming.take_next(by=ada, now=timezone.now()).case
        enter(ada)
        page.goto(f"/cases/{self.case.ref}/")
        page.get_by_label("No violation").check()
        page.get_by_label("For colleagues").fill("Half a thought")
        page.locator(".events__cite label").first.click()

    def test_is_there_again_after_a_look_elsewhere(self, page: Page) -> None:
        page.goto("/")
        press(page, "n")

        expect(page.get_by_label("For colleagues")).to_have_value("Half a thought")
        expect(page.get_by_label("No violation")).to_be_checked()
        expect(page.locator("[data-cited-count]")).to_have_text("1 item cited")
        assert len(drafts(page)) == 1

    def test_is_gone_once_the_case_is_decided(self, page: Page) -> None:
        page.get_by_label("High").check()
        page.locator("button[value=stay]").click()
        expect(page.locator("#decided")).to_contain_text("Half a thought")

        assert drafts(page) == []
        assert Case.objects.get(ref=self.case.ref).is_settled

    def test_comes_back_with_whoever_signs_in_again(self, page: Page, ada: User, bo: User) -> None:
        for user, typed in ((ada, "Half a thought"), (bo, "")):
            user.set_password(PASSWORD)
            user.save()
            Session.objects.all().delete()
            # The live part asks, and the page goes to where one signs in.
            expect(page.get_by_label("Password", exact=True)).to_be_visible(timeout=8_000)
            page.get_by_label("Email").fill(user.email)
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            expect(page.locator("#why")).to_be_visible()
            if typed:
                expect(page.get_by_label("For colleagues")).to_have_value(typed)
        assert drafts(page) == []

    def test_does_not_outlive_signing_out(self, page: Page) -> None:
        page.locator(".bar__menu summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password", exact=True)).to_be_visible()

        assert drafts(page) == []
