"""Tain as the source of another Tain's conda mirror: nothing is lost on the way, and little is read again."""

from collections.abc import Callable, Mapping

import pytest

from tests.support.conda_source import CondaSource
from tests.support.forward_proxy import threaded_forward_proxy
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.stack import Stack
from tests.support.tain_source import Way, copy_through, source_of

MakeSource = Callable[..., CondaSource]

A, B, OLD = a_package("copied-a", padding_bytes=50_000), a_package("copied-b"), a_package("old", extension=".tar.bz2")
PACKAGES = (A, B, OLD)
COPIES = {
    "conda passive of passive": ("passive", "passive", Way.CHANNEL),
    "conda active of passive": ("active", "passive", Way.ROOT),
    "conda passive of active": ("passive", "active", Way.USER),
    "conda active of active": ("active", "active", Way.ROOT),
}


@pytest.fixture(scope="module")
def origins(stack: Stack, make_source: MakeSource) -> Mapping[str, Mirrored]:
    """Return private channels that mirror one source, by mode."""
    source = make_source(PACKAGES)
    made = {mode: mirror(stack, f"conda-origin-{mode}", source.url, mode=mode) for mode in ("passive", "active")}
    for mirrored in made.values():
        stack.api.update_channel(mirrored.channel, privacy="private")
    return made


@pytest.fixture(scope="module", params=sorted(COPIES))
def pair(
    origins: Mapping[str, Mirrored], wary_stack: Stack, request: pytest.FixtureRequest
) -> tuple[Mirrored, Mirrored]:
    """Return a channel of a source, and one of another Tain that mirrors it."""
    mode, of, way = COPIES[request.param]
    root = source_of(origins[of], type="conda", way=way)
    return origins[of], mirror(wary_stack, request.param.replace(" ", "-"), root, mode=mode)


def test_nothing_is_lost(pair: tuple[Mirrored, Mirrored]) -> None:
    """Records as they are, files byte for byte."""
    origin, copy = pair

    assert copy.listed() == origin.listed() == {package.filename for package in PACKAGES}
    first, second = (one.get("noarch/repodata.json").json() for one in pair)
    for kind in ("packages", "packages.conda"):
        assert second[kind] == first[kind]
    for package in PACKAGES:
        assert copy.get(package.path).content == package.data


def test_clients_install_from_the_copy(pair: tuple[Mirrored, Mirrored]) -> None:
    """As from the first source."""
    _, copy = pair

    with copy.install("copied-a", "copied-b") as environment:
        assert all(environment.has(package.installed_path) for package in (A, B))


@pytest.mark.parametrize("mode", ["passive", "active"])
def test_only_what_changed_is_read_again(
    stack: Stack, wary_stack: Stack, make_source: MakeSource, channel: str, mode: str
) -> None:
    """Nothing new costs conditional requests alone; a new package its shard and itself."""
    newer = a_package("copied-b", "2.0")
    source = make_source(PACKAGES)
    first = mirror(stack, channel, source.url, mode=mode)
    with threaded_forward_proxy() as proxy:
        root = source_of(first, type="conda", way=Way.ROOT)
        second = copy_through(wary_stack, f"{channel}-copy", root, type="conda", mode=mode, proxy=proxy.url)

        proxy.answers.clear()
        assert second.run_again() == "completed"
        assert {status for _, status in proxy.answers} <= {304, 404}

        source.publish((*PACKAGES, newer))
        proxy.answers.clear()
        assert first.run_again() == second.run_again() == "completed"

    asked = [target.removeprefix(f"{root}/noarch/") for target, status in proxy.answers if status == 200]
    assert sum(path.startswith("shards/") for path in asked) == 1
    assert asked.count(newer.filename) == (mode == "active")
    assert newer.filename in second.listed()
