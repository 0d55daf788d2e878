"""Pages in a real headless Chromium, checked with axe.

They run where Chromium is and say so where it isn't; with REQUIRE_CHROMIUM=1 they fail there.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from reviewapp.demo.feeding import Feeder
from reviewapp.demo.world import World, build_world
from reviewapp.staff.keying import Issued
from reviewapp.staff.models import User
from tests.browser.chromium import FLAGS, find_chromium


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = find_chromium()
    if not found:
        if os.environ.get("REQUIRE_CHROMIUM"):
            pytest.fail("REQUIRE_CHROMIUM is set and there is no Chromium.")
        pytest.skip("There is no Chromium on this machine; install it to run the browser tests.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, and Django would take that for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()
        # While that loop runs, this thread has connections apart; they would be left open.
        connections.close_all()


@pytest.fixture
def context(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=live_server.url,
        viewport={"width": 1280, "height": 800},
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, live_server: LiveServer) -> Iterator[Page]:
    """A page that fails the test when a script does, when the browser refuses something, or when
    anything is asked of another host.
    """
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        # Refusals are answered with 4xx, which the browser reports and tests ask for.
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "status of 4" not in message.text
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((live_server.url, "data:", "blob:"))
            else complaints.append(f"asks another host: {request.url}")
        ),
    )
    yield page
    assert complaints == []


@pytest.fixture
def enter(context: BrowserContext, live_server: LiveServer) -> Callable[[User], None]:
    """Sign somebody in without the page, for tests that are not about signing in."""

    def sign_in(user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    return sign_in


# Two frames, for what changes to begin changing, and then until it has.
SETTLE = """
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() =>
        Promise.allSettled(
            document.getAnimations()
                .filter((one) => one.effect.getComputedTiming().endTime < 5000)
                .map((one) => one.finished)
        )
    ).then(() => null)
"""


@pytest.fixture(scope="session")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def accessible(axe: Axe) -> Callable[..., None]:
    """Fail where axe finds anything on the page, in either colour scheme.

    Only colours change with the scheme, so in the dark only they are looked at. `but` names
    rules that a page of somebody else's making breaks.
    """

    def look(page: Page, **options: Any) -> None:
        # A colour half-way from one scheme to the other is nobody's.
        page.evaluate(SETTLE)
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(axe.axe_script)
        asked = {"resultTypes": ["violations"], **options}
        found = AxeResults(page.evaluate("(options) => axe.run(document, options)", asked))
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    def check(page: Page, *, but: tuple[str, ...] = ()) -> None:
        look(page, preload=False, rules={name: {"enabled": False} for name in but})
        if "color-contrast" in but:
            return
        page.emulate_media(color_scheme="dark")
        look(page, runOnly=["color-contrast"], preload=False)
        page.emulate_media(color_scheme="light")

    return check


# A small world


@pytest.fixture(scope="package")
def world() -> World:
    return build_world(seed=7, until=timezone.now() - timedelta(minutes=5))


@pytest.fixture
def fed(live_server: LiveServer, key: Issued, world: World) -> World:
    """Three lives of the simulated messenger, sent through the API: two edge cases, of somebody
    who sends in bulk and of somebody who merely writes a lot, and one that automation banned.
    """
    chosen = {min(world.people(each)) for each in ("slow_spammer", "chatterer", "sprinter")}
    with Feeder(live_server.url, key.secret) as feeder:
        for what in ("accounts", "evidence", "detections"):
            name = "id" if what == "accounts" else "account"
            rows = [row for row in getattr(world, what) if row[name] in chosen]
            counts = feeder.send(what, rows)
            assert (counts.accepted, counts.rejected) == (len(rows), 0)
    return world
