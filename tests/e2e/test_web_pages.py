"""Every page of the web app, in a real browser, on an installation that has a bit of everything."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, Visit, visit
from tests.support.seeded import FORGE, PASSWORD, READER, Seeded
from tests.support.stack import Stack
from tests.support.web_pages import PAGES, WebPage, routes

pytestmark = pytest.mark.usefixtures("seeded")

_CONTRAST = ("color-contrast", "link-in-text-block")
"""The rules that can find something in one theme alone."""

_ACTS = re.compile("^(Actions|Create|Edit|Delete|Freeze|Upload|Restart|Run|Stop|Roll|Remove|Move|Copy .* to)")
"""The names of buttons that change something begin so."""
_NONE_YET = "^404 GET /api/channels/.*/service-account$"
"""Whether a channel has one is not told otherwise."""


@pytest.fixture(scope="module")
def looking(browser: Browser, seeded_stack: Stack) -> Iterator[Visit]:
    """Return a window of the administrator's."""
    with visit(browser, seeded_stack.url, username="admin", password=seeded_stack.admin_password) as window:
        window.watch.allow(_NONE_YET)
        yield window


def test_every_page_of_the_app_is_looked_at() -> None:
    """One that is added has an example here, and one that goes away has none."""
    assert {page.route for page in PAGES} == set(routes())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_no_barrier_no_complaint_and_fits_a_phone(looking: Visit, seeded: Seeded, page: WebPage) -> None:
    """By all rules of axe-core, in light and in dark; without sideways scrolling; nothing in the console."""
    looking.show(size=DESKTOP, is_dark=False)
    looking.open(page.at(seeded))
    looking.settle()

    found = looking.barriers()
    looking.show(is_dark=True)
    found += [f"dark: {barrier}" for barrier in looking.barriers(_CONTRAST)]
    looking.show(size=PHONE)
    found += looking.sticks_out() + looking.watch.complaints()
    assert not found, "\n".join(found)


def test_a_reader_is_offered_nothing_that_changes_anything(browser: Browser, seeded_stack: Stack) -> None:
    """They see what they may see; the navigation has no places that they may not open."""
    with visit(browser, seeded_stack.url, username=READER, password=PASSWORD) as window:
        page = window.open(f"/channels/{FORGE}")
        window.settle()
        navigation = page.get_by_role("navigation", name="Main")
        expect(navigation.get_by_role("link", name="Channels")).to_be_visible()
        for hidden in ("Mirrors", "System"):
            expect(navigation.get_by_role("link", name=hidden)).to_have_count(0)
        for path in (f"/channels/{FORGE}", f"/channels/{FORGE}/packages", f"/channels/{FORGE}/changes", "/channels"):
            window.open(path)
            window.settle()
            expect(page.get_by_role("main").get_by_role("button", name=_ACTS)).to_have_count(0)

        window.open(f"/channels/{FORGE}/mirrors")
        page.get_by_role("button", name="Actions of community subset").click()
        offered = page.get_by_role("menuitem").all_inner_texts()
        assert offered == ["View details", "Download dependency report"]


@pytest.mark.parametrize("path", ["/system", "/people/users/bruno", "/people/roles", "/mirrors"])
def test_an_address_that_one_may_not_open_says_so(browser: Browser, seeded_stack: Stack, path: str) -> None:
    """In the server's words, with the frame around it."""
    with visit(browser, seeded_stack.url, username=READER, password=PASSWORD) as window:
        window.watch.allow("^403 GET /api/")
        page = window.open(path)

        expect(page.get_by_role("alert").first).to_contain_text("may not")
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_an_address_of_nothing_says_so(looking: Visit) -> None:
    """And leads back."""
    page = looking.open("/no/such/page")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("link", name="Go to the channels").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Channels")
