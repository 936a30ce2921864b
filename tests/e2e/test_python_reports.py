"""Reports, questions and housekeeping of a running installation, for Python packages."""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.support.dependency_reports import report_of
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, listed, mirror_python
from tests.support.python_clients import ClientFailed, pip_report, uv_resolve
from tests.support.python_index import PageForm
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
APP = a_wheel("app", "1.0", requires=["Core.Lib >=2", "winonly ; sys_platform == 'win32'", "late"])
CORE1 = a_wheel("Core.Lib", "1.0")
CORE2 = a_wheel("Core.Lib", "2.0", requires=["speed"])
CORE3 = a_wheel("Core.Lib", "3.0", license_expression="GPL-3.0-only", requires=["speed"])
CORE4 = a_wheel("Core.Lib", "4.0a1")
YANKED = a_wheel("Core.Lib", "3.5", yanked="broken")
LATE = a_wheel("late", "1.0", requires=["core-lib <4"])
SPEED = a_wheel("speed", "1.0"), a_wheel("speed", "2.0", requires_python=">=99")
FILES = (APP, CORE1, CORE2, CORE3, CORE4, YANKED, LATE, *SPEED, a_wheel("winonly"), a_wheel("unused"))
HERE = {"pythons": [PYTHON], "platforms": ["linux_x86_64"]}
WAYS = {"metadata": (PageForm.JSON,), "extracted": (PageForm.PLAIN,)}


@pytest.fixture(scope="module", params=WAYS)
def python(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Mirrored]:
    """Return an active mirror of a source that serves core metadata, or of one that has them in wheels alone."""
    with closing(PythonSource(FILES, forms=WAYS[request.param])) as source:
        yield mirror_python(stack, f"report-{request.param}", source.root, mode="active")


def why(mirrored: Mirrored, spec: str) -> dict[str, Any]:
    """Ask why something is there or not."""
    path = f"/channels/{mirrored.channel}/why"
    answer = mirrored.stack.api.http.get(path, params={"spec": spec})
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_report_promises_what_pip_and_uv_take(python: Mirrored) -> None:
    """Version for version, with markers."""
    (target,) = report_of(python, "app", **HERE).platforms

    assert target.environment.is_possible, target.environment.reasons
    promised = {file.name.replace("-", "_"): file.version for file in target.environment.files}
    assert promised == {"app": "1.0", "core_lib": "3.0", "late": "1.0", "speed": "1.0"}
    for resolved in (pip_report("app", index=index_of(python)), uv_resolve("app", index=index_of(python))):
        assert {name.lower().replace("-", "_").replace(".", "_"): it for name, it in resolved.items()} == promised


def test_what_a_report_calls_impossible_no_client_finds(python: Mirrored) -> None:
    """For the same reason."""
    (target,) = report_of(python, "app", "core-lib >=3.5", **HERE).platforms

    assert not target.environment.is_possible
    with pytest.raises(ClientFailed):
        pip_report("app", "core-lib >=3.5", index=index_of(python))


def test_why_speaks_of_python_files(python: Mirrored) -> None:
    """Yanked ones, versions that are not there, names that are like it."""
    (mirror,) = why(python, "Core.Lib == 3.5")["mirrors"]
    assert "it was yanked: broken" in mirror["files"][0]["words"]

    assert why(python, "core-lib >=9")["mirrors"][0]["versions"][0] == "4.0a1"
    assert why(python, "corelib")["mirrors"][0]["names"] == ["core-lib"]
    assert why(python, "app")["missing"] == []


def test_a_preview_names_what_could_not_be_installed(python: Mirrored) -> None:
    """And clients find it so, once the rules are in force."""
    rules = [{"id": "no-gpl", "action": "exclude", "where": {"spec": ["core-lib >=2"]}}]
    wish = {"channel": python.channel, "rules": rules}
    api = python.stack.api
    asked = api.http.post("/policies/preview", json=wish, params={"wait": "solved"})
    assert asked.status_code in (httpx.codes.OK, httpx.codes.ACCEPTED), asked.text

    def solved() -> dict[str, Any] | None:
        answer = api.http.get(f"/policies/preview/{asked.json()['report_id']}")
        done = answer.status_code == httpx.codes.OK and not answer.json()["solving"]
        return answer.json() if done else None

    preview: dict[str, Any] = eventually(solved, within_s=30, what="the preview")
    assert [(one["name"], one["goes"], one["rule"]) for one in preview["uninstallable"]] == [
        ("app", "core-lib", "no-gpl")
    ]
    lost = {file["ckey"] for mirror in preview["mirrors"] for file in mirror["files_lost"]}
    assert lost == {one.ckey for one in (CORE2, CORE3, CORE4, YANKED)}


def test_nothing_that_is_needed_is_swept(python: Mirrored) -> None:
    """Without any grace period, and all that the index names is there afterwards."""
    api = python.stack.api
    for path, wish in (("/system/garbage", {"grace_s": 0, "dry_run": False}), ("/system/verify", {"deep": True})):
        asked = api.call("POST", path, wish, expect=202)

        def found(report_id: str = asked["report_id"]) -> dict[str, Any] | None:
            answer = api.http.get(f"/system/reports/{report_id}")
            return answer.json() if answer.status_code == httpx.codes.OK else None

        report: dict[str, Any] = eventually(found, within_s=30, what="the report")
        assert report.get("refused") is None
        mine = [fault for fault in report.get("faults", []) if fault["channel"] == python.channel]
        assert mine == []
    for file in FILES:
        assert file.filename in listed(python, file.normalised)
        assert python.http.get(f"{python.url}/{file.ckey}").content == file.data
        assert python.http.get(f"{python.url}/{file.ckey}.metadata").content == file.metadata
