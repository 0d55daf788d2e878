"""How soon somebody at the console sees that they were heard, and what they asked for.

`python -m tests.browser.timings URL` signs in to a running demo as one of its analysts and takes
cases, looks closer on their timelines and decides them, by keyboard. It prints, for each, how long
after the key was pressed something on the page said so, and how long until the new content was
painted, in milliseconds: the median and the worst of the rounds, beside the aims.
"""

import argparse
import statistics
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.pictures import SignIn, sign_in

FEEDBACK_MS, CONTENT_MS = 100, 300

# Runs before any script of the page. `performance.timeOrigin` joins the clocks of two pages.
WATCH = """
(() => {
    const now = () => performance.timeOrigin + performance.now();
    const keep = (name, at) => sessionStorage.getItem(name) ?? sessionStorage.setItem(name, at);
    addEventListener("keydown", () => {
        sessionStorage.clear();
        keep("pressed", now());
        const heard = new MutationObserver(() => {
            heard.disconnect();
            requestAnimationFrame(() => keep("heard", now()));
        });
        heard.observe(document, { subtree: true, childList: true, attributes: true });
    }, true);
    const painted = () => requestAnimationFrame(() => setTimeout(() => keep("painted", now())));
    document.addEventListener("htmx:afterSettle", painted);
    new PerformanceObserver((list) => {
        const first = list.getEntriesByName("first-contentful-paint")[0];
        if (first) keep("painted", performance.timeOrigin + first.startTime);
    }).observe({ type: "paint", buffered: true });
})();
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, prog="python -m tests.browser.timings")
    asked.add_argument("url", help="where the demo runs, for example http://127.0.0.1:8000")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--email", default="ada@example.org")
    asked.add_argument("--password", default="a-demo-password")
    options = asked.parse_args()
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        state = sign_in(browser, options.url, SignIn(options.email, options.password))
        context = browser.new_context(
            base_url=options.url, storage_state=state, viewport={"width": 1280, "height": 800}
        )
        context.add_init_script(WATCH)
        page = context.new_page()
        for _ in range(options.rounds):
            work_a_case(page, taken)
        browser.close()
    for name, times in taken.items():
        say(name, times)


def work_a_case(page: Page, taken: dict[str, list[tuple[float, float]]]) -> None:
    page.goto("/", wait_until="networkidle")
    taken["claim"].append(press(page, "n", until=lambda: page.wait_for_selector("#decision")))
    page.wait_for_load_state("networkidle")
    for key in ("-", "+"):
        if page.locator(f'[data-key="{key}"]').count():
            taken["zoom"].append(press(page, key, until=lambda: page.wait_for_timeout(50)))
            page.wait_for_load_state("networkidle")
    for key in ("1", "9"):
        page.keyboard.press(key)
    page.get_by_label("For colleagues").fill("Timed by the clock.")
    page.keyboard.press("Escape")
    taken["decide"].append(
        press(page, "S", until=lambda: expect(page.locator("#decided")).to_be_visible())
    )


def press(page: Page, key: str, *, until: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds from the key to the first sign, and to the new content."""
    page.keyboard.press(key)
    until()
    # Asked again and again from here: the page's policy lets nobody else do it.
    while not page.evaluate("sessionStorage.getItem('painted')"):
        page.wait_for_timeout(20)
    pressed, heard, painted = (
        page.evaluate(f"Number(sessionStorage.getItem('{name}'))")
        for name in ("pressed", "heard", "painted")
    )
    # What was painted at once needed no other sign.
    return min(heard or painted, painted) - pressed, painted - pressed


def say(name: str, times: list[tuple[float, float]]) -> None:
    feedback, content = ([each[part] for each in times] for part in (0, 1))
    print(
        f"{name:8} {len(times):3} times  "
        f"feedback {statistics.median(feedback):6.0f} ms, worst {max(feedback):6.0f} "
        f"(aim {FEEDBACK_MS})  "
        f"content {statistics.median(content):6.0f} ms, worst {max(content):6.0f} "
        f"(aim {CONTENT_MS})"
    )


if __name__ == "__main__":
    main()
