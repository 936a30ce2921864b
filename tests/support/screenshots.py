"""Pictures of every page, from a filled installation: what `./tain screenshots` runs.

The pictures go to `docs/screenshots`, and `docs/web.md` shows them.
The installation is made for them, with the same names and figures each time, and ends with them.
"""

import argparse
import base64
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from libs.client.docs.marks import Marks
from tests.support.browser import DESKTOP, PHONE, NoBrowser, Visit, running_browser, visit
from tests.support.real_data import ROOT
from tests.support.seeded import PASSWORD, Seeded, running_sources, seed
from tests.support.stack import running_stack
from tests.support.web_pages import PAGES, WebPage

FOLDER = ROOT / "docs" / "screenshots"
DOCUMENT = ROOT / "docs" / "web.md"
MARKS = Marks(source="tests/support/web_pages.py")

_WHO = "ada"
_QUALITY = 82


def pictures_of(page: WebPage) -> tuple[tuple[str, tuple[int, int], bool], ...]:
    """Return what is taken of a page: the file's name, the window's size, and whether it is dark."""
    shown = ((f"{page.name}.webp", DESKTOP, False), (f"{page.name}-dark.webp", DESKTOP, True))
    return (*shown, (f"{page.name}-phone.webp", PHONE, False)) if page.is_main else shown


def gallery() -> str:
    """Write the part of `docs/web.md` that shows the pages; readers get the theme that they have."""
    return "\n".join(_shown(page) for page in PAGES if page.is_pictured) + "\n"


def main() -> None:
    """Take the pictures, and put them into the document."""
    parser = argparse.ArgumentParser(
        prog="./tain screenshots", description="Take pictures of every page of the web app."
    )
    parser.add_argument(
        "--to", type=Path, default=FOLDER, metavar="FOLDER", help="where to put them (docs/screenshots)"
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="this page alone; may be repeated")
    asked = parser.parse_args()
    pages = [page for page in PAGES if page.is_pictured and (asked.only is None or page.name in asked.only)]
    if not pages:
        sys.exit(f"there is no such page; there are {', '.join(page.name for page in PAGES if page.is_pictured)}")
    asked.to.mkdir(parents=True, exist_ok=True)
    try:
        with running_browser() as browser, tempfile.TemporaryDirectory(prefix="tain-screenshots-") as folder:
            _take(pages, browser, to=asked.to, folder=Path(folder))
    except NoBrowser as missing:
        sys.exit(str(missing))
    DOCUMENT.write_text(MARKS.replace(DOCUMENT.read_text(encoding="utf-8"), gallery()), encoding="utf-8")


def _take(pages: list[WebPage], browser: Browser, *, to: Path, folder: Path) -> None:
    with running_stack(folder) as stack, running_sources() as sources:
        seeded = seed(stack.api, sources)
        with visit(browser, stack.url, username=_WHO, password=PASSWORD) as window:
            for page in pages:
                for name, size, is_dark in pictures_of(page):
                    window.show(size=size, is_dark=is_dark)
                    _open(window, page, seeded)
                    (to / name).write_bytes(_picture(window.page))
                sys.stderr.writelines(f"{line}\n" for line in (page.name, *window.watch.complaints()))


def _open(window: Visit, page: WebPage, seeded: Seeded) -> None:
    """Show a page as it is to be seen: read, filled in where it is a form, and with nothing moving."""
    window.open(page.at(seeded))
    window.settle()
    if page.name in _PREPARED:
        _PREPARED[page.name](window.page, seeded)
    # The heading has the focus, or a field; where it is must not depend on how one came here.
    window.page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    window.show()


def _try_source(page: Page, seeded: Seeded) -> None:
    """Let the form of a new mirror try a source."""
    page.get_by_label("Source address").fill(seeded.sources.conda.url)
    page.get_by_label("Name", exact=True).fill("research tools")
    expect(page.get_by_text("linux-64").first).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("complementary", name="Preview").get_by_text("Files", exact=True)).to_be_visible()


_PREPARED: Mapping[str, Callable[[Page, Seeded], None]] = {"mirror-new": _try_source}


def _picture(page: Page) -> bytes:
    """Take what the window shows as WebP, which Playwright's own call does not offer: a third of a PNG's size."""
    session = page.context.new_cdp_session(page)
    try:
        taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    finally:
        session.detach()
    return base64.b64decode(taken["data"])


def _shown(page: WebPage) -> str:
    source = f"screenshots/{page.name}"
    picture = f'<img src="{source}.webp" width="640" alt="{page.says}">'
    dark = f'<source media="(prefers-color-scheme: dark)" srcset="{source}-dark.webp">'
    phone = f'\n<img src="{source}-phone.webp" width="160" alt="The same on a phone.">' if page.is_main else ""
    return f"\n### `/ui{page.route}`\n\n{page.says}\n\n<picture>{dark}{picture}</picture>{phone}"


if __name__ == "__main__":
    main()
