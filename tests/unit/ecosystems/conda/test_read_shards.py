"""Reading sharded indexes."""

import hashlib
from datetime import UTC, datetime

import msgspec
import pytest

from libs.common.domain.digest import Digest
from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.conda.payload import decode_payload
from libs.common.ecosystems.protocol import ShardRef, SourceShard
from tests.support.conda_records import ECO, SUBDIR, JsonObject, a_record, filenames, opened, packed, sharded

HASH = hashlib.sha256(b"").digest()
INFO: JsonObject = {"base_url": "./", "shards_base_url": "./shards/", "subdir": SUBDIR}


def an_index(**changes: object) -> bytes:
    """Return a shard index of one name."""
    return packed({"version": 1, "info": INFO, "shards": {"demo": HASH}} | changes)


def read(document: object, *, name: str = "demo", **side_files: bytes) -> SourceShard:
    """Read a shard made of this document."""
    ref = ShardRef(name=name, tag=HASH, url="x")
    return ECO.read_shard(packed(document), ref=ref, partition=SUBDIR, side_files=side_files)


def test_an_index_names_its_shards() -> None:
    """The tag is the digest, and the digest is what the bytes must have."""
    index = sharded(an_index())
    (ref,) = index.refs

    assert index.files_url == "linux-64/"
    assert (ref.name, ref.tag, ref.url) == ("demo", HASH, f"shards/{HASH.hex()}.msgpack.zst")
    assert ref.expected is not None
    assert ref.expected.digest == Digest("sha256", HASH.hex())


def test_an_index_may_say_hashes_as_text() -> None:
    """Some writers do."""
    (ref,) = sharded(an_index(shards={"Demo": HASH.hex().upper()})).refs

    assert (ref.name, ref.tag) == ("demo", HASH)


def test_shards_may_lie_elsewhere() -> None:
    """CEP 16: both URLs may be absolute."""
    info = INFO | {"base_url": "https://u:p@host.example/f", "shards_base_url": "https://host.example/s"}
    index = sharded(an_index(info=info))

    assert index.files_url == "https://host.example/f/"
    assert index.refs[0].url == f"https://host.example/s/{HASH.hex()}.msgpack.zst"


def test_an_index_without_urls_means_its_own_folder() -> None:
    """Old writers left them out."""
    assert sharded(packed({"shards": {"demo": HASH}})).refs[0].url == f"{HASH.hex()}.msgpack.zst"


def test_names_that_are_none_are_left_out() -> None:
    """Names become paths."""
    assert sharded(an_index(shards={"../demo": HASH, "a b": HASH})).refs == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        packed([]),
        packed({}),
        packed({"shards": []}),
        packed({"shards": {1: HASH}}),
        an_index(shards={"demo": b"short"}),
        an_index(shards={"demo": 5}),
        an_index(version=2),
        an_index(info=INFO | {"subdir": "osx-64"}),
        an_index(info=INFO | {"base_url": "file:///etc"}),
        an_index(info=INFO | {"shards_base_url": "file:///etc"}),
    ],
)
def test_what_is_no_shard_index_is_unreadable(data: bytes) -> None:
    """A run then takes the next form, or fails and changes nothing."""
    with pytest.raises(UnreadableIndex):
        sharded(data)


def test_digests_become_text_and_keys_keep_their_order() -> None:
    """The same record as repodata.json has; `run_exports` stands beside it."""
    record = {"zzz": 1, **a_record(), "legacy_bz2_md5": bytes(16), "run_exports": {"weak": ["demo"]}}
    record["sha256"] = HASH
    shard = read({"packages": {}, "packages.conda": {"demo-1.0-0.conda": record}, "removed": []})
    expected = {"zzz": 1, **a_record(), "legacy_bz2_md5": "0" * 32, "sha256": HASH.hex()}

    assert not shard.problems
    assert decode_payload(shard.payload)["packages.conda"] == b'"demo-1.0-0.conda":' + msgspec.json.encode(expected)
    assert opened(shard.payload)["run_exports"] == {"demo-1.0-0.conda": {"weak": ["demo"]}}


def test_side_files_fill_what_the_shard_does_not_say() -> None:
    """CEP 21: a key that is absent is unknown, not empty."""
    own = a_record() | {"run_exports": {"weak": ["own"]}}
    exports = {
        "packages": {},
        "packages.conda": {
            "demo-1.0-0.conda": {"run_exports": {"weak": ["side"]}},
            "demo-2.0-0.conda": {"run_exports": {"strong": ["side"]}},
            "other-1-0.conda": {},
        },
    }
    shard = read(
        {"packages.conda": {"demo-1.0-0.conda": own, "demo-2.0-0.conda": a_record(version="2.0")}},
        run_exports=msgspec.json.encode(exports),
        channeldata=msgspec.json.encode({"packages": {"demo": {"summary": "x"}}}),
    )

    assert opened(shard.payload)["run_exports"] == {
        "demo-1.0-0.conda": {"weak": ["own"]},
        "demo-2.0-0.conda": {"strong": ["side"]},
    }
    assert opened(shard.payload)["channeldata"] == {"demo": {"summary": "x"}}


def test_a_file_of_another_name_is_a_problem() -> None:
    """Clients would look for it in another shard."""
    shard = read({"packages": {"other-1.0-0.tar.bz2": a_record("other")}})

    assert filenames(shard.payload) == []
    assert [problem.code for problem in shard.problems] == ["name_mismatch"]


def test_later_revisions_are_read_as_data() -> None:
    """As in repodata.json; what has another shape is not ours to serve."""
    document: JsonObject = {
        "packages": None,
        "packages.conda": {"x.whl": {}, 5: {}},
        "v3": {"conda": {"demo-1.0-0": a_record(), "a-1-0": 1, "b-1-0": {"name": 1}}, "tar.bz2": [], "whl": {"x": {}}},
        "v4": [],
    }
    shard = read(document)

    assert not shard.problems
    assert opened(shard.payload) == {"v3/conda": {"demo-1.0-0": a_record()}}


def test_what_json_can_not_say_is_a_problem() -> None:
    """Msgpack has more types than JSON."""
    bad = a_record() | {"x": msgspec.msgpack.Ext(5, b"x")}
    dated = a_record(version="2.0") | {"x": datetime(2026, 1, 1, tzinfo=UTC), "y": {1: 2}}
    shard = read({"packages.conda": {"demo-1.0-0.conda": bad, "demo-2.0-0.conda": dated, "demo-3.0-0.conda": 5}})

    assert filenames(shard.payload) == ["demo-2.0-0.conda"]
    assert [problem.code for problem in shard.problems] == ["bad_record", "bad_record"]


@pytest.mark.parametrize(
    "data", [b"", b"x", packed([]), packed({"packages": [1]}), packed({"packages": {}})[:-3], packed({1: 2})]
)
def test_what_is_no_shard_is_unreadable(data: bytes) -> None:
    """One shard that can't be read is a failure of its name."""
    with pytest.raises(UnreadableIndex):
        ECO.read_shard(data, ref=ShardRef(name="demo", tag=b"", url=""), partition=SUBDIR, side_files={})


def test_a_shard_that_is_a_bomb_is_unreadable() -> None:
    """At most 16 MiB, as conda has it."""
    with pytest.raises(UnreadableIndex, match="more than"):
        read({"packages": {}, "x": bytes(17 * 1024 * 1024)})
