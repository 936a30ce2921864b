"""Channels in the web app, in a real browser: the list, how clients read one, who may, and what others do meanwhile."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from libs.client.client_lines import client_lines
from tests.support.browser import Visit, visit
from tests.support.stack import Stack

OPEN, CLOSED, OTHERS = "shop-open", "shop-closed", "shop-of-bea"
GROUP = "shopkeepers"
CLIENTS = {"Conda": "conda", "Python": "python_simple", "R": "CRAN"}


@pytest.fixture(scope="module")
def window(browser: Browser, stack: Stack) -> Iterator[Visit]:
    """Return a window of the administrator's, on a server with three channels, one of them somebody else's."""
    api = stack.api
    api.call("POST", "/users", {"username": "bea", "password": "correct horse battery"}, expect=201)
    api.call("POST", "/groups", {"name": GROUP}, expect=201)
    for name, privacy in ((OPEN, "public"), (CLOSED, "private"), (OTHERS, "public")):
        api.call("POST", "/channels", {"name": name, "privacy": privacy}, expect=201)
    api.call("PUT", f"/channels/{OTHERS}", {"owners": ["bea"]}, expect=200)
    with visit(browser, stack.url, username="admin", password=stack.admin_password) as opened:
        yield opened


def test_channels_are_searched_sorted_and_ones_own(window: Visit) -> None:
    """By the server, and in the address, so that it can be shared."""
    page = window.open("/channels")
    page.get_by_role("searchbox", name="Search channels").fill("shop")
    names = page.get_by_role("rowheader")
    expect(names).to_have_text([CLOSED, OTHERS, OPEN])

    page.get_by_role("button", name="Name", exact=True).click()
    expect(names).to_have_text([OPEN, OTHERS, CLOSED])
    page.get_by_label("Only mine").check()
    expect(names).to_have_text([OPEN, CLOSED])
    expect(page).to_have_url(f"{window.url}/ui/channels?q=shop&sort=-name&mine=1")


@pytest.mark.parametrize(("channel", "privacy"), [(OPEN, "public"), (CLOSED, "private")])
def test_clients_are_told_what_the_command_line_tells_them(window: Visit, channel: str, privacy: str) -> None:
    """Every command and address of a mirror's lines, for each type."""
    page = window.open(f"/channels/{channel}")
    card = page.get_by_role("region", name="Use this channel")
    for word, mirror_type in CLIENTS.items():
        card.get_by_role("button", name=word, exact=True).click()
        told = client_lines(window.url, channel=channel, mirror_type=mirror_type, privacy=privacy).splitlines()
        for line in told:
            if window.url.partition("://")[2] in line:
                expect(card).to_contain_text(line.strip())


def test_what_others_do_shows_by_itself(window: Visit, stack: Stack) -> None:
    """A freeze, new words, and in the end that the channel is gone."""
    stack.api.call("POST", "/channels", {"name": "shop-passing"}, expect=201)
    page = window.open("/channels/shop-passing")
    expect(page.get_by_text("No mirror fills this channel yet.")).to_be_visible()

    stack.api.call(
        "PUT", "/channels/shop-passing", {"indexing_behavior": "frozen", "description": "In flux"}, expect=200
    )
    expect(page.get_by_text("In flux")).to_be_visible()
    expect(page.get_by_text("Frozen", exact=True)).to_be_visible()

    window.watch.allow("^404 GET /api/channels/shop-passing")
    stack.api.call("DELETE", "/channels/shop-passing", expect=202)
    expect(page.get_by_role("heading", name="There is no channel shop-passing")).to_be_visible()
    page.get_by_role("link", name="Show all channels").click()
    expect(page.get_by_role("heading", name="Channels", exact=True)).to_be_visible()


def test_access_is_given_and_taken(window: Visit, stack: Stack) -> None:
    """To a group, and to a machine by the service account's token, which opens this channel alone."""
    window.watch.allow("^404 GET .*/service-account$", "^404 PUT .*/groups/nobody$")

    def what_opens(token: str) -> tuple[int, ...]:
        ask = [f"{stack.url}/api/channels/{name}" for name in (CLOSED, "admin")]
        return tuple(httpx.get(address, headers={"X-Auth": token}).status_code for address in ask)

    page = window.open(f"/channels/{CLOSED}/access")
    group = page.get_by_label("Group", exact=True)
    for name in ("nobody", GROUP):
        group.fill(name)
        page.get_by_role("button", name="Add group").click()
        if name == "nobody":
            expect(page.get_by_text("there is no group of this name")).to_be_visible()
    page.get_by_label(f"What {GROUP} may do").select_option("manage")
    page.get_by_role("button", name="Create service account").click()
    page.get_by_role("button", name="Create token").click()
    page.get_by_role("dialog").get_by_label("Name").fill("build farm")
    page.get_by_role("dialog").get_by_role("button", name="Create token").click()

    shown = page.get_by_role("dialog", name="The value of build farm")
    token = shown.get_by_label("Token", exact=True).inner_text()
    shown.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("row", name="build farm")).to_be_visible()
    groups = stack.api.call("GET", f"/channels/{CLOSED}/groups", expect=200)
    assert groups["items"] == [{"name": GROUP, "level": "manage"}]
    assert what_opens(token) == (200, 404)
    window.settle()
    assert window.barriers() == []

    page.get_by_role("button", name=f"Take {GROUP} off the channel").click()
    expect(page.get_by_text("No group has anything of its own here.")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Create service account")).to_be_visible()
    assert what_opens(token) == (401, 401)
