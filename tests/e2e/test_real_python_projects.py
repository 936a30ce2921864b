"""Wheels of a dozen real projects through Tain: tags, metadata, licenses and needs as the world has them.

pip gets them first, from wherever it is configured to; where it can't, these tests are skipped.
"""

import email
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, mirror_python, projects, records
from tests.support.python_clients import pip_install, uv_install, uv_resolve
from tests.support.python_index import Habits, Metadata
from tests.support.python_packages import PythonFile
from tests.support.python_source import PythonSource
from tests.support.real_wheels import NoIndex, download_wheels
from tests.support.stack import Stack

PROJECTS = (
    "attrs", "certifi", "charset-normalizer", "click", "idna", "jinja2",
    "markupsafe", "packaging", "requests", "six", "tomli", "urllib3",
)  # fmt: skip
OF_REQUESTS = {"requests", "certifi", "charset-normalizer", "idna", "urllib3"}
_SECONDS = 30.0

Wheels = dict[str, PythonFile]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """Return a wheel of each project, by project."""
    try:
        files = download_wheels(PROJECTS, tmp_path_factory.mktemp("wheels"))
    except NoIndex as exc:
        pytest.skip(f"pip can't get wheels on this machine: {exc}")
    return {file.project: file for file in files}


@pytest.fixture(scope="module")
def plain(wheels: Wheels) -> Iterator[PythonSource]:
    """Return an index of them that serves no core metadata."""
    with closing(PythonSource(tuple(wheels.values()), habits=Habits(metadata=Metadata.ABSENT))) as source:
        yield source


@pytest.fixture(scope="module")
def telling(wheels: Wheels) -> Iterator[PythonSource]:
    """Return an index of them that serves it."""
    with closing(PythonSource(tuple(wheels.values()))) as source:
        yield source


@pytest.fixture(scope="module")
def active(stack: Stack, plain: PythonSource) -> Mirrored:
    """Return an active mirror of the first."""
    return mirror_python(stack, "py-real-active", plain.root, mode="active")


@pytest.fixture(scope="module")
def passive(stack: Stack, telling: PythonSource) -> Mirrored:
    """Return a passive mirror of the second."""
    return mirror_python(stack, "py-real-passive", telling.root)


@pytest.mark.parametrize("mode", ["active", "passive"])
def test_real_projects_install_and_run(mode: str, wheels: Wheels, request: pytest.FixtureRequest) -> None:
    """With what they need, native code included."""
    index = index_of(request.getfixturevalue(mode))
    program = "import requests, jinja2; print(jinja2.Template('{{ x }}').render(x=requests.__version__))"

    with (
        pip_install("requests", "jinja2", index=index) as by_pip,
        uv_install("requests", "jinja2", index=index) as by_uv,
    ):
        assert by_pip.versions() == by_uv.versions()
        assert by_pip.versions().keys() >= {"requests", "jinja2", "markupsafe", "urllib3"}
        assert by_pip.run(program) == by_uv.run(program) == wheels["requests"].version


def test_the_metadata_of_real_wheels_is_taken_out_of_them(active: Mirrored, wheels: Wheels) -> None:
    """Byte for byte, of all of them, and uv resolves by it."""
    for project, wheel in wheels.items():
        eventually(
            lambda: records(active, project)[wheel.filename].get("core-metadata"),  # noqa: B023 - asked at once
            within_s=_SECONDS,
            what=f"the metadata of {wheel.filename}",
        )
        assert active.get(f"{wheel.ckey}.metadata").content == wheel.metadata

    assert uv_resolve("requests", index=index_of(active)).keys() == OF_REQUESTS


def test_the_json_api_tells_what_the_metadata_tells(passive: Mirrored, wheels: Wheels) -> None:
    """Tools read it for licenses and needs."""
    told = email.message_from_bytes(wheels["requests"].metadata)
    answer = passive.get("pypi/requests/json").raise_for_status().json()

    assert (answer["info"]["name"], answer["info"]["version"]) == (told["Name"], told["Version"])
    assert answer["info"]["requires_dist"] == told.get_all("Requires-Dist")
    assert answer["info"]["requires_python"] == told["Requires-Python"]
    assert [file["filename"] for file in answer["urls"]] == [wheels["requests"].filename]


def test_real_licenses_and_needs_are_decided_by(passive: Mirrored) -> None:
    """The closure of one project is what pip installs for it; of that, what one license forbids goes."""
    api, name = passive.stack.api, passive.channel
    closure = {"id": "roots", "action": "require", "where": {"name": ["requests"]}, "include_dependencies": True}
    no_mozilla = {"id": "no-mozilla", "action": "exclude", "where": {"license": {"in": ["MOZILLA"]}}}
    api.call("POST", "/policies", {"name": name, "rules": [closure | {"ecosystems": ["python"]}]}, expect=201)
    api.call("PUT", f"/channels/{name}/policy", {"policy": name}, expect=200)
    eventually(lambda: projects(passive) == OF_REQUESTS, within_s=_SECONDS, what="what requests needs")

    api.call(
        "PUT",
        f"/policies/{name}",
        {"name": name, "rules": [closure | {"ecosystems": ["python"]}, no_mozilla]},
        expect=200,
    )
    eventually(lambda: projects(passive) == OF_REQUESTS - {"certifi"}, within_s=_SECONDS, what="the license to count")
    api.call("DELETE", f"/channels/{name}/policy", expect=204)
    eventually(lambda: projects(passive) == set(PROJECTS), within_s=_SECONDS, what="all to be back")
