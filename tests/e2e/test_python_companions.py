"""Core metadata and records: resolving without whole wheels, and what is kept of what the source says."""

from contextlib import closing

import pytest

from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, mirror_python, records
from tests.support.python_clients import pip_install, pip_report, uv_install, uv_resolve
from tests.support.python_index import Habits, Metadata, PageForm
from tests.support.python_packages import PythonFile, a_wheel
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

_PADDING = 300_000


def versions_of(project: str) -> tuple[PythonFile, PythonFile, PythonFile]:
    """Return three versions of which only the oldest fits with what its own need asks for."""
    return (
        a_wheel(project, "1.0", padding_bytes=_PADDING),
        a_wheel(project, "2.0", requires=["never-there"], padding_bytes=_PADDING),
        a_wheel(project, "3.0", requires=["never-there"], padding_bytes=_PADDING),
    )


def test_uv_resolves_by_core_metadata_alone(stack: Stack, channel: str) -> None:
    """Through a passive channel no wheel is fetched for it."""
    first, second, third = versions_of("pyrite")
    with closing(PythonSource((first, second, third))) as source:
        mirrored = mirror_python(stack, channel, source.root)

        assert uv_resolve("pyrite", index=index_of(mirrored)) == {"pyrite": "1.0"}
        asked = source.counts()

    assert [asked[f"{file.path}.metadata"] for file in (first, second, third)] == [1, 1, 1]
    assert [asked[file.path] for file in (first, second, third)] == [0, 0, 0]


def test_pip_downloads_no_wheel_that_it_does_not_choose(stack: Stack, channel: str) -> None:
    """It reads what the others need first."""
    first, second, third = versions_of("galena")
    with closing(PythonSource((first, second, third))) as source:
        mirrored = mirror_python(stack, channel, source.root)

        assert pip_report("galena<3", index=index_of(mirrored)) == {"galena": "1.0"}
        asked = source.counts()

    assert [asked[second.path], asked[third.path], asked[f"{third.path}.metadata"]] == [0, 0, 0]
    assert asked[f"{second.path}.metadata"] == 1


@pytest.mark.parametrize("form", [PageForm.JSON, PageForm.HTML])
def test_metadata_that_the_source_does_not_serve_is_taken_out_of_stored_wheels(
    stack: Stack, channel: str, form: PageForm
) -> None:
    """An active mirror has it after the run."""
    wheel = a_wheel(f"mica-{form.name.lower()}", "1.0", requires=["nothing; extra == 'none'"])
    with closing(PythonSource((wheel,), forms=(form,), habits=Habits(metadata=Metadata.ABSENT))) as source:
        mirrored = mirror_python(stack, channel, source.root, mode="active")

        record = eventually(lambda: _with_metadata(mirrored, wheel), within_s=15, what="its metadata to be told")
        assert record["core-metadata"] == record["dist-info-metadata"]
        assert mirrored.get(f"{wheel.ckey}.metadata").content == wheel.metadata
        assert uv_resolve(wheel.project, index=index_of(mirrored)) == {wheel.project: "1.0"}
        assert source.count(f"{wheel.path}.metadata") == 0


def test_uv_reads_ranges_of_wheels_where_there_is_no_metadata(stack: Stack, channel: str) -> None:
    """Of a passive channel: the wheel is stored by that, and its metadata is told from then on."""
    wheel = a_wheel("gneiss", "1.0", padding_bytes=_PADDING)
    with closing(PythonSource((wheel,), habits=Habits(metadata=Metadata.ABSENT))) as source:
        mirrored = mirror_python(stack, channel, source.root)
        assert "core-metadata" not in records(mirrored, "gneiss")[wheel.filename]

        assert uv_resolve("gneiss", index=index_of(mirrored)) == {"gneiss": "1.0"}
        eventually(lambda: _with_metadata(mirrored, wheel), within_s=15, what="its metadata to be told")
        assert uv_resolve("gneiss", index=index_of(mirrored)) == {"gneiss": "1.0"}
        assert source.count(wheel.path) == 1


@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(Habits(digest="md5"), id="md5"),
        pytest.param(Habits(digest=None, metadata=Metadata.TRUE), id="no-digest"),
        pytest.param(Habits(has_pep_700=False, metadata=Metadata.ABSENT), id="pep-503-only"),
    ],
)
@pytest.mark.parametrize("mode", ["passive", "active"])
def test_an_index_of_older_habits_is_mirrored_as_well(stack: Stack, channel: str, habits: Habits, mode: str) -> None:
    """What it does not tell clients do without."""
    wheel = a_wheel(f"tuff-{habits.digest}-{mode}".lower(), "1.0")
    with closing(PythonSource((wheel,), habits=habits)) as source:
        mirrored = mirror_python(stack, channel, source.root, mode=mode)

        with pip_install(wheel.project, index=index_of(mirrored)) as by_pip:
            assert by_pip.versions() == {wheel.project.replace("-", "_"): "1.0"}
        with uv_install(wheel.project, index=index_of(mirrored)) as by_uv:
            assert by_uv.imported(wheel.project.replace("-", "_")) == "1.0"


def test_what_the_source_says_of_a_file_is_kept(stack: Stack, channel: str) -> None:
    """Its day above all, which is never ours; also what nobody knows yet."""
    wheel = a_wheel("schist", "1.0", requires_python=">=3.8", yanked="old", uploaded_at="2019-05-06T07:08:09.123456Z")
    with closing(PythonSource((wheel,))) as source:
        mirrored = mirror_python(stack, channel, source.root)

    record = records(mirrored, "schist")[wheel.filename]
    assert (record["upload-time"], record["size"]) == (wheel.uploaded_at, len(wheel.data))
    assert (record["requires-python"], record["yanked"]) == (">=3.8", "old")
    assert record["hashes"] == {"sha256": wheel.sha256}
    assert record["url"] == wheel.filename


def _with_metadata(mirrored: Mirrored, wheel: PythonFile) -> dict[str, object] | None:
    record = records(mirrored, wheel.normalised)[wheel.filename]
    return record if record.get("core-metadata") else None
