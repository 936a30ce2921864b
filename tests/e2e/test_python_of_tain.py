"""Tain as the source of another Tain's Python mirror: nothing is lost on the way, and little is read again."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.support.forward_proxy import ForwardProxy, threaded_forward_proxy
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, listed, mirror_python, page, projects, records
from tests.support.python_clients import pip_install
from tests.support.python_index import Status
from tests.support.python_packages import a_wheel, an_sdist
from tests.support.python_source import PythonSource
from tests.support.stack import Stack
from tests.support.tain_source import Way, copy_through, source_of

ALPHA = a_wheel(
    "alpha",
    "1.0",
    requires=["Beta"],
    requires_python=">=3.8",
    uploaded_at="2024-03-01T12:34:56.123456Z",
    has_provenance=True,
)
BETA = a_wheel("Beta", "1.0", yanked="it is broken", uploaded_at="2023-01-02T03:04:05.600000Z")
BETTER = a_wheel("Beta", "1.1")
GAMMA = an_sdist("gamma", "0.1")
FILES = (ALPHA, BETA, BETTER, GAMMA)
STATUSES = {"gamma": Status(status="deprecated", reason="use alpha")}
PROJECTS = {"alpha", "beta", "gamma"}


@pytest.fixture(scope="module")
def source() -> Iterator[PythonSource]:
    """Return the index that the first Tain mirrors."""
    with closing(PythonSource(FILES, statuses=STATUSES)) as index:
        yield index


@pytest.fixture(scope="module")
def origins(stack: Stack, source: PythonSource) -> Mapping[str, Mirrored]:
    """Return private channels that mirror it, by mode."""
    made = {mode: mirror_python(stack, f"py-origin-{mode}", source.root, mode=mode) for mode in ("passive", "active")}
    for mirrored in made.values():
        stack.api.update_channel(mirrored.channel, privacy="private")
    return made


COPIES = {
    "passive of passive": ("passive", "passive", Way.USER),
    "active of passive": ("active", "passive", Way.ROOT),
    "passive of active": ("passive", "active", Way.CHANNEL),
    "active of active": ("active", "active", Way.USER),
}


@pytest.fixture(scope="module", params=sorted(COPIES))
def pair(
    origins: Mapping[str, Mirrored], wary_stack: Stack, request: pytest.FixtureRequest
) -> tuple[Mirrored, Mirrored]:
    """Return a channel of a source, and one of another Tain that mirrors it."""
    mode, of, way = COPIES[request.param]
    root = source_of(origins[of], type="python_simple", way=way)
    return origins[of], mirror_python(wary_stack, request.param.replace(" ", "-"), root, mode=mode)


@pytest.fixture
def copy(pair: tuple[Mirrored, Mirrored]) -> Mirrored:
    """Return the channel that mirrors the other."""
    return pair[1]


def test_nothing_is_lost(pair: tuple[Mirrored, Mirrored]) -> None:
    """Projects, their status, records with all keys, to the microsecond."""
    origin, copy = pair
    assert projects(copy) == PROJECTS
    for project in PROJECTS:
        assert _kept(page(copy, project)) == _kept(page(origin, project))
        assert listed(copy, project) == listed(origin, project)
    assert records(copy, "alpha")[ALPHA.filename]["upload-time"] == ALPHA.uploaded_at
    assert records(copy, "beta")[BETA.filename]["yanked"] == "it is broken"
    assert page(copy, "gamma")["project-status"] == {"status": "deprecated", "reason": "use alpha"}


def test_files_come_with_what_belongs_to_them(copy: Mirrored) -> None:
    """Byte for byte."""
    for file in FILES:
        assert copy.get(file.ckey).content == file.data
    for wheel in (ALPHA, BETA, BETTER):
        assert copy.get(f"{wheel.ckey}.metadata").content == wheel.metadata
    assert copy.get(f"{ALPHA.ckey}.provenance").content == ALPHA.provenance


def test_clients_install_from_the_copy(copy: Mirrored) -> None:
    """As from the first source."""
    with pip_install("alpha", index=index_of(copy)) as environment:
        assert environment.versions() == {"alpha": "1.0", "beta": "1.1"}


def test_the_token_shows_nowhere(stack: Stack, copy: Mirrored) -> None:
    """Neither in what the api shows nor on pages."""
    shown = [str(copy.show()), str(page(copy, "alpha")), copy.get("simple/").text]

    assert not any(stack.token in text for text in shown)


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    """Return a proxy that counts."""
    with threaded_forward_proxy() as running:
        yield running


@pytest.mark.parametrize("mode", ["passive", "active"])
def test_only_what_changed_is_read_again(
    stack: Stack, wary_stack: Stack, channel: str, proxy: ForwardProxy, mode: str
) -> None:
    """Nothing new costs one conditional request; a new file of one project its page and itself."""
    newer = a_wheel("alpha", "2.0")
    with closing(PythonSource(FILES)) as source:
        first = mirror_python(stack, channel, source.root, mode=mode)
        root = source_of(first, type="python_simple", way=Way.ROOT)
        second = copy_through(wary_stack, f"{channel}-copy", root, type="python_simple", mode=mode, proxy=proxy.url)

        proxy.answers.clear()
        assert second.run_again() == "completed"
        assert proxy.answers == [(f"{root}/", 304)]

        source.publish((*FILES, newer))
        proxy.answers.clear()
        assert first.run_again() == second.run_again() == "completed"

    asked = {target.removeprefix(f"{root}/") for target, status in proxy.answers if status == 200}
    files = {f"alpha/{newer.filename}", f"alpha/{newer.filename}.metadata"} if mode == "active" else set()
    assert asked == {"", "alpha/", *files}
    assert newer.filename in listed(second, "alpha")


def test_a_channel_mirrors_another_of_the_same_tain(stack: Stack, channel: str) -> None:
    """Its files come in through us twice, and do not wait for themselves."""
    own = a_wheel("nested", "1.0", padding_bytes=50_000)
    with closing(PythonSource((own,))) as source:
        first = mirror_python(stack, channel, source.root)
        second = mirror_python(stack, f"{channel}-copy", index_of(first))

        assert second.get(own.ckey).content == own.data
        assert source.count(own.path) == 1


def test_channels_that_mirror_each_other_are_told_so(stack: Stack, channel: str) -> None:
    """Nobody waits for a file that nobody has."""
    lost = a_wheel("lost", "1.0", padding_bytes=50_000)
    with closing(PythonSource((lost,))) as source:
        first = mirror_python(stack, channel, source.root)
        second = mirror_python(stack, f"{channel}-copy", index_of(first))
        stack.api.replace_mirror(channel, first.mirror_id, source_root=index_of(second), run_now=True)
        assert stack.wait_for_run(channel, first.mirror_id, number=2) == "completed"

        assert second.get(lost.ckey).status_code == httpx.codes.LOOP_DETECTED


def _kept(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what a page says, but for addresses."""
    files = [
        {key: value for key, value in record.items() if key not in ("url", "provenance")}
        | {"has-provenance": bool(record.get("provenance"))}
        for record in shown["files"]
    ]
    return {**shown, "files": sorted(files, key=lambda record: str(record["filename"]))}
