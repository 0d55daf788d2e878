"""Every page: accessible in both schemes, no wider than a telephone, nothing refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from appeals import claiming as holding
from appeals import complying, resolving
from appeals.models import Grievance, Letter, Order
from cases import claiming, deciding, enforcing, saving
from cases.clearing import Terms
from cases.delivering import Answer
from cases.models import Account, Case, Clearing, Presence, Queue
from cases.platform import FakePlatform
from reviewapp.demo.world import World
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance, make_order
from tests.browser.keyboard import press
from tests.cases import secondlook
from tests.cases.factories import make_case, verdict
from tests.factories import create_user

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Office:
    """A case in every state, something that failed, and something that did not stand."""

    free: Case
    mine: Case
    theirs: Case
    decided: Case
    undone: Case
    banned: Account
    cleared: Clearing
    # A grievance and an order that Lena holds, and one of each that is closed.
    grievances: tuple[Grievance, Grievance]
    orders: tuple[Order, Order]

    @property
    def pages(self) -> list[str]:
        queue = Queue.objects.get(slug="automation-and-bulk")
        return [
            "/",
            "/queues/",
            "/queues/?country=ZZ",
            "/clearings/",
            "/preferences/",
            f"/clearings/{self.cleared.pk}/",
            f"/cases/{self.cleared.decision.case.ref}/",
            f"/accounts/{self.cleared.account.ref}/",
            "/queues/?age=under-1d&order=newest",
            "/queues/?alone=on",
            "/queues/?q=nobody",
            "/queues/saved/",
            f"/cases/{self.free.ref}/priority/",
            *(f"/cases/{each.ref}/" for each in (self.free, self.mine, self.theirs)),
            *(f"/cases/{each.ref}/" for each in (self.decided, self.undone)),
            f"/accounts/{self.undone.account.ref}/",
            f"/accounts/{self.free.account.ref}/",
            f"/accounts/{self.banned.ref}/",
            f"/search/?q={self.free.account.phone()[1:]}",
            "/search/?q=nobody",
            "/enforcements/",
            "/enforcements/?show=all",
            "/enforcements/?show=told",
            "/detectors/",
            "/decisions/",
            "/decisions/?kind=all",
            "/staff/password/change/",
            "/nowhere/",
            f"/queues/{queue.slug}/",
            "/queues/settings/",
            f"/queues/{queue.slug}/settings/",
            "/queues/routing/",
            "/queues/routing/rules/",
            "/queues/routing/rules/1/",
            f"/cases/{self.theirs.ref}/assignment/",
            f"/cases/{self.free.ref}/queue/",
            *(f"/cases/{self.mine.ref}/{page}/" for page in ("question", "merging", "notes")),
            "/grievances/",
            *(f"/grievances/{each.ref}/" for each in self.grievances),
            "/orders/",
            "/orders/new/",
            *(f"/orders/{each.ref}/" for each in self.orders),
            "/letters/",
            "/letters/?show=all",
            "/clocks/",
        ]


@pytest.fixture
def lena(db: None) -> User:
    """Somebody who may see every page."""
    return create_user(name="Lena", roles=["LEAD", "ANALYST", "ADMIN", "GRIEVANCE_OFFICER"])


@pytest.fixture
def office(fed: World, lena: User, bo: User) -> Office:
    now = timezone.now()
    free, mine = Case.objects.open().order_by("opened_at", "id")
    theirs, decided, failed = (make_case(at=now) for _ in range(3))
    claiming.take(case=mine, by=lena, now=now)
    claiming.take(case=theirs, by=bo, now=now)
    Presence.objects.create(case=free, user=bo, seen_at=now + timedelta(minutes=10))
    for name, query in (("New ones", "age=under-1d&order=newest"), ("Old ones", "age=over-7d")):
        saving.save(owner=lena, name=name, query=query, shared=name == "Old ones", at=now)
    for case, answers in ((decided, []), (failed, [Answer(status=422, text="no such account")])):
        claiming.take(case=case, by=lena, now=now)
        deciding.decide(case=case, by=lena, at=now, **verdict(case))
        enforcing.deliver_due(platform=FakePlatform(answers=answers), clock=timezone.now)
    harmless = make_case(at=now)
    claiming.take(case=harmless, by=lena, now=now)
    found = {"outcome": "NO_VIOLATION", "action": "", "clauses": [], "reason": ""}
    terms = Terms("BULK", now + timedelta(days=30), 0.15, "A tiffin service.")
    deciding.decide(case=harmless, by=lena, at=now, **verdict(harmless, **found), clears=terms)
    undone = make_case(at=now)
    again = secondlook.decide(undone.account, lena, case=undone, at=now)
    secondlook.work(FakePlatform(), now)
    secondlook.overturn(again, bo, at=timezone.now())
    banned = Account.objects.get(external_id=min(fed.people("sprinter")))
    return Office(
        free,
        mine,
        theirs,
        decided,
        undone,
        banned,
        Clearing.objects.get(),
        *at_the_desk(lena, banned, now),
    )


def at_the_desk(
    lena: User, banned: Account, now: datetime
) -> tuple[tuple[Grievance, Grievance], tuple[Order, Order]]:
    """A grievance and an order that Lena holds, one of each that she has closed, a lost letter."""
    asked, helped = (
        make_grievance(at=now - timedelta(days=days), account=banned, contact="meena@example.org")
        for days in (1, 2)
    )
    ordered, complied = (
        make_order(at=now - timedelta(hours=hours), account=banned) for hours in (1, 40)
    )
    for ticket in (asked, helped, ordered, complied):
        holding.take(ticket=ticket, by=lena, at=now)
    answer = resolving.Answer(resolution="SUPPORT_GIVEN", reason="Update the app.", locale="en")
    resolving.resolve(grievance=helped, by=lena, at=now, seen_version=1, answer=answer)
    complying.comply(order=complied, by=lena, at=now, seen_version=1, how="Sent by courier.")
    Letter.objects.update(state="BOUNCED", due_at=None, detail="It came back, with status 5.1.1.")
    return (asked, helped), (ordered, complied)


def fits_a_telephone(page: Page) -> None:
    """Fail where the page, shown 375 px wide, is wider than that."""
    desk = page.viewport_size
    page.set_viewport_size({"width": 375, "height": 812})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375, f"{page.url} is {width} px wide"
    page.set_viewport_size(desk)


class TestEveryPage:
    """Lena may see them all. She holds a case, Bo another; one is decided; one order failed."""

    def test_is_accessible_in_both_schemes_and_fits_a_telephone(
        self,
        page: Page,
        office: Office,
        lena: User,
        enter: Callable[[User], None],
        accessible: Callable[..., None],
    ) -> None:
        for path in ("/staff/login/", "/staff/password/reset/"):
            page.goto(path)
            accessible(page)
            fits_a_telephone(page)
        enter(lena)
        for path in office.pages:
            page.goto(path)
            accessible(page)
            fits_a_telephone(page)

    def test_is_accessible_with_its_panels_open(
        self,
        page: Page,
        office: Office,
        lena: User,
        enter: Callable[[User], None],
        accessible: Callable[..., None],
    ) -> None:
        enter(lena)
        page.goto(f"/cases/{office.mine.ref}/")
        for key in ("y", "r", "V", "h", "2"):
            press(page, key)
        press(page, "Control+Enter")
        expect(page.get_by_role("alert").first).to_be_visible()
        press(page, "q")
        page.locator(".events details summary").first.click()
        accessible(page)
        press(page, "?")
        accessible(page)

    def test_is_accessible_to_those_it_refuses(
        self,
        page: Page,
        bo: User,
        enter: Callable[[User], None],
        accessible: Callable[..., None],
    ) -> None:
        enter(bo)
        page.goto("/admin/")
        expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
        accessible(page)

    def test_of_somebody_elses_making_is_accessible_too(
        self,
        page: Page,
        lena: User,
        enter: Callable[[User], None],
        accessible: Callable[..., None],
    ) -> None:
        enter(lena)
        for path in ("/admin/", "/admin/cases/policyclause/add/?code=BULK_MESSAGING"):
            page.goto(path)
            accessible(page)
        page.goto("/api/docs/")
        expect(page.locator(".opblock").last).to_be_visible()
        # Swagger UI's own: badges of white on light green, h1 followed by h3, buttons within the
        # button of each call, a choice of servers without a name, words outside its main.
        broken = ("color-contrast", "heading-order", "nested-interactive", "select-name", "region")
        accessible(page, but=broken)

    def test_asks_nothing_of_the_browser_that_others_could_abuse(
        self, live_server: LiveServer
    ) -> None:
        policy = httpx.get(f"{live_server.url}/staff/login/").headers["content-security-policy"]

        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert "default-src 'none'" in policy


class TestTheCasePage:
    """Ada looks at the first screen of a case, 1280 by 800."""

    def test_shows_all_that_a_decision_needs_without_scrolling(
        self,
        page: Page,
        office: Office,
        lena: User,
        enter: Callable[[User], None],
        settings: Any,
    ) -> None:
        # As it is installed, with the words on until when it can be undone.
        settings.UNDO_SECONDS = 30
        enter(lena)
        page.goto(f"/cases/{office.mine.ref}/")

        for what in (
            ".person__number",
            ".person .tag",
            "#why-title",
            ".detection .gauge",
            ".timeline__strip",
            ".timeline__lane--handling",
            ".events__row",
            "#decision [name=outcome]",
            "#decision [name=confidence]",
            "#decision .button--main",
        ):
            expect(page.locator(what).first).to_be_in_viewport(ratio=1)

    def test_shows_an_ordinary_person_for_what_they_are(
        self, page: Page, fed: World, lena: User, enter: Callable[[User], None]
    ) -> None:
        """Somebody who writes a lot, to few."""
        case = Case.objects.get(account__external_id=min(fed.people("chatterer")))
        enter(lena)
        page.goto(f"/cases/{case.ref}/")

        fact = page.locator(".person .facts")
        expect(fact).to_contain_text("only ")
        expect(fact).to_contain_text("wrote back")
        expect(fact).to_be_in_viewport(ratio=1)


class TestTheBar:
    """Lena holds three cases."""

    def test_shows_one_hold_and_how_many_there_are_besides(
        self, page: Page, lena: User, enter: Callable[[User], None]
    ) -> None:
        now = timezone.now()
        cases = [make_case(at=now) for _ in range(3)]
        for minutes, case in enumerate(cases):
            claiming.take(case=case, by=lena, now=now - timedelta(minutes=3 - minutes))
        enter(lena)

        page.goto("/")
        expect(page.locator(".claim")).to_contain_text(cases[0].ref)
        # The case that is looked at is the one whose time is counted.
        page.goto(f"/cases/{cases[2].ref}/")
        expect(page.locator(".claim")).to_contain_text(cases[2].ref)

        expect(page.get_by_role("link", name="+2 more held by you")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
