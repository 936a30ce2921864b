"""The whole stack, started once for all end-to-end tests; its log stands under a failed one."""

import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import NoBrowser, Visit, check_browser, running_browser
from tests.support.conda_source import CondaSource
from tests.support.real_data import REAL_DATA, has_real_data
from tests.support.seeded import Seeded, running_sources, seed
from tests.support.stack import Stack, running_stack

collect_ignore = [] if has_real_data() else ["test_real_channels.py"]

_LOG_LINES = 40

MakeSource = Callable[..., CondaSource]


@pytest.fixture(scope="session")
def file_source_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the stack may read file:// sources from."""
    return tmp_path_factory.mktemp("file-sources")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, file_source_folder: Path) -> Iterator[Stack]:
    """Return the running stack."""
    folders = (file_source_folder, REAL_DATA) if has_real_data() else (file_source_folder,)
    with running_stack(tmp_path_factory.mktemp("stack"), file_sources=folders) as running:
        yield running


@pytest.fixture(scope="session")
def wary_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a stack with little patience, for sources that mean harm; also another Tain, for copies of channels."""
    settings = {"TAIN_INDEX_LIMIT_MB": "4", "TAIN_READ_TIMEOUT_S": "2"}
    with running_stack(tmp_path_factory.mktemp("wary-stack"), settings=settings) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> None:
    """Skip what needs a browser where there is none, before a stack is started for it."""
    try:
        check_browser()
    except NoBrowser as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def seeded_stack(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a stack of which only what `seeded` makes is there."""
    del chromium
    with running_stack(tmp_path_factory.mktemp("seeded-stack")) as running:
        yield running


@pytest.fixture(scope="session")
def seeded(seeded_stack: Stack) -> Iterator[Seeded]:
    """Return what the filled stack has; tests look at it, and change nothing of it."""
    with running_sources() as sources:
        yield seed(seeded_stack.api, sources)


@pytest.fixture(scope="module")
def browser(chromium: None) -> Iterator[Browser]:
    """Return a browser; of the module, for no loop of asyncio may run in this thread while it does."""
    del chromium
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def make_source() -> Iterator[MakeSource]:
    """Return a way to start sources, which are switched off after the module."""
    with ExitStack() as sources:

        def make(*arguments: object, **options: object) -> CondaSource:
            source = CondaSource(*arguments, **options)  # type: ignore[arg-type]
            sources.callback(source.close)
            return source

        yield make


@pytest.fixture
def channel() -> str:
    """Return the name of a channel that no other test uses."""
    return f"ch-{uuid.uuid4().hex[:10]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the end of the stack's log under a test that failed."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(stack, Stack):
        report.sections.append(("logs of the services", stack.service_logs(last_lines=_LOG_LINES)))
    window = next((it for it in getattr(item, "funcargs", {}).values() if isinstance(it, Visit)), None)
    if report.failed and window is not None and not window.page.is_closed():
        report.sections.append(("the page", f"{window.page.url}\n{window.page.locator('body').aria_snapshot()}"))
    return report
