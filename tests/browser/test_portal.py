"""The public pages in a browser without JavaScript, on a phone, in each language."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from appeals import asking, challenging
from appeals import claiming as holding
from appeals.models import Appeal, Challenge
from appeals.portal.words import LANGUAGES, say
from cases import claiming, deciding, enforcing, notifying
from cases.models import Account
from cases.platform import FakePlatform
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.appeals.screening.files import picture
from tests.browser.weight import Scales
from tests.cases.factories import make_account, make_case, make_enforcement, verdict
from tests.factories import create_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PHONE = "+919876500001"
HEAVIEST_KB = 40
WORDS = {
    "en": "All of them are my customers.",
    "hi": "ये सब मेरे ग्राहक हैं।",
    "pt": "Todas são clientes minhas.",
    "es": "Todas son clientas mías.",
}


@pytest.fixture
def noor(db: None) -> User:
    return create_user(name="Noor", roles=[Role.APPEALS])


@pytest.fixture
def account(db: None) -> Account:
    return make_account(external_id="wa-1", phone=PHONE, locale="hi")


@pytest.fixture
def platform(ada: User, account: Account, live_server: LiveServer, settings) -> FakePlatform:
    """It has banned the account for a week, and told its owner so."""
    settings.PUBLIC_URL = live_server.url
    at = timezone.now() - timedelta(hours=1)
    case = make_case(account=account, at=at)
    claiming.take(case=case, by=ada, now=at)
    terms = {"action": "TEMPORARY_BAN", "until": at + timedelta(days=7)}
    deciding.decide(case=case, by=ada, at=at, **verdict(case, **terms))
    platform = FakePlatform()
    enforcing.deliver_due(platform=platform, clock=lambda: at)
    notifying.deliver_due(platform=platform, clock=lambda: at)
    return platform


@pytest.fixture
def phone(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=live_server.url,
        viewport={"width": 375, "height": 812},
        java_script_enabled=False,
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def looked_at(chromium: Browser, live_server: LiveServer, accessible) -> Callable[..., None]:
    """Looks at a page of `phone`: its width there, its weight on a first visit, and axe."""

    def look(page: Page) -> None:
        # Nothing runs off the side of a phone.
        box = page.locator("main").bounding_box()
        assert box is not None
        assert box["width"] <= 375
        widest = page.locator("body").evaluate("(body) => body.scrollWidth")
        assert widest <= 375, page.url
        state = page.context.storage_state()
        context = chromium.new_context(base_url=live_server.url, storage_state=state)
        fresh = context.new_page()
        weight = Scales(fresh).weigh(page.url)
        assert 0 < weight.kilobytes <= HEAVIEST_KB, f"{page.url}: {weight}"
        accessible(fresh)
        context.close()

    return look


@pytest.mark.parametrize("language", LANGUAGES)
class TestSomebodyBanned:
    def test_is_heard_from_the_link_to_the_answer(
        self, phone: BrowserContext, platform: FakePlatform, noor: User, looked_at, language: str
    ) -> None:
        """By the link in the message: asks for a review with a picture, is asked, answers."""
        (told,) = platform.told["wa-1"]
        page = phone.new_page()

        page.goto(told["link"].replace("/review/en/", f"/review/{language}/"))
        assert "/links/" not in page.url
        expect(page.locator("html")).to_have_attribute("lang", language)
        looked_at(page)

        page.get_by_label(say(language, "grounds.RECIPIENTS_CONSENTED")).check()
        page.get_by_label(say(language, "text.head"), exact=True).fill(WORDS[language])
        page.get_by_label(say(language, "files.head")).set_input_files(
            [{"name": "shop.png", "mimeType": "image/png", "buffer": picture("PNG")}]
        )
        page.get_by_role("button", name=say(language, "decision.button")).click()
        appeal = Appeal.objects.select_related("account").get()
        assert page.url.endswith(f"/review/{language}/tickets/{appeal.ref}/?filed")
        expect(page.get_by_text(say(language, "ticket.number", ref=appeal.ref))).to_be_visible()
        expect(page.get_by_text(WORDS[language])).to_be_visible()
        expect(page.get_by_text("shop.png")).to_be_visible()
        looked_at(page)

        holding.take(ticket=appeal, by=noor, at=timezone.now())
        asking.ask(ticket=appeal, by=noor, text="Who are they?", at=timezone.now())
        page.reload()
        expect(page.get_by_text("Who are they?").first).to_be_visible()
        looked_at(page)
        page.get_by_label(say(language, "text.answer")).fill("Shops in Pune.")
        page.get_by_role("button", name=say(language, "ticket.answer_button")).click()
        expect(page.get_by_text(say(language, "done.answered"))).to_be_visible()
        assert appeal.statements.count() == 3

        page.get_by_role("link", name=say(language, "withdrawal.link")).click()
        looked_at(page)
        page.get_by_role("button", name=say(language, "withdrawal.button")).click()
        expect(page.get_by_text(say(language, "states.WITHDRAWN"))).to_be_visible()

        page.get_by_role("button", name=say(language, "page.leave")).click()
        expect(page.get_by_text(say(language, "entrance.left"))).to_be_visible()
        page.go_back()
        page.reload()
        expect(page.get_by_text(say(language, "problems.away.title"))).to_be_visible()
        looked_at(page)

    def test_comes_in_by_a_code_and_is_told_what_is_wrong(
        self, phone: BrowserContext, platform: FakePlatform, account: Account, looked_at,
        language: str,
    ) -> None:  # fmt: skip
        account.refresh_from_db()
        make_enforcement(account=account, action="RATE_LIMIT")
        page = phone.new_page()

        page.goto(f"/review/{language}/")
        looked_at(page)
        page.get_by_label(say(language, "entrance.field")).fill("+91 98765 00001")
        page.get_by_role("button", name=say(language, "entrance.button")).click()
        looked_at(page)
        page.get_by_label(say(language, "code.field"), exact=True).fill("0000 0000")
        page.get_by_role("button", name=say(language, "code.button")).click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(say(language, "refused.wrong-code", count=4))

        challenging.deliver_due(platform=platform, clock=timezone.now)
        assert platform.codes["wa-1"] == [Challenge.objects.get().code()]
        page.get_by_label(say(language, "code.field"), exact=True).fill(platform.codes["wa-1"][0])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "decisions.title"))
        looked_at(page)

        page.get_by_role("main").get_by_role("link").last.click()
        page.get_by_label(say(language, "text.head"), exact=True).fill("x" * 6000)
        page.get_by_role("button", name=say(language, "decision.button")).click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.get_by_label(say(language, "text.head"), exact=True).input_value() == "x" * 6000

    def test_changes_the_language_without_losing_the_way(
        self, phone: BrowserContext, platform: FakePlatform, language: str
    ) -> None:
        (told,) = platform.told["wa-1"]
        page = phone.new_page()
        page.goto(told["link"])
        begun = page.url

        if f"/review/{language}/" not in begun:
            page.locator(f"a[hreflang={language}]").click()

        assert page.url == begun.replace("/review/en/", f"/review/{language}/")
        expect(page.locator("legend")).to_have_text(say(language, "ground.head"))
