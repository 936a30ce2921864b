"""Sources that go wrong: the run ends, what is bad is named and never listed, the rest installs."""

from collections.abc import Callable

import httpx
import pytest

from tests.support.conda_source import CondaSource
from tests.support.faults import Corrupt, Fault, Missing, ServerError, Slow, Truncated, WrongSize
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import Digests, Package, a_package
from tests.support.solve import ClientFailed
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

GOOD = a_package("good", padding_bytes=3)
SLOW = a_package("slow", padding_bytes=30_000)
FLAKY = a_package("flaky", padding_bytes=3)
FAULTS: dict[str, tuple[Package, Fault]] = {
    name: (a_package(name, padding_bytes=2_000), fault)
    for name, fault in {
        "corrupt": Corrupt(),
        "truncated": Truncated(),
        "missing": Missing(),
        "wrong-size": WrongSize(),
        "broken": ServerError(),
    }.items()
}
OLD = a_package("old-corrupt", extension=".tar.bz2", digests=Digests.MD5_ONLY, padding_bytes=2_000)
FAULTS["old-corrupt"] = (OLD, Corrupt())
BAD_PATHS = {package.path for package, _ in FAULTS.values()}
PACKAGES = (GOOD, SLOW, FLAKY, *(package for package, _ in FAULTS.values()))


@pytest.fixture(scope="module")
def source(make_source: MakeSource) -> CondaSource:
    """Return a source where many files go wrong, each in its own way."""
    source = make_source(PACKAGES)
    source.break_files({package.path: fault for package, fault in FAULTS.values()})
    source.break_files({SLOW.path: Slow(), FLAKY.path: ServerError(times=1)})
    return source


@pytest.fixture(scope="module")
def hostile(stack: Stack, source: CondaSource) -> Mirrored:
    """Return an active mirror of it whose first run has completed."""
    return mirror(stack, "hostile", source.url, mode="active")


def test_failed_files_are_counted_and_named(hostile: Mirrored) -> None:
    """An administrator sees which files, and why, without reading logs."""
    state = hostile.show()["sync_state"]

    assert state["count"]["failed"] == len(BAD_PATHS)
    assert state["count"]["active"] == len(PACKAGES) - len(BAD_PATHS)
    assert {failure["ckey"] for failure in state["logs"]["failed"]} == BAD_PATHS
    assert all(failure["reason"] for failure in state["logs"]["failed"])


def test_failed_files_are_listed_in_no_form(hostile: Mirrored) -> None:
    """An index that names a file which is not there breaks every install."""
    assert hostile.listed() == {GOOD.filename, SLOW.filename, FLAKY.filename}


def test_everything_else_installs(hostile: Mirrored) -> None:
    """One bad file must not spoil a channel."""
    with hostile.install("good", "slow", "flaky") as environment:
        assert all(environment.has(package.installed_path) for package in (GOOD, SLOW, FLAKY))


def test_the_next_run_fetches_just_what_failed(hostile: Mirrored, source: CondaSource) -> None:
    """Once the source is mended the mirror becomes whole, though no index changed."""
    source.mend()
    source.forget()

    assert hostile.run_again() == "completed"
    fetched = {path for path in source.counts() if path.endswith((".conda", ".tar.bz2"))}
    assert fetched == BAD_PATHS
    assert hostile.listed() == {package.filename for package in PACKAGES}
    assert hostile.count()["failed"] == 0


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_passive_mirror_never_hands_out_a_wrong_file_whole(
    stack: Stack, make_source: MakeSource, channel: str, name: str
) -> None:
    """The client must see a broken transfer or an error, and take nothing for good."""
    _, fault = FAULTS[name]
    bad = a_package(f"passive-{name}", padding_bytes=100_000)
    source = make_source((bad, GOOD))
    source.break_files({bad.path: fault})
    mirrored = mirror(stack, channel, source.url)

    with pytest.raises(ClientFailed), mirrored.install(bad.name):
        pass
    try:
        is_refused = mirrored.get(bad.path).is_error
    except httpx.RemoteProtocolError:
        is_refused = True
    assert is_refused
    with mirrored.install("good") as environment:
        assert environment.has(GOOD.installed_path)


def test_a_passive_file_is_served_once_the_source_is_mended(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """A failure is not remembered."""
    bad = a_package("passive-mended", padding_bytes=100_000)
    source = make_source((bad,))
    source.break_files({bad.path: Corrupt()})
    mirrored = mirror(stack, channel, source.url)
    with pytest.raises(ClientFailed), mirrored.install(bad.name):
        pass

    source.mend()

    with mirrored.install(bad.name) as environment:
        assert environment.has(bad.installed_path)


def test_a_source_that_can_not_be_read_fails_the_run_and_says_why(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """A wrong URL is told to the administrator, in the mirror itself."""
    source = make_source((), prefixes=("/elsewhere",))
    mirrored = mirror(stack, channel, source.url_under("/nothing-here"), state="failed")

    assert mirrored.show()["state"] == "failed"
    assert mirrored.show()["sync_state"]["last_exception"]
    assert mirrored.listed() == frozenset()
