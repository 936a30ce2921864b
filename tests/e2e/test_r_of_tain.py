"""Tain as the source of another Tain's R mirror: nothing is lost on the way, and little is read again."""

from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from tests.support.cran_packages import an_archived_package, an_r_package
from tests.support.cran_source import CranSource
from tests.support.forward_proxy import threaded_forward_proxy
from tests.support.mirrored import Mirrored, mirror
from tests.support.r import needs_r
from tests.support.r_client import r_install
from tests.support.stack import Stack
from tests.support.tain_source import Way, copy_through, source_of

WINDOWS = "bin/windows/contrib/4.3"
ALPHA = an_r_package("alpha", "1.2", Imports="beta (>= 1.0), stats", License="MIT + file LICENSE")
BETA = an_r_package("beta", "1.1", below="4.2.0/Recommended")
OLD, GONE = an_archived_package("beta", "1.0"), an_archived_package("gone", "3.0")
ON_WINDOWS = an_r_package("alpha", "1.2", folder=WINDOWS)
PACKAGES = (ALPHA, BETA, OLD, GONE, ON_WINDOWS)
FOLDERS = {"subdirs": ["src/contrib", WINDOWS]}
INDEXES = ("src/contrib/PACKAGES", f"{WINDOWS}/PACKAGES")
COPIES = {
    "r passive of passive": ("passive", "passive", Way.ROOT),
    "r active of passive": ("active", "passive", Way.USER),
    "r passive of active": ("passive", "active", Way.USER),
    "r active of active": ("active", "active", Way.CHANNEL),
}


@pytest.fixture(scope="module")
def origins(stack: Stack) -> Iterator[Mapping[str, Mirrored]]:
    """Return private channels that mirror one repository, by mode."""
    with closing(CranSource(PACKAGES)) as source:
        made = {
            mode: mirror(stack, f"r-origin-{mode}", source.url, type="CRAN", mode=mode, filters=FOLDERS)
            for mode in ("passive", "active")
        }
        for mirrored in made.values():
            stack.api.update_channel(mirrored.channel, privacy="private")
        yield made


@pytest.fixture(scope="module", params=sorted(COPIES))
def pair(
    origins: Mapping[str, Mirrored], wary_stack: Stack, request: pytest.FixtureRequest
) -> tuple[Mirrored, Mirrored]:
    """Return a channel of a repository, and one of another Tain that mirrors it."""
    mode, of, way = COPIES[request.param]
    root = source_of(origins[of], type="CRAN", way=way)
    copy = mirror(wary_stack, request.param.replace(" ", "-"), root, type="CRAN", mode=mode, filters=FOLDERS)
    return origins[of], copy


@needs_r
def test_nothing_is_lost(pair: tuple[Mirrored, Mirrored]) -> None:
    """Records as they are, folders of binaries, and the Archive with its sizes and days."""
    origin, copy = pair

    for path in (*INDEXES, "src/contrib/Meta/archive.rds"):
        first, second = origin.get(f"cran/{path}"), copy.get(f"cran/{path}")
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.content == second.content
    for package in PACKAGES:
        assert copy.get(package.ckey).content == package.data


@needs_r
def test_r_installs_from_the_copy(pair: tuple[Mirrored, Mirrored]) -> None:
    """As from the first source."""
    _, copy = pair

    with r_install("alpha", repository=f"{copy.url}/cran") as library:
        assert library.versions() == {"alpha": "1.2", "beta": "1.1"}


@needs_r
@pytest.mark.parametrize("mode", ["passive", "active"])
def test_nothing_new_costs_one_conditional_request_a_folder(
    stack: Stack, wary_stack: Stack, channel: str, mode: str
) -> None:
    """And something new its index and itself."""
    newer = an_r_package("alpha", "1.3")
    with closing(CranSource(PACKAGES)) as source, threaded_forward_proxy() as proxy:
        first = mirror(stack, channel, source.url, type="CRAN", mode=mode)
        root = source_of(first, type="CRAN", way=Way.ROOT)
        second = copy_through(wary_stack, f"{channel}-copy", root, type="CRAN", mode=mode, proxy=proxy.url)

        proxy.answers.clear()
        assert second.run_again() == "completed"
        assert [status for _, status in proxy.answers] == [304, 304]

        source.publish((newer, *PACKAGES[1:]))
        proxy.answers.clear()
        assert first.run_again() == second.run_again() == "completed"

    asked = {target.removeprefix(f"{root}/src/contrib/") for target, status in proxy.answers if status == 200}
    assert asked == {"PACKAGES.gz", *([newer.filename] if mode == "active" else [])}
    assert "Version: 1.3" in second.get("cran/src/contrib/PACKAGES").text
