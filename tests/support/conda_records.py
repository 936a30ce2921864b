"""conda records and indexes with dull defaults, and what a test wants to know of a payload.

`channels()` is the strategy of the property tests: a subdir's files over all sections.
"""

import bz2
import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from hypothesis import strategies as st

from libs.common.ecosystems.compression import compress_zstd
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.conda.payload import decode_payload
from libs.common.ecosystems.protocol import IndexForm, ShardedIndex, SourceShard, WholeIndex

SUBDIR = "linux-64"
ECO = CondaEcosystem()
FORMS: Mapping[str, IndexForm] = {form.form: form for form in ECO.index_forms(SUBDIR)}

JsonObject = dict[str, object]


class MemorySink:
    """A rendered file in memory."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self.data += data


def a_record(name: str = "demo", version: str = "1.0", build: str = "0", **changes: object) -> JsonObject:
    """Return a record with both digests, which are made of what it is."""
    seed = f"{name}-{version}-{build}".encode()
    record: JsonObject = {
        "build": build,
        "build_number": 0,
        "depends": [],
        "md5": hashlib.md5(seed, usedforsecurity=False).hexdigest(),
        "name": name,
        "sha256": hashlib.sha256(seed).hexdigest(),
        "size": 10,
        "subdir": SUBDIR,
        "timestamp": 1_700_000_000_000,
        "version": version,
    }
    return {key: value for key, value in (record | changes).items() if value is not msgspec.UNSET}


def key_of(record: JsonObject, kind: str = "conda") -> str:
    """Return the file name of a record."""
    return f"{record['name']}-{record['version']}-{record['build']}.{kind}"


def a_repodata(conda: Sequence[JsonObject] = (), *, legacy: Sequence[JsonObject] = (), **top: object) -> bytes:
    """Return a repodata.json of these records, `.conda` and `.tar.bz2`."""
    document = {
        "info": {"subdir": SUBDIR},
        "packages": {key_of(record, "tar.bz2"): record for record in legacy},
        "packages.conda": {key_of(record): record for record in conda},
        "removed": [],
        "repodata_version": 1,
    }
    return msgspec.json.encode(document | top)


def whole(data: bytes, *, form: str = "json", side_files: Mapping[str, bytes] | None = None) -> WholeIndex:
    """Read a whole index of SUBDIR."""
    index = ECO.read_index(data, form=FORMS[form], partition=SUBDIR, side_files=side_files or {})
    assert isinstance(index, WholeIndex)
    return index


def sharded(data: bytes) -> ShardedIndex:
    """Read a shard index of SUBDIR."""
    index = ECO.read_index(data, form=FORMS["shards"], partition=SUBDIR, side_files={})
    assert isinstance(index, ShardedIndex)
    return index


def shards_of(data: bytes, **options: object) -> dict[str, SourceShard]:
    """Read a whole index of SUBDIR into its shards by name."""
    return {shard.name: shard for shard in whole(data, **options).shards}  # type: ignore[arg-type]


def payload_of(conda: Sequence[JsonObject] = (), *, legacy: Sequence[JsonObject] = (), **top: object) -> bytes:
    """Return the payload of records that are all of one name."""
    (shard,) = shards_of(a_repodata(conda, legacy=legacy, **top)).values()
    assert not shard.problems
    return shard.payload


def filenames(payload: bytes | None) -> list[str]:
    """List the files of a payload; none for no payload."""
    return [] if payload is None else [file.filename for file in ECO.artifacts(payload, partition=SUBDIR)]


def opened(payload: bytes) -> dict[str, JsonObject]:
    """Return all of a payload's fragments as objects."""
    return {
        section: msgspec.json.decode(b"{%b}" % fragment, type=JsonObject)
        for section, fragment in decode_payload(payload).items()
    }


def rendered(payloads: Mapping[str, bytes], *, subdir: str = SUBDIR) -> dict[str, bytes]:
    """Render all files of a subdir, its shards too, by path below the channel."""
    sinks = {path: MemorySink() for path in ECO.partition_files(subdir)}
    writer = ECO.write_partition(subdir, sinks=sinks)
    files: dict[str, bytes] = {}
    for name, payload in sorted(payloads.items()):
        data = ECO.render_shard(payload, partition=subdir, name=name).data
        assert data is not None
        sha256 = hashlib.sha256(data)
        files[f"{subdir}/shards/{sha256.hexdigest()}.msgpack.zst"] = data
        writer.add(name, payload, rendered_sha256=sha256.digest())
    return files | {path: sinks[path].data for path in writer.finish()}


def reread(files: Mapping[str, bytes], *, form: str) -> dict[str, bytes]:
    """Read one form of what `rendered` wrote back into payloads by name."""
    if form == "shards":
        index = sharded(files[FORMS["shards"].path])
        return {
            ref.name: ECO.read_shard(files[f"{SUBDIR}/{ref.url}"], ref=ref, partition=SUBDIR, side_files={}).payload
            for ref in index.refs
        }
    json = files[FORMS["json"].path]
    data = {"json": json, "zst": files[FORMS["zst"].path], "bz2": bz2.compress(json)}[form]
    run_exports = files.get(f"{SUBDIR}/run_exports.json.zst")
    side_files = {} if run_exports is None else {"run_exports": run_exports}
    return {shard.name: shard.payload for shard in whole(data, form=form, side_files=side_files).shards}


def packed(value: object) -> bytes:
    """Return msgpack in Zstandard, as shards and their index are."""
    return compress_zstd(msgspec.msgpack.encode(value), level=1)


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=6,
)
_unknown_keys = st.dictionaries(st.text(min_size=1, max_size=5).map(lambda key: f"x_{key}"), _json_values, max_size=3)


@st.composite
def channels(draw: st.DrawFn) -> dict[str, bytes]:
    """Payloads by name: files of all sections, some with unknown keys, run_exports, signatures."""
    wanted = draw(
        st.sets(
            st.tuples(
                st.sampled_from(("demo", "demo-core", "r_x.y")),
                st.sampled_from(("1.0", "1!2.0+local", "2.0rc1")),
                st.sampled_from(("0", "py311_1", "h1ab_2")),
                st.sampled_from(("conda", "tar.bz2")),
                st.sampled_from(("classic", "classic", "v3")),
            ),
            max_size=12,
        )
    )
    document: JsonObject = {"info": {"subdir": SUBDIR}}
    sections: dict[str, dict[str, JsonObject]] = {"packages": {}, "packages.conda": {}, "conda": {}, "tar.bz2": {}}
    signatures: JsonObject = {}
    run_exports: JsonObject = {}
    for name, version, build, kind, era in sorted(wanted):
        record = a_record(name, version, build) | draw(_unknown_keys)
        if draw(st.booleans()):
            record["sha256"] = None
        filename = key_of(record, kind)
        if era == "v3":
            sections[kind][filename.removesuffix(f".{kind}")] = record
        else:
            sections["packages" if kind == "tar.bz2" else "packages.conda"][filename] = record
        if draw(st.booleans()):
            signatures[filename] = {"key": {"signature": "00"}}
        run_exports[filename] = {"run_exports": {"weak": [f"{name} >={version}"]}}
    document |= {key: sections[key] for key in ("packages", "packages.conda")}
    document |= {"v3": {key: sections[key] for key in ("conda", "tar.bz2")}, "signatures": signatures}
    exports = msgspec.json.encode({"packages": run_exports}) if draw(st.booleans()) else b""
    found = shards_of(msgspec.json.encode(document), side_files={"run_exports": exports})
    return {name: shard.payload for name, shard in found.items()}
