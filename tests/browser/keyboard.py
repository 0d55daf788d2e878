"""Keys as a hand presses them."""

from playwright.sync_api import Page


def press(page: Page, *keys: str) -> None:
    """Press `keys` one after another, once the page hears them: scripts run after it is drawn."""
    page.wait_for_load_state("domcontentloaded")
    for key in keys:
        page.keyboard.press(key)
