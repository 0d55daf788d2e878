"""How heavy the console's pages are, measured in a browser on a running demo.

`python -m tests.browser.weight URL` signs in as somebody of the demo, takes a case, and prints for
each page what a first visit transfers: everything, headers too, with nothing in the browser's
cache; and what a second visit transfers. The aim for the queue and the case page is 150 kB.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.pictures import SignIn, hold_a_case, sign_in

AIM_KB = 150
PAGES = ("/", "/queues/", "case", "account", "/enforcements/?show=all", "/decisions/")
AIMED_AT = ("/queues/", "case")


@dataclass
class Visit:
    """What one visit of a page transferred, in bytes, by kind of resource."""

    requests: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def kilobytes(self) -> float:
        return sum(self.kinds.values()) / 1000

    def __str__(self) -> str:
        kinds = ", ".join(
            f"{kind.lower()} {size / 1000:.1f}" for kind, size in sorted(self.kinds.items())
        )
        return f"{self.kilobytes:7.1f} kB in {self.requests:2d} requests ({kinds})"


class Scales:
    """Weighs what `page` transfers, as Chromium counts it on the wire."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.visit = Visit()
        self._kind: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def weigh(self, path: str) -> Visit:
        self.visit = Visit()
        self.page.goto(path, wait_until="networkidle")
        return self.visit

    def _answered(self, event: dict[str, Any]) -> None:
        self._kind[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        # What the browser had in its cache transfers nothing.
        if event["encodedDataLength"]:
            self.visit.requests += 1
            self.visit.kinds[self._kind.get(event["requestId"], "other")] += int(
                event["encodedDataLength"]
            )


def weigh_twice(browser: Browser, url: str, state: StorageState, path: str) -> tuple[Visit, Visit]:
    """A first visit with nothing in the cache, and a second."""
    context = browser.new_context(base_url=url, storage_state=state)
    scales = Scales(context.new_page())
    visits = scales.weigh(path), scales.weigh(path)
    context.close()
    return visits


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, prog="python -m tests.browser.weight")
    asked.add_argument("url", help="where the demo runs, for example http://127.0.0.1:8000")
    asked.add_argument("--email", default="lena@example.org")
    asked.add_argument("--password", default="a-demo-password")
    options = asked.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        state = sign_in(browser, options.url, SignIn(options.email, options.password))
        case = hold_a_case(browser, options.url, state, "")
        found = {"case": case, "account": account_of(browser, options.url, state, case)}
        for name in PAGES:
            first, again = weigh_twice(browser, options.url, state, found.get(name, name))
            aim = f" aim {AIM_KB} kB" if name in AIMED_AT else ""
            met = "" if not aim else " ok" if first.kilobytes <= AIM_KB else " MISSED"
            print(f"{name:24} first {first}{aim}{met}\n{'':24} again {again}")
        browser.close()


def account_of(browser: Browser, url: str, state: StorageState, case: str) -> str:
    context = browser.new_context(base_url=url, storage_state=state)
    page = context.new_page()
    page.goto(case)
    path = page.locator(".person a.ref").first.get_attribute("href") or ""
    context.close()
    return path


if __name__ == "__main__":
    main()
