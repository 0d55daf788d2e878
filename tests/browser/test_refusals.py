"""What was typed is never lost, whatever refuses it."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases import claiming, deciding
from cases.models import Case, Claim
from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.browser.reading import ref_on
from tests.cases.factories import make_detection, verdict

pytestmark = pytest.mark.django_db(transaction=True)

THOUGHT = "Half a thought"


class TestADecision:
    """Ada holds a case and has typed half of a decision."""

    @pytest.fixture(autouse=True)
    def _typing(self, page: Page, fed: World, ada: User, enter: Callable[[User], None]) -> None:
        enter(ada)
        page.goto("/")
        press(page, "n")
        expect(page.locator("#decision")).to_be_visible()
        self.case = Case.objects.get(ref=ref_on(page))
        page.get_by_label("No violation").check()
        page.get_by_label("For colleagues").fill(THOUGHT)

    def expect_nothing_lost(self, page: Page) -> None:
        expect(page.get_by_label("For colleagues")).to_have_value(THOUGHT)
        expect(page.get_by_label("No violation")).to_be_checked()
        assert not self.case.decisions.exists()

    def test_with_something_missing_comes_back_with_an_error_beside_it(self, page: Page) -> None:
        press(page, "Control+Enter")

        expect(page.get_by_role("alert").first).to_contain_text("Not decided yet")
        expect(page.locator(".decision__sure .errorlist")).to_be_visible()
        self.expect_nothing_lost(page)

    def test_on_a_page_out_of_date_comes_back_and_can_be_sent_again(self, page: Page) -> None:
        page.get_by_label("High").check()
        make_detection(account=self.case.account, case=self.case, at=timezone.now())
        Case.objects.filter(pk=self.case.pk).update(version=self.case.version + 1)

        press(page, "Control+Enter")

        expect(page.locator("#decision").get_by_role("alert").first).to_be_visible()
        self.expect_nothing_lost(page)
        press(page, "Control+Enter")
        expect(page.get_by_text(f"{self.case.ref} is decided: no violation.")).to_be_visible()

    def test_after_the_hold_went_to_somebody_else_says_who_has_it(
        self, page: Page, bo: User
    ) -> None:
        page.get_by_label("High").check()
        self.lapse()
        claiming.take(case=self.case, by=bo, now=timezone.now())

        press(page, "Control+Enter")

        expect(page.get_by_role("heading", name="Held by Bo")).to_be_visible()
        self.expect_nothing_lost(page)

    def test_after_the_hold_ran_out_is_taken_when_nobody_else_has_it(self, page: Page) -> None:
        page.get_by_label("High").check()
        self.lapse()

        press(page, "Control+Enter")

        expect(page.get_by_text(f"{self.case.ref} is decided: no violation.")).to_be_visible()

    def test_after_somebody_elses_is_shown_to_be_copied(self, page: Page, bo: User) -> None:
        page.get_by_label("High").check()
        self.lapse()
        now = timezone.now()
        claiming.take(case=self.case, by=bo, now=now)
        deciding.decide(case=self.case, by=bo, at=now, **verdict(self.case))

        press(page, "Control+Enter")

        expect(page.locator("#decided")).to_contain_text("Bo")
        expect(page.get_by_role("region", name="What you had typed")).to_contain_text(THOUGHT)
        assert self.case.decisions.count() == 1

    def lapse(self) -> None:
        Claim.objects.filter(case=self.case).update(expires_at=timezone.now())
