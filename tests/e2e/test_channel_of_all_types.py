"""One channel with conda, Python and R packages: one revision, one policy, one switch for all."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.support.conda_source import CondaSource
from tests.support.cran_packages import an_r_package
from tests.support.cran_source import CranSource
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored, add_mirror
from tests.support.mirrored_python import index_of, listed, names_of
from tests.support.packages import a_package
from tests.support.python_clients import pip_install
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.r import needs_r
from tests.support.r_client import available, r_install
from tests.support.stack import Stack

CONDA = a_package("granite", "1.0"), a_package("granite", "2.0", license_name="GPL-3.0-only")
PYTHON = a_wheel("granite", "1.1"), a_wheel("granite", "2.1", license_expression="GPL-3.0-only")
R = an_r_package("granite", "1.2", License="MIT + file LICENSE"), an_r_package("basalt", "2.2", License="GPL-3")


class Sources:
    """One source of each type."""

    def __init__(self, sources: ExitStack) -> None:
        self.conda = CondaSource(CONDA)
        self.python = PythonSource(PYTHON)
        self.r = CranSource(R)
        for source in (self.conda, self.python, self.r):
            sources.callback(source.close)


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    """Return one source of each type."""
    with ExitStack() as open_sources:
        yield Sources(open_sources)


@pytest.fixture
def mirrors(stack: Stack, sources: Sources, channel: str) -> dict[str, Mirrored]:
    """Return the mirrors of one channel, by type."""
    stack.api.create_channel(channel)
    roots = {"conda": sources.conda.url, "python_simple": sources.python.root, "CRAN": sources.r.url}
    return {
        type_: add_mirror(stack, channel, root, type=type_, name=f"{channel} {type_}") for type_, root in roots.items()
    }


def forbid(stack: Stack, channel: str, where: dict[str, object]) -> None:
    """Put the channel under a policy that speaks of all three at once."""
    rule = {"id": "forbidden", "action": "exclude", "where": where}
    stack.api.call("POST", "/policies", {"name": channel, "rules": [rule]}, expect=201)
    stack.api.call("PUT", f"/channels/{channel}/policy", {"policy": channel}, expect=200)


def conda_files(mirrored: Mirrored) -> set[str]:
    """Return what repodata.json lists."""
    return set(mirrored.get("noarch/repodata.json").json()["packages.conda"])


def r_packages(mirrored: Mirrored) -> set[str]:
    """Return what PACKAGES lists."""
    lines = mirrored.get("cran/src/contrib/PACKAGES").text.splitlines()
    return {line.removeprefix("Package: ") for line in lines if line.startswith("Package: ")}


@needs_r
def test_every_client_installs_from_the_one_channel(mirrors: dict[str, Mirrored]) -> None:
    """Each by its own address below it."""
    any_of_them = mirrors["conda"]

    with any_of_them.install("granite") as conda:
        assert conda.has(CONDA[1].installed_path)
    with pip_install("granite", index=index_of(any_of_them)) as python:
        assert python.versions() == {"granite": "2.1"}
    with r_install("granite", repository=f"{any_of_them.url}/cran") as library:
        assert library.versions() == {"granite": "1.2"}
    assert available(f"{any_of_them.url}/cran") == {"granite": "1.2", "basalt": "2.2"}


def test_one_revision_covers_all(stack: Stack, channel: str, mirrors: dict[str, Mirrored]) -> None:
    """It names the run of each mirror, and counts the files of all."""
    shown = stack.api.channel(channel)

    assert shown["revision"]["runs"] == {mirrored.mirror_id: 1 for mirrored in mirrors.values()}
    assert shown["artifact_count"] == len((*CONDA, *PYTHON, *R))


def test_one_policy_acts_on_all(stack: Stack, channel: str, mirrors: dict[str, Mirrored]) -> None:
    """By the license that each type of package tells in its own words."""
    one = mirrors["conda"]
    forbid(stack, channel, {"license": {"in": ["GPL"]}})

    eventually(lambda: conda_files(one) == {CONDA[0].filename}, within_s=15, what="conda to follow")
    eventually(lambda: r_packages(one) == {"granite"}, within_s=15, what="R to follow")
    eventually(lambda: listed(one, "granite") == names_of(PYTHON[0]), within_s=15, what="Python to follow")
    gone = (CONDA[1].path, PYTHON[1].ckey, R[1].ckey)
    assert [one.get(path).status_code for path in gone] == [httpx.codes.NOT_FOUND] * 3


def preview_of(stack: Stack, channel: str, mirror: Mapping[str, object]) -> dict[str, Any]:
    """Have a preview of a mirror made, and return it with all of its files."""
    body = {"channel": channel, "mirror": mirror}
    url = stack.api.call("POST", "/mirrors/preview", body, expect=202)["url"].removeprefix("/api")

    def done() -> Any:
        shown = stack.api.call("GET", url, expect=200)
        assert shown["state"] != "failed", shown["problem"]
        return shown if shown["state"] == "done" else None

    shown: dict[str, Any] = eventually(done, within_s=30, what="the preview")
    return shown | {"files": stack.api.call("GET", f"{url}/files?limit=1000", expect=200)["items"]}


def test_a_preview_says_what_the_run_then_brings(stack: Stack, sources: Sources, channel: str) -> None:
    """Of each type, before there is a mirror: the same files, with the same reasons; and the check names it."""
    stack.api.create_channel(channel)
    forbid(stack, channel, {"license": {"in": ["GPL"]}})
    roots = {"conda": sources.conda.url, "python_simple": sources.python.root, "CRAN": sources.r.url}

    for type_, root in roots.items():
        found = stack.api.call("POST", "/mirrors/check-source", {"source_root": root}, expect=200)
        wish = {"mirror_name": f"{channel} {type_}", "source_root": root, "mirror_type": type_}
        told = preview_of(stack, channel, wish)
        before = stack.api.call("GET", f"/channels/{channel}/mirrors", expect=200)["items"]
        mirrored = add_mirror(stack, channel, root, type=type_, name=f"{channel} {type_}")
        address = f"/channels/{channel}/mirrors/{mirrored.mirror_id}/decisions?limit=1000"
        decided = stack.api.call("GET", address, expect=200)

        assert (found["reachable"], found["type_guess"]) == (True, type_)
        assert type_ not in {mirror["mirror_type"] for mirror in before}
        assert told["files"] == decided["items"]
        assert told["count"] == decided["count"] | {"unread": 0}
        assert {file["decision"] for file in told["files"]} == {"kept", "excluded"}
        assert [rule["excluded"] for rule in told["rules"]] == [1]


def test_freezing_holds_all_and_thawing_shows_all(stack: Stack, channel: str, mirrors: dict[str, Mirrored]) -> None:
    """At one moment, as it is one revision."""
    one = mirrors["conda"]
    stack.api.update_channel(channel, indexing_behavior="frozen")
    number = stack.api.channel(channel)["revision"]["number"]
    forbid(stack, channel, {"spec": ["granite >=2", "basalt"]})
    for mirrored in mirrors.values():
        stack.bus.wait_for("catalogue.decided", mirror_id=mirrored.mirror_id)
    stack.settle()
    assert (len(conda_files(one)), len(listed(one, "granite")), len(r_packages(one))) == (2, 2, 2)

    stack.api.update_channel(channel, indexing_behavior="default")
    eventually(
        lambda: stack.api.channel(channel)["revision"]["number"] > number,
        within_s=15,
        what="a revision to be published",
    )
    assert (len(conda_files(one)), len(listed(one, "granite")), len(r_packages(one))) == (1, 1, 1)


def test_a_mirror_that_goes_leaves_the_others(stack: Stack, channel: str, mirrors: dict[str, Mirrored]) -> None:
    """With its packages, where that is wished."""
    one = mirrors["conda"]
    stack.api.delete_mirror(channel, mirrors["python_simple"].mirror_id, query="?packages=remove")

    eventually(lambda: listed(one, "granite") == frozenset(), within_s=15, what="the Python files to go")
    assert conda_files(one) == {package.filename for package in CONDA}
    assert r_packages(one) == {"granite", "basalt"}
