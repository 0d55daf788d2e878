"""A day at the console by keyboard alone: nothing is clicked, and nothing but keys is pressed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from cases import enforcing
from cases.models import Case, Decision, Queue
from cases.platform import FakePlatform
from reviewapp.demo.world import World
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.browser.keyboard import press
from tests.browser.reading import ref_on
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(db: None) -> User:
    return create_user(name="Ada", roles=["ANALYST"], password=PASSWORD)


@pytest.fixture(autouse=True)
def _as_installed(settings: Any) -> None:
    settings.UNDO_SECONDS = 30


def sign_in(page: Page, user: User) -> None:
    """By keyboard, from wherever the page leads somebody it does not know."""
    page.goto("/")
    for words in (user.email, PASSWORD):
        reach(page, "Email" if words == user.email else "Password")
        page.keyboard.type(words)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()


def reach(page: Page, label: str) -> None:
    """Go on with the tabulator until the field called so has the focus."""
    field = page.get_by_label(label, exact=True)
    for _ in range(40):
        if field.evaluate("field => field === document.activeElement"):
            return
        press(page, "Tab")
    pytest.fail(f"{label} can't be reached by keyboard.")


def toast(page: Page) -> Locator:
    """What was just done; a hold that is about to run out is said in another."""
    return page.get_by_role("region", name="Just done")


def say_why(page: Page, words: str) -> None:
    press(page, "i")
    page.keyboard.type(words)
    press(page, "Escape")


class TestADay:
    """Ada signs in; edge cases wait."""

    def test_takes_looks_cites_decides_undoes_and_decides_again(
        self, page: Page, fed: World, ada: User
    ) -> None:
        sign_in(page, ada)
        press(page, "n")
        expect(page.locator("#decision")).to_be_visible()
        ref = ref_on(page)

        part = page.locator(".timeline__part [data-announce]")
        shown = part.inner_text()
        press(page, "-")
        expect(part).not_to_have_text(shown)
        # The last one counts, however soon it follows.
        press(page, "+", "0")
        expect(page.locator(".timeline__controls [data-key='0']")).to_have_count(0)
        press(page, "j", "c")
        expect(page.locator("[data-cited-count]")).to_have_text("1 item cited")

        press(page, "2", "v", "t", "9")
        say_why(page, "Bursts to strangers, no replies.")
        press(page, "Control+Enter")
        expect(toast(page)).to_contain_text(f"{ref} is decided: temporary ban for 7 days.")
        assert ref_on(page) != ref

        press(page, "U")
        expect(page.get_by_text("is withdrawn. Nobody has heard of it.")).to_be_visible()
        assert ref_on(page) == ref
        press(page, "1", "9")
        say_why(page, "On second thoughts: their customers.")
        press(page, "Control+Enter")
        expect(toast(page)).to_contain_text(f"{ref} is decided: no violation.")
        expect(page.locator("#decision")).to_be_visible()
        assert ref_on(page) != ref

        decided = Case.objects.get(ref=ref)
        assert [each.outcome for each in decided.decisions.order_by("decided_at")] == [
            "VIOLATION", "NO_VIOLATION",
        ]  # fmt: skip
        assert LedgerEntry.objects.filter(kind="decision.withdrawn", case_ref=ref).count() == 1
        platform = FakePlatform()
        later = timezone.now() + timedelta(minutes=1)
        enforcing.deliver_due(platform=platform, clock=lambda: later)
        assert not platform.standing.get(decided.account.external_id)

    def test_has_a_second_person_look_at_what_is_grave(
        self,
        page: Page,
        chromium: Browser,
        live_server: LiveServer,
        fed: World,
        ada: User,
    ) -> None:
        Queue.objects.update(approval_actions=["PERMANENT_BAN"])
        lena = create_user(name="Lena", roles=["LEAD", "ANALYST"], password=PASSWORD)
        sign_in(page, ada)
        press(page, "n")
        expect(page.locator("#decision")).to_be_visible()
        ref = ref_on(page)
        press(page, "2", "v", "e", "9")
        say_why(page, "A campaign.")
        press(page, "S")
        expect(page.get_by_role("heading", name="Waits for a second person")).to_be_visible()

        context = chromium.new_context(base_url=live_server.url)
        context.set_default_timeout(10_000)
        theirs = context.new_page()
        sign_in(theirs, lena)
        theirs.goto("/approvals/")
        press(theirs, "n")
        expect(theirs.get_by_role("heading", name="Why it is here")).to_be_visible()
        assert ref_on(theirs) == ref
        say_why(theirs, "Say which messages.")
        press(theirs, "B")
        expect(theirs.get_by_text("is back with Ada")).to_be_visible()

        page.goto("/")
        press(page, "n")
        expect(page.get_by_text("Say which messages.").first).to_be_visible()
        press(page, "j", "c", "S")
        expect(page.get_by_role("heading", name="Waits for a second person")).to_be_visible()
        theirs.goto("/approvals/")
        press(theirs, "n")
        expect(theirs.locator("#approval")).to_be_visible()
        press(theirs, "P")
        expect(theirs.get_by_text("Ada, approved by Lena")).to_be_visible()
        context.close()

        decision = Decision.objects.get(case__ref=ref)
        assert (decision.decided_by, decision.approved_by) == (ada, lena)
