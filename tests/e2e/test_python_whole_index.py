"""A passive mirror of a whole index: one list, and each project when it is first asked for."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.support.dependency_reports import report_of
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, listed, mirror_python, names_of, projects
from tests.support.python_clients import pip_install
from tests.support.python_index import Status
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

NAMES = 2_100
"""More than are read at once."""

APP = a_wheel("app", "1.0", requires=["lib"])
LIB = a_wheel("lib", "1.0"), a_wheel("lib", "2.0", license_expression="GPL-3.0-only")
OTHER = a_wheel("other", "1.0")


@pytest.fixture
def source() -> Iterator[PythonSource]:
    """Return an index of many names, few of which have files."""
    statuses = {f"name-{number}": Status(status="active", reason=None) for number in range(NAMES)}
    with closing(PythonSource((APP, *LIB, OTHER), statuses=statuses)) as index:
        yield index


@pytest.fixture
def python(stack: Stack, channel: str, source: PythonSource) -> Mirrored:
    """Return a channel that mirrors all of it."""
    return mirror_python(stack, channel, source.root)


def why(mirrored: Mirrored, spec: str) -> dict[str, Any]:
    """Ask why something is there or not."""
    answer = mirrored.stack.api.http.get(f"/channels/{mirrored.channel}/why", params={"spec": spec})
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def system_report(mirrored: Mirrored, path: str, wish: dict[str, object]) -> dict[str, Any]:
    """Ask for a sweep or a verification, and return its report."""
    api = mirrored.stack.api
    asked = api.call("POST", f"/system/{path}", wish, expect=202)

    def made() -> dict[str, Any] | None:
        answer = api.http.get(f"/system/reports/{asked['report_id']}")
        return answer.json() if answer.status_code == httpx.codes.OK else None

    found: dict[str, Any] = eventually(made, within_s=30, what="the report")
    return found


def test_a_run_reads_the_list_alone(python: Mirrored, source: PythonSource) -> None:
    """All names are there at once; no page was asked for."""
    assert source.pages_asked() == 0
    assert projects(python) == {"app", "lib", "other", *(f"name-{number}" for number in range(NAMES))}
    assert python.stack.api.channel(python.channel)["artifact_count"] == 0

    answer = why(python, "lib")
    assert answer["mirrors"][0]["is_unread"]
    assert "nobody asked for it yet" in answer["mirrors"][0]["words"]


def test_what_pip_asks_for_is_read_once(python: Mirrored, source: PythonSource) -> None:
    """And can be asked about; what nobody asks for stays unread."""
    for _ in range(2):
        with pip_install("app", index=index_of(python)) as environment:
            assert environment.versions() == {"app": "1.0", "lib": "2.0"}

    assert source.pages_asked() == 2
    assert {file["version"]: file["status"] for file in why(python, "lib")["mirrors"][0]["files"]} == {
        "1.0": "visible",
        "2.0": "visible",
    }
    assert why(python, "other")["mirrors"][0]["is_unread"]
    (target,) = report_of(python, "app").platforms
    assert {file.name: file.version for file in target.environment.files} == {"app": "1.0", "lib": "2.0"}
    assert report_of(python, "app", "other").platforms[0].environment.is_unknown


def test_what_was_read_and_fetched_outlives_a_sweep_and_the_source(python: Mirrored, source: PythonSource) -> None:
    """Nothing but the page names it."""
    with pip_install("app", index=index_of(python)):
        pass
    source.close()

    assert system_report(python, "garbage", {"grace_s": 0, "dry_run": False})["refused"] is None
    verified = system_report(python, "verify", {"deep": True, "channel": python.channel})
    assert (verified["fault_count"], verified["checked"]["artifact"] > 0) == (0, True)

    assert listed(python, "lib") == names_of(*LIB)
    assert python.http.get(f"{python.url}/{LIB[1].ckey}").content == LIB[1].data


def test_rules_hold_for_what_was_read_on_request(stack: Stack, python: Mirrored, channel: str) -> None:
    """By names at once, and by what pages tell as soon as they are asked for again."""
    assert listed(python, "lib") == names_of(*LIB)
    rules = [{"id": "no-two", "action": "exclude", "where": {"spec": ["lib >=2", "other"]}}]
    stack.api.call("POST", "/policies", {"name": channel, "rules": rules}, expect=201)
    stack.api.call("PUT", f"/channels/{channel}/policy", {"policy": channel}, expect=200)

    eventually(lambda: listed(python, "lib") == names_of(LIB[0]), within_s=15, what="the policy to act")
    assert "other" not in projects(python)
    (mirror,) = why(python, "other")["mirrors"]
    assert "excluded by its name: rule no-two" in mirror["words"]
    words = {file["version"]: file["words"] for file in why(python, "lib")["mirrors"][0]["files"]}
    assert "rule no-two" in words["2.0"]


def test_the_next_run_reads_what_was_asked_for(python: Mirrored, source: PythonSource) -> None:
    """Its files count from then on."""
    assert listed(python, "lib") == names_of(*LIB)
    source.forget()

    assert python.run_again() == "completed"

    assert source.pages_asked() == 1
    eventually(
        lambda: python.stack.api.channel(python.channel)["artifact_count"] == 2, within_s=15, what="the files to count"
    )
    assert listed(python, "lib") == names_of(*LIB)
