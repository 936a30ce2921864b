"""What people wait for in the web app: its first view, and the packages of a large channel, in a real browser."""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, expect

from tests.benchmarks.measure import Row
from tests.support.browser import NoBrowser, Visit, running_browser, visit
from tests.support.conda_index import compressed
from tests.support.files_source import FilesSource
from tests.support.stack import Stack, running_stack
from tests.support.synthetic import repodata

_BENCHMARK = "web_app"
_CHANNEL = "large"
_TIMES = 7
_RUN_S = 600
_EMPTY = b'{"info":{"subdir":"noarch"},"packages":{},"packages.conda":{},"removed":[],"repodata_version":1}'


def measure(*, quick: bool) -> list[Row]:
    """Look at a channel of 600,000 files of 25,000 names (30,000 and 2,000 where it must be quick), several times.

    Every figure is the median, on a warm server, from the click to what one waits for on the
    screen. There is one row that says so where there is no browser.
    """
    records, names = (30_000, 2_000) if quick else (600_000, 25_000)
    try:
        with (
            running_browser() as browser,
            tempfile.TemporaryDirectory(prefix="tain-bench-") as folder,
            running_stack(Path(folder)) as stack,
        ):
            _fill(stack, records=records, names=names)
            return _look(browser, stack, records=records, names=names)
    except NoBrowser as missing:
        return [Row(benchmark=_BENCHMARK, who="Tain", step="not measured", seconds=0, note=str(missing))]


def _fill(stack: Stack, *, records: int, names: int) -> None:
    files = {
        "linux-64/repodata.json.zst": compressed(repodata(records=records, names=names, seed=7)),
        "noarch/repodata.json.zst": compressed(_EMPTY),
    }
    with closing(FilesSource(files, prefixes=("/large",))) as source:
        stack.api.create_channel(_CHANNEL)
        mirror_id = stack.api.create_mirror(_CHANNEL, source.url, filters={"subdirs": ["linux-64"]})
        if (state := stack.wait_for_run(_CHANNEL, mirror_id, within_s=_RUN_S)) != "completed":
            raise RuntimeError(f"the run ended {state}")


class _Look(NamedTuple):
    """What is measured: the time from `act` to what it waits for, after `prepare`."""

    step: str
    act: Callable[[Visit], None]
    prepare: Callable[[Visit], None] = lambda _: None
    note: str = ""


def _look(browser: Browser, stack: Stack, *, records: int, names: int) -> list[Row]:
    with visit(browser, stack.url, username="admin", password=stack.admin_password) as window:
        state = dict(window.page.context.storage_state())
        _first_view(window)
        _packages(window)
        name = _names(window.page).nth(9).inner_text()
    fresh = _Look(step="channels, nothing kept", act=_first_view)
    looks = (
        _Look(step="channels, loaded anew", act=_first_view),
        _Look(step="packages, loaded anew", act=_packages, note=f"{records:,} files of {names:,} names"),
        _Look(
            step="search as one types",
            prepare=_packages,
            act=lambda window: _search(window.page, name),
            note="0.2 s of it wait for more",
        ),
        _Look(step="to the end of the list", prepare=_packages, act=lambda window: _scroll(window.page)),
    )
    seconds = {fresh: [_taken(browser, stack, state, fresh, times=1)[0] for _ in range(_TIMES)]}
    seconds |= {look: _taken(browser, stack, state, look, times=_TIMES) for look in looks}
    return [
        Row(
            benchmark=_BENCHMARK,
            who="Tain",
            step=look.step,
            seconds=median(taken),
            note=look.note,
        )
        for look, taken in seconds.items()
    ]


def _taken(browser: Browser, stack: Stack, state: Mapping[str, object], look: _Look, *, times: int) -> list[float]:
    """Return how long a look took, each time in one browser that had kept nothing before the first."""
    taken: list[float] = []
    with visit(browser, stack.url, storage_state=state) as window:
        for _ in range(times):
            look.prepare(window)
            began = time.perf_counter()
            look.act(window)
            taken.append(time.perf_counter() - began)
    return taken


def _first_view(window: Visit) -> None:
    expect(window.open("/channels").get_by_role("row", name=_CHANNEL)).to_be_visible()


def _packages(window: Visit) -> None:
    expect(_names(window.open(f"/channels/{_CHANNEL}/packages")).first).to_be_visible()


def _search(page: Page, name: str) -> None:
    page.get_by_role("searchbox").first.fill(name)
    expect(_names(page).first).to_have_text(name)


def _scroll(page: Page) -> None:
    frame = page.locator(".table-frame.long")
    last = frame.get_by_role("table").get_attribute("aria-rowcount")
    frame.evaluate("it => it.scrollTo(0, it.scrollHeight)")
    expect(frame.locator(f'tr[aria-rowindex="{last}"] th')).to_be_visible()


def _names(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("rowheader")
