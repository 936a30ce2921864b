"""Laws of reading and rendering together, for any set of records; and for anything else."""

import bz2
import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import compress_zstd
from libs.common.ecosystems.conda.payload import SIGNATURES, decode_payload
from libs.common.ecosystems.protocol import ShardRef, WholeIndex
from tests.support.conda_records import (
    ECO,
    FORMS,
    SUBDIR,
    channels,
    filenames,
    packed,
    rendered,
    reread,
    shards_of,
)
from tests.support.synthetic import repodata

LAW = settings(max_examples=25, deadline=None, database=None)


@given(channel=channels())
@LAW
def test_what_is_rendered_reads_back_the_same(channel: dict[str, bytes]) -> None:
    """read(render(x)) == x, byte for byte, unknown keys too; shards carry all but signatures."""
    files = rendered(channel)

    for form in ("json", "zst", "bz2"):
        assert reread(files, form=form) == channel
    unsigned = {
        name: {section: fragment for section, fragment in decode_payload(payload).items() if section != SIGNATURES}
        for name, payload in channel.items()
    }
    assert {name: decode_payload(payload) for name, payload in reread(files, form="shards").items()} == unsigned


@given(channel=channels())
@LAW
def test_every_form_lists_the_same_files(channel: dict[str, bytes]) -> None:
    """No form can show what a policy excluded, or hide what it kept."""
    files = rendered(channel)
    expected = sorted(filename for payload in channel.values() for filename in filenames(payload))

    for form in FORMS:
        found = reread(files, form=form)
        assert sorted(filename for payload in found.values() for filename in filenames(payload)) == expected


@given(channel=channels())
@LAW
def test_every_listed_file_is_found_by_its_path(channel: dict[str, bytes]) -> None:
    """What an index names can be asked for, and leads to the shard that has it."""
    for name, payload in channel.items():
        for artifact in ECO.artifacts(payload, partition=SUBDIR):
            served = ECO.route(artifact.ckey)
            assert (served.partition, served.name, served.filename) == (SUBDIR, name, artifact.filename)  # type: ignore[union-attr]


_KEYS = "info packages packages.conda v3 conda signatures shards version name demo-1.0-0 demo-1.0-0.conda".split()
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            values,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(data=st.binary(max_size=100) | _json.map(msgspec.json.encode), is_packed=st.booleans())
@settings(max_examples=150, deadline=None, database=None)
def test_hostile_indexes_are_read_or_unreadable(data: bytes, is_packed: bool) -> None:
    """Random bytes and wrong types raise nothing else, wherever they stand."""
    files = {"json": data, "zst": compress_zstd(data, level=1), "bz2": bz2.compress(data), "shards": data}
    if is_packed:
        try:
            files["shards"] = packed(msgspec.json.decode(data))
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
            files["shards"] = compress_zstd(data, level=1)
    for name, form in FORMS.items():
        try:
            index = ECO.read_index(files[name], form=form, partition=SUBDIR, side_files={"run_exports": data})
            if isinstance(index, WholeIndex):
                payloads = {shard.name: shard.payload for shard in index.shards}
                rendered(payloads)
        except UnreadableIndex:
            continue
    try:
        ref = ShardRef(name="demo", tag=b"", url="")
        shard = ECO.read_shard(files["shards"], ref=ref, partition=SUBDIR, side_files={"channeldata": data})
        ECO.render_shard(shard.payload, partition=SUBDIR, name="demo")
    except UnreadableIndex:
        return


@pytest.mark.parametrize("form", ["zst", "bz2"])
def test_cut_indexes_are_unreadable(form: str) -> None:
    """A connection that broke must not look like a smaller channel."""
    data = repodata(records=50, names=5, seed=1)
    whole = {"zst": compress_zstd(data, level=3), "bz2": bz2.compress(data)}[form]

    with pytest.raises(UnreadableIndex):
        ECO.read_index(whole[: len(whole) // 2], form=FORMS[form], partition=SUBDIR, side_files={})


def test_made_up_repodata_is_good_repodata() -> None:
    """The generator for measuring: the wished counts, no problems, the same bytes for the same seed."""
    data = repodata(records=300, names=20, seed=7)
    shards = shards_of(data)

    assert len(shards) == 20
    assert sum(len(filenames(shard.payload)) for shard in shards.values()) == 300
    assert not any(shard.problems for shard in shards.values())
    assert hashlib.sha256(repodata(records=300, names=20, seed=7)).digest() == hashlib.sha256(data).digest()
