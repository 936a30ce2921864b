"""pip and uv install from Python channels: active and passive ones, of JSON and of HTML sources."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, listed, mirror_python, names_of, page, projects, records
from tests.support.python_clients import (
    ClientFailed,
    pip,
    pip_download,
    pip_install,
    pip_report,
    uv_install,
    uv_project,
    uv_resolve,
)
from tests.support.python_index import BOTH, PageForm, Status
from tests.support.python_packages import a_wheel, an_sdist
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

EARLY, LATE = "2024-01-05T10:00:00.123456Z", "2025-02-06T11:00:00.000000Z"
OLD = a_wheel("alpha", "1.0", requires=["Beta.Two>=1"], uploaded_at=EARLY)
NEW = a_wheel("alpha", "1.1", requires=["Beta.Two>=1"], uploaded_at=LATE, has_provenance=True)
YANKED = a_wheel("alpha", "2.0", requires=["Beta.Two>=1"], yanked="it eats <files>", uploaded_at=LATE)
TOO_NEW = a_wheel("alpha", "3.0", requires_python=">=99", uploaded_at=LATE)
BETA = an_sdist("Beta.Two", "1.1", uploaded_at=EARLY)
BETA_WHEEL = a_wheel("Beta.Two", "1.0", uploaded_at=EARLY)
RETIRED = a_wheel("retired", "1.0", uploaded_at=EARLY)
FILES = (OLD, NEW, YANKED, TOO_NEW, BETA, BETA_WHEEL, RETIRED)
STATUSES = {"retired": Status(status="archived", reason="use alpha"), "taken": Status(status="quarantined")}


WAYS = {
    "passive-json": ("passive", BOTH),
    "active-json": ("active", BOTH),
    "passive-html": ("passive", (PageForm.HTML,)),
    "active-html": ("active", (PageForm.PLAIN,)),
}


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Return which way the channel is filled: the mirror's mode, and the forms of its source's pages."""
    return str(request.param)


@pytest.fixture(scope="module")
def source(way: str) -> Iterator[PythonSource]:
    """Return a source that offers these forms."""
    with closing(PythonSource(FILES, forms=WAYS[way][1], statuses=STATUSES)) as index:
        yield index


@pytest.fixture(scope="module")
def python(stack: Stack, way: str, source: PythonSource) -> Mirrored:
    """Return a channel that mirrors it."""
    return mirror_python(stack, f"py-{way}", source.root, mode=WAYS[way][0])


def test_the_pages_list_all_that_the_source_has(python: Mirrored) -> None:
    """Under normalised names, in both forms, whichever the source has."""
    assert projects(python) == {"alpha", "beta-two", "retired", "taken"}
    assert listed(python, "alpha") == names_of(OLD, NEW, YANKED, TOO_NEW)
    assert listed(python, "beta-two") == names_of(BETA, BETA_WHEEL)
    assert listed(python, "taken") == frozenset()


def test_pip_installs(python: Mirrored) -> None:
    """A wheel and the sdist that it needs, not what is yanked or for another Python."""
    with pip_install("alpha", index=index_of(python)) as environment:
        assert environment.versions() == {"alpha": "1.1", "beta_two": "1.1"}
        assert environment.imported("alpha") == "1.1"


def test_uv_installs(python: Mirrored) -> None:
    """The same as pip."""
    with uv_install("alpha", index=index_of(python)) as environment:
        assert environment.versions() == {"alpha": "1.1", "beta_two": "1.1"}
        assert environment.imported("beta_two") == "1.1"


def test_a_yanked_file_is_there_for_who_pins_it(python: Mirrored) -> None:
    """Locked environments must go on working; nobody else gets it."""
    index = index_of(python)

    assert pip_download("alpha==2.0", index=index) == {YANKED.filename}
    assert pip_report("alpha", index=index)["alpha"] == "1.1"
    assert uv_resolve("alpha==2.0", index=index)["alpha"] == "2.0"
    assert "it eats <files>" in pip("download", "--no-deps", "alpha==2.0", index=index)


def test_pip_lists_the_versions(python: Mirrored) -> None:
    """What it may install, newest first."""
    assert "Available versions: 1.1, 1.0" in pip("index", "versions", "alpha", index=index_of(python))


def test_hashes_of_the_source_are_those_that_pip_checks(python: Mirrored, tmp_path: Path) -> None:
    """A lock file made elsewhere installs from us, and a wrong one does not."""
    index = index_of(python)
    locked = [f"alpha==1.1 --hash=sha256:{NEW.sha256}", f"beta-two==1.0 --hash=sha256:{BETA_WHEEL.sha256}"]

    lock = tmp_path / "requirements.txt"
    lock.write_text("\n".join(locked), encoding="utf-8")
    with pip_install("--require-hashes", "-r", str(lock), index=index) as environment:
        assert environment.versions() == {"alpha": "1.1", "beta_two": "1.0"}
    lock.write_text("\n".join(locked).replace(NEW.sha256, OLD.sha256), encoding="utf-8")
    with pytest.raises(ClientFailed, match="DO NOT MATCH THE HASHES"), pip_install("-r", str(lock), index=index):
        pass


def test_uv_locks_a_project_and_installs_by_the_lock(python: Mirrored, tmp_path: Path) -> None:
    """All that the lock names is with us, under the digests of the source."""
    index = f'[[tool.uv.index]]\nurl = "{index_of(python)}"\ndefault = true\n'
    project = '[project]\nname = "mine"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["alpha>=1.1"]\n'
    (tmp_path / "pyproject.toml").write_text(project + index, encoding="utf-8")

    uv_project("lock", folder=tmp_path)
    uv_project("sync", "--frozen", folder=tmp_path)

    lock = (tmp_path / "uv.lock").read_text(encoding="utf-8")
    assert f"{python.url}/{NEW.ckey}" in lock
    assert f"sha256:{NEW.sha256}" in lock
    installed = {path.name for path in (tmp_path / ".venv").glob("lib/python*/site-packages/*.dist-info")}
    assert {"alpha-1.1.dist-info", "beta_two-1.1.dist-info"} <= installed


def test_a_projects_status_comes_through(python: Mirrored) -> None:
    """With its reason; of a quarantined project nothing is offered."""
    assert page(python, "retired")["project-status"] == {"status": "archived", "reason": "use alpha"}
    assert page(python, "taken")["project-status"] == {"status": "quarantined"}
    html = python.get("simple/retired/", Accept=PageForm.HTML).text
    assert '<meta name="pypi:project-status" content="archived">' in html
    assert '<meta name="pypi:project-status-reason" content="use alpha">' in html


def test_what_belongs_to_a_file_is_served_beside_it(python: Mirrored) -> None:
    """Core metadata and provenance, from us."""
    record = records(python, "alpha")[NEW.filename]

    assert record["core-metadata"] == {"sha256": hashlib.sha256(NEW.metadata).hexdigest()}
    assert python.get(f"{NEW.ckey}.metadata").content == NEW.metadata
    assert python.get(f"{NEW.ckey}.provenance").content == NEW.provenance
    assert str(python.http.base_url.host) in record["provenance"] or "://" not in record["provenance"]


def test_nothing_that_is_served_leads_back_to_the_source(python: Mirrored, source: PythonSource) -> None:
    """Clients may have no way out, and must not need one."""
    port = source.url.rpartition(":")[2].partition("/")[0]
    for form in (PageForm.JSON, PageForm.HTML):
        for path in ("simple/", "simple/alpha/", "simple/beta-two/"):
            assert f":{port}" not in python.get(path, Accept=form).text


def test_uv_excludes_what_is_newer_by_the_day_of_the_source(python: Mirrored, source: PythonSource) -> None:
    """Not by the day on which we read it."""
    if not source.tells_days:
        pytest.skip("a source of HTML pages tells no day")
    chosen = uv_resolve("alpha", index=index_of(python), options=("--exclude-newer", "2024-06-01"))

    assert chosen == {"alpha": "1.0", "beta-two": "1.1"}


def test_a_name_written_otherwise_is_sent_on(python: Mirrored) -> None:
    """By a relative address, which keeps a token that stands in the path."""
    for path in ("simple/Beta.Two/", "simple/beta_two", "simple/beta-two"):
        answer = python.get(path)

        assert answer.status_code == 301
        assert "://" not in answer.headers["location"]
        assert str(answer.url.join(answer.headers["location"])).endswith(f"{python.channel}/simple/beta-two/")
