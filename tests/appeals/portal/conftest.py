"""Somebody banned for bulk messaging by Ada, whom the platform told; and their browser."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from appeals import challenging, linking
from cases import claiming, deciding, enforcing, notifying
from cases.models import Account, Enforcement
from cases.platform import FakePlatform
from tests.cases.factories import NOON, make_account, make_case, verdict

PHONE = "+919876500001"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def ban(ada, platform) -> Callable[..., Enforcement]:
    """Has Ada ban an account, and the platform do it and say so."""

    def ban(account: Account, **changed: Any) -> Enforcement:
        case = make_case(account=account)
        claiming.take(case=case, by=ada, now=NOON)
        terms = {"action": "TEMPORARY_BAN", "until": NOON + timedelta(days=7), **changed}
        decision = deciding.decide(case=case, by=ada, at=NOON, **verdict(case, **terms))
        enforcing.deliver_due(platform=platform, clock=lambda: NOON)
        notifying.deliver_due(platform=platform, clock=lambda: NOON)
        account.refresh_from_db()
        return decision.enforcements.get()

    return ban


@pytest.fixture
def account(db) -> Account:
    return make_account(external_id="wa-banned", phone=PHONE, locale="hi")


@pytest.fixture
def enforcement(ban, account) -> Enforcement:
    return ban(account)


@pytest.fixture
def browser() -> Client:
    """A browser that sends forms as they stand on the page, with what guards them."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def enter(browser, enforcement) -> Callable[..., HttpResponse]:
    """Comes in by the link in the notification, and answers the page that it leads to."""

    def enter(language: str = "en") -> HttpResponse:
        link = linking.link_to(enforcement, language=language)
        return browser.get(link.removeprefix("http://localhost:8000"), follow=True)

    return enter


@pytest.fixture
def enter_by_code(browser, platform) -> Callable[..., HttpResponse]:
    """Comes in by a code that is sent to the account, and answers the page that it leads to."""

    def enter(number: str = PHONE, language: str = "en") -> HttpResponse:
        browser.get(f"/review/{language}/")
        asked = send(browser, f"/review/{language}/", number=number)
        challenging.deliver_due(platform=platform, clock=lambda: NOON)
        (codes,) = platform.codes.values()
        return send(browser, asked.url, code=codes[-1], follow=True)

    return enter


def send(browser: Client, path: str, *, follow: bool = False, **fields: Any) -> HttpResponse:
    """Send a form of the page that was last seen, with its token."""
    token = browser.cookies["csrftoken"].value
    return browser.post(path, {"csrfmiddlewaretoken": token, **fields}, follow=follow)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()
