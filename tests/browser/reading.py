"""What tests read off a page."""

from playwright.sync_api import Page


def ref_on(page: Page) -> str:
    """The ref of the case that the page shows, from its address."""
    return page.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
