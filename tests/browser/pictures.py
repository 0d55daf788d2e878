"""Pictures of the console's pages, taken of a running demo.

`python -m tests.browser.pictures URL FOLDER` signs in as somebody of the demo, takes a case, and
saves every page 1280 pixels wide (the first screen) and 375 (the whole page), light and dark.
`--readme` also renews the README's picture.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from tests.browser.chromium import FLAGS, find_chromium

README_PICTURE = Path(__file__).parents[2] / "static" / "readme" / "case-light.png"
WIDE, NARROW = (1280, 800), (375, 812)
SCHEMES = ("light", "dark")
# How many cases of the list the preview of a bulk is of.
CHOSEN = 6


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who looks, as `manage.py demo` prints it."""

    email: str
    password: str


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, prog="python -m tests.browser.pictures")
    asked.add_argument("url", help="where the demo runs, for example http://127.0.0.1:8000")
    asked.add_argument("folder", type=Path, help="where the pictures go")
    asked.add_argument("--email", default="lena@example.org")
    asked.add_argument("--password", default="a-demo-password")
    asked.add_argument("--case", default="", help="the case to show; without it, the next one")
    asked.add_argument("--readme", action="store_true", help=f"also renew {README_PICTURE.name}")
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        state = sign_in(browser, options.url, SignIn(options.email, options.password))
        case = hold_a_case(browser, options.url, state, options.case)
        for width, height in (WIDE, NARROW):
            for scheme in SCHEMES:
                context = browser.new_context(
                    base_url=options.url,
                    storage_state=state,
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,  # type: ignore[arg-type]
                    reduced_motion="reduce",
                )
                take_all(context, options.folder, case, f"{width}-{scheme}", whole=width < 1000)
                if options.readme and (width, scheme) == (WIDE[0], "light"):
                    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
                    take(context.pages[0], case, README_PICTURE, whole=False)
                context.close()
        browser.close()


def sign_in(browser: Browser, url: str, who: SignIn) -> StorageState:
    """The cookies of somebody who came in by the front door."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/staff/login/")
    page.get_by_label("Email").fill(who.email)
    page.get_by_label("Password", exact=True).fill(who.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


def hold_a_case(browser: Browser, url: str, state: StorageState, ref: str) -> str:
    """The path of a case that whoever is signed in holds."""
    context = browser.new_context(base_url=url, storage_state=state)
    page = context.new_page()
    page.goto(f"/cases/{ref}/" if ref else "/")
    take_it = page.get_by_role("button", name="Take this case")
    if not ref:
        page.locator("[data-key=n]").first.click()
    elif take_it.count():
        take_it.click()
    expect(page.locator("#decision")).to_be_visible()
    path = page.url.removeprefix(url)
    context.close()
    return path


def take_all(
    context: BrowserContext, folder: Path, case: str, variant: str, *, whole: bool
) -> None:
    page = context.new_page()
    page.goto(case)
    account = page.locator(".person a.ref").first.get_attribute("href") or ""
    pages = {
        "home": "/",
        "queues": "/queues/",
        "case": case,
        "account": account,
        "approvals": "/approvals/",
        "bulks": "/bulks/",
        "clearings": "/clearings/",
        "preferences": "/preferences/",
        "settings": "/queues/settings/",
        "enforcements": "/enforcements/?show=all",
        "detectors": "/detectors/",
        "decisions": "/decisions/",
        "components": "/components/",
    }
    for name, path in pages.items():
        take(page, path, folder / f"{name}-{variant}.png", whole=whole)
    page.goto("/queues/")
    for box in page.locator("input[name=case]").all()[:CHOSEN]:
        box.check()
    page.get_by_role("button", name="Decide").first.click()
    page.locator("input[name=outcome][value=VIOLATION]").check()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"bulk-preview-{variant}.png", full_page=whole)


def take(page: Page, path: str, target: Path, *, whole: bool) -> None:
    page.goto(path, wait_until="networkidle")
    page.screenshot(path=target, full_page=whole)


if __name__ == "__main__":
    main()
