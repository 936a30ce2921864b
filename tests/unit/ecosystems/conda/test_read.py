"""Reading whole index files."""

import bz2

import msgspec
import pytest

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import compress_zstd
from tests.support.conda_records import SUBDIR, a_record, a_repodata, filenames, opened, shards_of, whole


@pytest.mark.parametrize("form", ["json", "zst", "bz2"])
def test_every_form_reads_the_same(form: str) -> None:
    """The forms differ by their compression alone."""
    data = a_repodata([a_record(), a_record("other")], legacy=[a_record()])
    packed = {"json": data, "zst": compress_zstd(data, level=3), "bz2": bz2.compress(data)}[form]

    assert shards_of(packed, form=form) == shards_of(data)
    assert list(shards_of(data)) == ["demo", "other"]


def test_an_empty_file_is_an_empty_index() -> None:
    """CEP 36: an empty file equals `{}`."""
    assert shards_of(b"") == shards_of(b"{}") == {}


def test_the_source_bytes_of_a_record_are_kept() -> None:
    """Lossless: blanks, order of keys and unknown keys too."""
    record = b'{ "name":"demo",\n"x" : [1,  2.50],"version":"1.0","build":"0","build_number":0,"md5":"%b"}' % (
        b"a" * 32
    )
    (shard,) = shards_of(b'{"packages": {"demo-1.0-0.tar.bz2" : %b }}' % record).values()

    assert record in shard.payload


def test_other_files_and_removed_ones_are_ignored() -> None:
    """Only `.conda` and `.tar.bz2` are mirrored; `removed` names files without records."""
    data = a_repodata([a_record()], removed=["demo-0.1-0.conda"], packages={"x-1-0.whl": {"name": "x"}})

    assert {name: shard.problems for name, shard in shards_of(data).items()} == {"demo": ()}


def test_a_file_stands_in_the_section_of_its_kind() -> None:
    """Some channels have `.conda` files in `packages`; clients look for them in `packages.conda`."""
    record = a_record()
    (shard,) = shards_of(a_repodata(packages={"demo-1.0-0.conda": record})).values()

    assert opened(shard.payload)["packages.conda"] == {"demo-1.0-0.conda": record}


def test_later_revisions_are_read_as_data() -> None:
    """CEP 48: any `v<N>` block, its kinds conda and tar.bz2, and only records in it."""
    record = a_record()
    blocks = {
        "v3": {"conda": {"demo-1.0-0": record}, "tar.bz2": {"demo-2.0-0": a_record(version="2.0")}, "whl": {"x": {}}},
        "v12": {"conda": {"demo-3.0-0": a_record(version="3.0"), "a-1-0": [], "b-1-0": {"name": 1}, "c-1-0": {}}},
        "v4": ["other shape"],
        "v5": {"conda": "other shape", "tar.bz2": {}},
        "vx": {"conda": {"evil-1-0": a_record("evil")}},
    }
    (shard,) = shards_of(msgspec.json.encode(blocks)).values()

    assert not shard.problems
    assert filenames(shard.payload) == ["demo-1.0-0.conda", "demo-2.0-0.tar.bz2", "demo-3.0-0.conda"]
    assert opened(shard.payload)["v3/conda"] == {"demo-1.0-0": record}


def test_a_file_in_two_sections_is_one_file() -> None:
    """The classic record wins, for every client reads it."""
    block = {"conda": {"demo-1.0-0": a_record(size=99), "demo-2.0-0": a_record(version="2.0")}}
    (shard,) = shards_of(a_repodata([a_record()], v3=block)).values()

    assert filenames(shard.payload) == ["demo-1.0-0.conda", "demo-2.0-0.conda"]
    assert list(opened(shard.payload)["v3/conda"]) == ["demo-2.0-0"]


def test_a_block_whose_files_are_all_classic_leaves_nothing() -> None:
    """No empty section in a payload."""
    (shard,) = shards_of(a_repodata([a_record()], v3={"conda": {"demo-1.0-0": a_record()}})).values()

    assert list(opened(shard.payload)) == ["packages.conda"]


def test_signatures_follow_their_files() -> None:
    """They are passed through for records that are served as they were."""
    data = a_repodata([a_record()], signatures={"demo-1.0-0.conda": {"k": 1}, "gone-1-0.conda": {}})
    (shard,) = shards_of(data).values()

    assert opened(shard.payload)["signatures"] == {"demo-1.0-0.conda": {"k": 1}}


def test_signatures_of_another_shape_are_none() -> None:
    """An extra that is damaged costs nothing else."""
    assert list(shards_of(a_repodata([a_record()], signatures=["x"]))) == ["demo"]


def test_the_base_url_says_where_files_lie() -> None:
    """CEP 15; without one they lie beside the index."""
    assert whole(a_repodata()).files_url == "linux-64/"
    assert whole(a_repodata(info={"base_url": "../../x/linux-64"})).files_url == "../x/linux-64/"
    assert whole(a_repodata(info=None)).files_url == "linux-64/"


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{",
        b"null",
        b"\xff",
        b'{"packages":[]}',
        b'{"packages.conda":1}',
        b'{"info":1}',
        b'{"info":{"base_url":"file:///etc"}}',
        b'{"info":{"subdir":"osx-64"}}',
        b'{"repodata_version":3}',
        b'{"repodata_version":"x"}',
        b'{"\xff":1}',
        b'{"packages":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_index_is_unreadable(data: bytes) -> None:
    """It is found before the first shard, so that a run changes nothing by it."""
    with pytest.raises(UnreadableIndex):
        whole(data)


def test_a_record_that_is_no_object_is_a_problem() -> None:
    """The index is readable, the file is not."""
    data = msgspec.json.encode({"packages": {"demo-1.0-0.tar.bz2": None}})
    (shard,) = shards_of(data).values()

    assert filenames(shard.payload) == []
    assert [(problem.ckey, problem.code) for problem in shard.problems] == [
        (f"{SUBDIR}/demo-1.0-0.tar.bz2", "bad_record")
    ]
