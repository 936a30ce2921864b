"""Files that enrich an index."""

import msgspec
import pytest

from libs.common.ecosystems.compression import compress_zstd
from libs.common.ecosystems.conda.side_files import read_side_files
from tests.support.conda_records import ECO, a_record, a_repodata, opened, shards_of

EXPORTS = {
    "info": {},
    "packages": {"demo-1.0-0.tar.bz2": {"run_exports": {"weak": ["a"]}}},
    "packages.conda": {"demo-1.0-0.conda": {}, "x.whl": {"run_exports": {}}},
    "v3": {"conda": {"demo-3.0-0": {"run_exports": {"strong": ["b"]}}}},
    "other": 5,
}


def test_the_compressed_file_is_asked_for_first() -> None:
    """As rattler does; a seventeenth of the size."""
    run_exports, channeldata = ECO.side_files("linux-64")

    assert run_exports.paths == ("linux-64/run_exports.json.zst", "linux-64/run_exports.json")
    assert channeldata.paths == ("channeldata.json",)


@pytest.mark.parametrize("is_compressed", [True, False])
def test_run_exports_follow_their_files(is_compressed: bool) -> None:
    """From each section, compressed or not."""
    data = msgspec.json.encode(EXPORTS)
    side_files = {"run_exports": compress_zstd(data, level=1) if is_compressed else data}
    index = a_repodata(
        [a_record(), a_record(version="2.0")],
        legacy=[a_record()],
        v3={"conda": {"demo-3.0-0": a_record(version="3.0")}},
    )
    (shard,) = shards_of(index, side_files=side_files).values()

    assert opened(shard.payload)["run_exports"] == {
        "demo-1.0-0.conda": {},
        "demo-1.0-0.tar.bz2": {"weak": ["a"]},
        "demo-3.0-0.conda": {"strong": ["b"]},
    }


def test_channeldata_follows_its_name() -> None:
    """What the source says of a package is kept."""
    side_files = {"channeldata": msgspec.json.encode({"packages": {"Demo": {"summary": "x"}, "other": {}}})}
    (shard,) = shards_of(a_repodata([a_record()]), side_files=side_files).values()

    assert opened(shard.payload)["channeldata"] == {"demo": {"summary": "x"}}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"[]",
        b"\x28\xb5\x2f\xfdx",
        b'{"packages":[]}',
        b'{"v3":{"conda":[]}}',
        b'{"packages":{"demo-1.0-0.conda":{"run_exports":[]},"demo":5}}',
        b'{"packages":{"demo-1.0-0.conda":{"run_exports":{"a":"\xff"}},"demo":{"run_exports":{"a":"\xff"}}}}',
    ],
)
def test_damaged_side_files_are_absent(data: bytes) -> None:
    """An extra must not cost the index."""
    side = read_side_files({"run_exports": data, "channeldata": data})

    assert "demo-1.0-0.conda" not in side.run_exports
    assert "demo" not in side.channeldata
