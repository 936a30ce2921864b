"""Packages in the web app, in a real browser: found, put in, copied, taken out, let in again, and why not there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Visit, visit
from tests.support.conda_source import CondaSource
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

PARCELS, SHELF = "parcels", "shelf"
OWN = a_package("acme-etl", "1.4.0", license_name="LicenseRef-Acme")
KEPT = (a_package("alpha", "1.0"), a_package("alpha", "2.0"), a_package("beta-of-alpha", "1.0"))
LEFT_OUT = a_package("alpine", "3.0", license_name="GPL-3.0-only")


@pytest.fixture(scope="module")
def window(browser: Browser, stack: Stack, make_source: MakeSource) -> Iterator[Visit]:
    """Return a window of the administrator's, on a server with a mirrored channel and an empty one."""
    api = stack.api
    source = make_source([*KEPT, LEFT_OUT])
    for channel in (PARCELS, SHELF):
        api.create_channel(channel)
    mirror_id = api.create_mirror(PARCELS, source.url, filters={"exclude_licenses": ["GPL"]})
    api.wait_for_state(PARCELS, mirror_id, "completed")
    with visit(browser, stack.url, username="admin", password=stack.admin_password) as opened:
        yield opened


def rows(page: Page) -> list[str]:
    """Return what stands first in each row of the list."""
    return page.get_by_role("rowheader").all_inner_texts()


def test_a_package_is_found_as_one_types(window: Visit) -> None:
    """The slash leads to the search; what begins with the text comes first; the address can be shared."""
    page = window.open(f"/channels/{PARCELS}/packages")
    expect(page.get_by_role("rowheader")).to_have_text(["alpha", "beta-of-alpha"])

    page.keyboard.press("/")
    page.keyboard.type("alp")

    expect(page.get_by_role("link", name="1 more is not here: see why")).to_be_visible()
    assert rows(page) == ["alpha", "beta-of-alpha"]
    expect(page).to_have_url(f"{window.url}/ui/channels/{PARCELS}/packages?q=alp")
    window.settle()
    assert window.barriers() == []


def test_a_package_that_is_left_out_says_why(window: Visit) -> None:
    """From a search that finds nothing, over the list of what is not here, to the rule."""
    page = window.open(f"/channels/{PARCELS}/packages?q=alpine")

    page.get_by_role("link", name="See what is left out, and why").click()
    expect(page.get_by_role("row", name="alpine")).to_contain_text("1 file: license (the mirror's rules)")
    window.settle()
    assert window.barriers() == []
    window.watch.allow(f"^404 GET /api/channels/{PARCELS}/artifacts/conda/alpine$")
    page.get_by_role("link", name="alpine", exact=True).click()

    expect(page.get_by_role("heading", name="alpine")).to_be_visible()
    expect(page.get_by_role("row", name=LEFT_OUT.path)).to_contain_text("GPL-3.0-only")
    window.settle()
    assert window.barriers() == []


def test_a_file_is_told_with_all_that_is_known(window: Visit) -> None:
    """Its digest, its license, and a way to have it."""
    page = window.open(f"/channels/{PARCELS}/packages/conda/alpha")
    expect(page.get_by_role("main")).to_contain_text(f"-c {window.url}/api/repo/{PARCELS} alpha")

    page.get_by_role("button", name=KEPT[1].filename, exact=True).click()

    dialog = page.get_by_role("dialog", name=KEPT[1].filename)
    expect(dialog).to_contain_text(KEPT[1].sha256)
    window.settle()
    assert window.barriers() == []
    with page.expect_download() as begun:
        dialog.get_by_role("link", name="Download").click()
    assert Path(begun.value.path()).read_bytes() == KEPT[1].data
    dialog.get_by_role("button", name="Close").last.click()


def test_a_file_is_put_in_copied_and_taken_out(window: Visit, tmp_path: Path) -> None:
    """It shows as soon as the channel is published with it, without a look for it; what is no package is refused."""
    good, bad = tmp_path / OWN.filename, tmp_path / "broken-1.0-0.conda"
    good.write_bytes(OWN.data)
    bad.write_bytes(b"no package")
    page = window.open(f"/channels/{SHELF}/packages")
    page.get_by_role("button", name="Upload").first.click()
    window.watch.allow(f"^400 POST /api/channels/{SHELF}/artifacts$")

    page.get_by_label("Files to upload").set_input_files([bad, good])

    dialog = page.get_by_role("dialog", name="Upload files")
    expect(dialog.get_by_text("Taken as acme-etl 1.4.0")).to_be_visible()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert window.barriers() == []
    dialog.get_by_role("button", name="Close").last.click()
    page.get_by_role("link", name="acme-etl").click()
    page.get_by_role("checkbox", name=OWN.filename).check()
    page.get_by_role("button", name="Copy…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To channel").fill("nowhere")
    window.watch.allow(f"^409 PUT /api/channels/{SHELF}/artifacts/bulk$")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nowhere")
    dialog.get_by_label("To channel").fill(PARCELS)
    dialog.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("dialog", name="Copy 1 file")).to_contain_text("All of it is done")
    assert window.barriers() == []
    page.get_by_role("dialog").get_by_role("button", name="Done").click()

    window.watch.allow(f"^404 GET /api/channels/{SHELF}/artifacts/conda/acme-etl$")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_text(f"Channel {SHELF} does not show a package of this name.")).to_be_visible()
    window.open("/packages?q=acme")
    expect(page.get_by_role("row", name="acme-etl")).to_contain_text(PARCELS)


def test_what_was_taken_out_is_let_in_again(window: Visit) -> None:
    """Who took it out stands there; both show without a reload."""
    page = window.open(f"/channels/{PARCELS}/packages/conda/beta-of-alpha")
    window.watch.allow(f"^404 GET /api/channels/{PARCELS}/artifacts/conda/beta-of-alpha$")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("All of its files, by admin")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Done").click()

    page.get_by_role("button", name="Let in again").click()

    expect(page.get_by_role("heading", name="Install")).to_be_visible()
    expect(page.get_by_role("button", name="Let in again")).to_have_count(0)
