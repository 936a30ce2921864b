"""Rendering: the files of a subdir as clients read them."""

import hashlib
import json

import msgspec
import pytest

from libs.common.ecosystems.compression import decompress_zstd
from tests.support.conda_records import (
    ECO,
    SUBDIR,
    JsonObject,
    a_record,
    a_repodata,
    filenames,
    payload_of,
    rendered,
    reread,
    shards_of,
)

LIMIT = 2**24


def unpacked(data: bytes) -> JsonObject:
    """Read msgpack in Zstandard."""
    document: JsonObject = msgspec.msgpack.decode(decompress_zstd(data, limit_bytes=LIMIT))
    return document


def shard_document(payload: bytes) -> JsonObject:
    """Return a rendered shard."""
    data = ECO.render_shard(payload, partition=SUBDIR, name="demo").data
    assert data is not None
    return unpacked(data)


def test_repodata_is_spliced_from_the_source_bytes() -> None:
    """No `base_url`, version 1, `info` first, both sections, no other key."""
    payloads = {name: shard.payload for name, shard in shards_of(a_repodata([a_record(), a_record("other")])).items()}
    files = rendered(payloads)

    assert files[f"{SUBDIR}/repodata.json"] == a_repodata([a_record(), a_record("other")])
    assert decompress_zstd(files[f"{SUBDIR}/repodata.json.zst"], limit_bytes=LIMIT) == files[f"{SUBDIR}/repodata.json"]
    assert sorted(path for path in files if "/shards/" not in path) == [
        f"{SUBDIR}/repodata.json",
        f"{SUBDIR}/repodata.json.zst",
        f"{SUBDIR}/repodata_shards.msgpack.zst",
    ]


def test_a_long_index_is_written_piece_by_piece() -> None:
    """Sinks get pieces of about 1 MiB, and both forms say the same."""
    noise = "".join(hashlib.sha512(bytes([seed])).hexdigest() for seed in range(250))
    index = a_repodata([a_record(f"n{place}", summary=f"{place}{noise}") for place in range(80)])
    files = rendered({name: shard.payload for name, shard in shards_of(index).items()})

    assert json.loads(files[f"{SUBDIR}/repodata.json"]) == json.loads(index)
    assert decompress_zstd(files[f"{SUBDIR}/repodata.json.zst"], limit_bytes=LIMIT) == files[f"{SUBDIR}/repodata.json"]


def test_signatures_and_later_revisions_stand_where_they_are() -> None:
    """CEP 48: a block needs its mention in `info`, in the shard index too."""
    v3 = {"conda": {"demo-3.0-0": a_record(version="3.0")}, "tar.bz2": {"demo-4.0-0": a_record(version="4.0")}}
    payload = payload_of(
        [a_record()], v3=v3, v4={"conda": {"demo-5.0-0": a_record(version="5.0")}}, signatures={"demo-1.0-0.conda": {}}
    )
    files = rendered({"demo": payload})
    repodata = json.loads(files[f"{SUBDIR}/repodata.json"])
    index = unpacked(files[f"{SUBDIR}/repodata_shards.msgpack.zst"])

    assert repodata["v3"] == v3
    assert repodata["info"]["repodata_revisions"] == {"v3": {}, "v4": {}}
    assert repodata["signatures"] == {"demo-1.0-0.conda": {}}
    assert index["info"]["repodata_revisions"] == {"v3": {}, "v4": {}}  # type: ignore[index]
    assert list(shard_document(payload)) == ["packages", "packages.conda", "removed", "v3", "v4"]


def test_the_shard_index_is_what_clients_demand() -> None:
    """Relative URLs, hashes as bytes, a fixed time."""
    files = rendered({"demo": payload_of([a_record()])})
    (shard,) = (data for path, data in files.items() if "/shards/" in path)

    assert unpacked(files[f"{SUBDIR}/repodata_shards.msgpack.zst"]) == {
        "version": 1,
        "info": {
            "base_url": "./",
            "created_at": "2026-01-01T00:00:00Z",
            "shards_base_url": "./shards/",
            "subdir": SUBDIR,
        },
        "shards": {"demo": hashlib.sha256(shard).digest()},
    }


def test_names_without_a_rendered_shard_are_left_out_of_the_index() -> None:
    """An index must not name a shard that is not there."""
    sinks = {path: _Nowhere() for path in ECO.partition_files(SUBDIR)}
    writer = ECO.write_partition(SUBDIR, sinks=sinks)
    writer.add("demo", payload_of([a_record()]), rendered_sha256=None)
    writer.finish()

    assert unpacked(sinks[f"{SUBDIR}/repodata_shards.msgpack.zst"].last)["shards"] == {}


def test_a_shard_has_digests_as_bytes_and_both_sections() -> None:
    """Conda looks both sections up unasked, mamba takes no digest but bytes."""
    record = a_record(legacy_bz2_md5="0" * 32, md5=None)
    payload = payload_of([record, a_record(version="2.0", legacy_bz2_md5="no hex")])
    document = shard_document(payload)
    found = document["packages.conda"]

    assert isinstance(found, dict)
    assert document["packages"] == {}
    assert document["removed"] == []
    assert found["demo-1.0-0.conda"] == record | {
        "sha256": bytes.fromhex(str(record["sha256"])),
        "legacy_bz2_md5": bytes(16),
    }
    assert list(found["demo-1.0-0.conda"]) == list(record)
    assert found["demo-2.0-0.conda"]["legacy_bz2_md5"] == "no hex"


@pytest.mark.parametrize("number", ["123456789012345678901234567890", f"-1{'0' * 400}", f"1{'0' * 400}", "1e999"])
def test_numbers_that_msgpack_can_not_hold_do_not_stop_a_channel(number: str) -> None:
    """JSON has no bounds for numbers; an odd key of one record must not cost the others."""
    record = msgspec.json.encode(a_record())[:-1] + b',"x":%b}' % number.encode()
    (shard,) = shards_of(b'{"packages.conda":{"demo-1.0-0.conda":%b}}' % record).values()
    found = shard_document(shard.payload)["packages.conda"]

    assert isinstance(found, dict)
    assert found["demo-1.0-0.conda"]["x"] == float(number)
    assert found["demo-1.0-0.conda"]["sha256"] == bytes.fromhex(str(a_record()["sha256"]))


def test_run_exports_stand_in_shards_and_in_their_own_files() -> None:
    """Where the source has them; then every file is listed, as CEP 12 demands."""
    exports = {
        "packages.conda": {"demo-1.0-0.conda": {"run_exports": {"weak": ["x"]}}},
        "v3": {"conda": {"demo-3.0-0": {"run_exports": {"strong": ["y"]}}}},
    }
    index = a_repodata(
        [a_record(), a_record("other")],
        legacy=[a_record(version="2.0")],
        v3={"conda": {"demo-3.0-0": a_record(version="3.0")}, "tar.bz2": {"demo-4.0-0": a_record(version="4.0")}},
    )
    side_files = {"run_exports": msgspec.json.encode(exports)}
    payloads = {name: shard.payload for name, shard in shards_of(index, side_files=side_files).items()}
    files = rendered(payloads)
    found = shard_document(payloads["demo"])["packages.conda"]

    assert isinstance(found, dict)
    assert found["demo-1.0-0.conda"]["run_exports"] == {"weak": ["x"]}
    assert json.loads(files[f"{SUBDIR}/run_exports.json"]) == {
        "info": {"arch": "x86_64", "platform": "linux", "subdir": SUBDIR, "version": 0},
        "packages": {"demo-2.0-0.tar.bz2": {"run_exports": {}}},
        "packages.conda": {
            "demo-1.0-0.conda": {"run_exports": {"weak": ["x"]}},
            "other-1.0-0.conda": {"run_exports": {}},
        },
        "v3": {
            "conda": {"demo-3.0-0": {"run_exports": {"strong": ["y"]}}},
            "tar.bz2": {"demo-4.0-0": {"run_exports": {}}},
        },
    }
    assert reread(files, form="json").keys() == payloads.keys()


def test_run_exports_that_msgpack_can_not_hold_do_not_stop_a_channel() -> None:
    """The same for the table beside the records."""
    side_files = {"run_exports": b'{"packages":{"demo-1.0-0.conda":{"run_exports":{"x":1e999}}}}'}
    (shard,) = shards_of(a_repodata([a_record()]), side_files=side_files).values()
    found = shard_document(shard.payload)["packages.conda"]

    assert isinstance(found, dict)
    assert found["demo-1.0-0.conda"]["run_exports"] == {"x": float("inf")}


def test_noarch_has_no_platform() -> None:
    """As conda's own tools write it."""
    side_files = {"run_exports": b'{"packages":{"demo-1.0-0.conda":{}}}'}
    (shard,) = shards_of(a_repodata([a_record()]), side_files=side_files).values()
    files = rendered({"demo": shard.payload}, subdir="noarch")

    assert json.loads(files["noarch/run_exports.json"])["info"] == {
        "arch": None,
        "platform": None,
        "subdir": "noarch",
        "version": 0,
    }


def test_the_same_content_gives_the_same_bytes() -> None:
    """Digests name the files, so nothing may depend on time or chance."""
    payloads = {name: shard.payload for name, shard in shards_of(a_repodata([a_record(), a_record("b")])).items()}

    assert rendered(payloads) == rendered(payloads)


def test_counts_are_those_of_the_payload() -> None:
    """What the revision sums up."""
    payload = payload_of([a_record(), a_record(version="2.0", size=7)])
    shard = ECO.render_shard(payload, partition=SUBDIR, name="demo")

    assert (shard.files, shard.size_bytes) == (2, 17)
    assert len(filenames(payload)) == 2


class _Nowhere:
    """Keeps only the last piece."""

    def __init__(self) -> None:
        self.last = b""

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.last = data
