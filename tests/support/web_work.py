"""What people do in the web app, by what they read there: each a few clicks, with what is seen after them."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visit


def main_of(page: Page) -> Locator:
    """Return the part of the page that is not its frame."""
    return page.get_by_role("main")


def heading_is(page: Page, text: str) -> None:
    """See that a page is shown."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def create_channel(window: Visit, name: str) -> None:
    """Make a channel, and be led to it."""
    page = window.open("/channels")
    page.get_by_role("button", name="Create channel").click()
    dialog = page.get_by_role("dialog", name="Create channel")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Create channel").click()
    heading_is(page, name)


def act_on_channel(page: Page, act: str) -> None:
    """Choose an entry of the channel's menu, on one of its pages."""
    main_of(page).get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menu", name="Actions", exact=True).get_by_role("menuitem", name=act).click()


def freeze(page: Page) -> None:
    """Freeze the channel whose page is shown."""
    act_on_channel(page, "Freeze…")
    page.get_by_role("dialog").get_by_role("button", name="Freeze", exact=True).click()
    expect(main_of(page).get_by_text("Frozen", exact=True)).to_be_visible()


def unfreeze(page: Page) -> None:
    """Let the channel go on whose page is shown."""
    act_on_channel(page, "Unfreeze…")
    page.get_by_role("dialog").get_by_role("button", name="Unfreeze", exact=True).click()
    expect(main_of(page).get_by_text("Frozen", exact=True)).to_have_count(0)


def fill_in_mirror(page: Page, *, kind: str, source: str, name: str, mode: str) -> None:
    """Fill in the form of a new mirror, and wait until its source was tried."""
    page.get_by_role("radio", name=kind).check()
    page.get_by_label("Source address").fill(source)
    page.get_by_label("Name", exact=True).fill(name)
    expect(page.get_by_text(re.compile("^Such as"))).to_be_visible()
    page.get_by_role("radio", name=mode).check()


def create_mirror(page: Page, *, kind: str, source: str, name: str, mode: str = "Active") -> None:
    """Make a mirror in the channel whose page is shown, let it run, and be led to its page."""
    act_on_channel(page, "Create mirror")
    heading_is(page, "Create mirror")
    fill_in_mirror(page, kind=kind, source=source, name=name, mode=mode)
    page.get_by_role("button", name="Save & run").click()
    heading_is(page, name)


def state_is(page: Page, state: str) -> None:
    """Wait until the mirror whose page is shown is in a state, live."""
    expect(main_of(page).locator(".page-head").get_by_text(re.compile(f"^{state}$"))).to_be_visible()


def open_tab(page: Page, name: str) -> None:
    """Open one of a channel's tabs."""
    page.get_by_role("navigation", name=re.compile("^Channel ")).get_by_role("link", name=name).click()
