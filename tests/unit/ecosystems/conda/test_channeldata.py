"""channeldata.json and notices.json."""

import msgspec
import pytest

from libs.common.ecosystems.conda.channeldata import newest_version
from tests.support.conda_records import ECO, JsonObject, a_record, a_repodata, payload_of, shards_of


def channeldata(*summaries: tuple[str, str, bytes]) -> JsonObject:
    """Render channeldata.json of these summaries."""
    document: JsonObject = msgspec.json.decode(ECO.render_channel(summaries)["channeldata.json"])
    return document


def summary(payload: bytes, *, name: str = "demo") -> bytes:
    """Return what a rendered shard says for the channel."""
    return ECO.render_shard(payload, partition="linux-64", name=name).summary


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["1.9", "1.10"], "1.10"),
        (["1.0rc1", "1.0"], "1.0"),
        (["2.0", "1!0.1"], "1!0.1"),
        (["not a version", "0.1"], "0.1"),
        (["not a version", "so is this"], "so is this"),
        (["1.0", "1.00"], "1.00"),
        ([], ""),
    ],
)
def test_the_newest_version_is_condas(versions: list[str], newest: str) -> None:
    """CEP 33's order, and the same answer whatever the order of asking."""
    assert newest_version(versions) == newest_version(versions[::-1]) == newest


def test_an_entry_has_what_cep_38_demands() -> None:
    """Made of records alone: version, license, subdirs, time in seconds."""
    linux = payload_of([a_record(license="MIT"), a_record(version="2.0", license="BSD", timestamp=1_800_000_000_999)])
    noarch = payload_of([a_record(version="1.5", license=None)])

    assert channeldata(("linux-64", "demo", summary(linux)), ("noarch", "demo", summary(noarch))) == {
        "channeldata_version": 1,
        "packages": {
            "demo": {
                "activate.d": False,
                "binary_prefix": False,
                "deactivate.d": False,
                "license": "BSD",
                "post_link": False,
                "pre_link": False,
                "pre_unlink": False,
                "run_exports": {},
                "subdirs": ["linux-64", "noarch"],
                "text_prefix": False,
                "timestamp": 1_800_000_000,
                "version": "2.0",
            }
        },
        "subdirs": ["linux-64", "noarch"],
    }


def test_the_source_entry_is_kept_but_for_what_is_ours() -> None:
    """Version, subdirs and time are of what this channel has."""
    entry = {
        "summary": "x",
        "binary_prefix": True,
        "version": "9",
        "subdirs": ["osx-64"],
        "timestamp": 1,
        "license": "Z",
    }
    side_files = {"channeldata": msgspec.json.encode({"packages": {"demo": entry}})}
    (shard,) = shards_of(a_repodata([a_record(license="MIT")]), side_files=side_files).values()
    packages = channeldata(("linux-64", "demo", summary(shard.payload)))["packages"]

    assert isinstance(packages, dict)
    assert packages["demo"] | entry == packages["demo"] | {
        "version": "9",
        "subdirs": ["osx-64"],
        "timestamp": 1,
    }
    assert packages["demo"]["version"] == "1.0"
    assert packages["demo"]["timestamp"] == 1_700_000_000


def test_records_without_time_and_license_have_an_entry() -> None:
    """Old records have neither."""
    payload = payload_of([a_record(timestamp=None)])
    packages = channeldata(("linux-64", "demo", summary(payload)))["packages"]

    assert isinstance(packages, dict)
    assert packages["demo"]["timestamp"] == 0
    assert "license" not in packages["demo"]


def test_there_are_no_notices() -> None:
    """Conda asks for them before it installs; an empty list is the quietest answer."""
    assert ECO.render_channel(())["notices.json"] == b'{"notices":[]}'


def test_a_summary_tells_when_the_newest_file_was_made() -> None:
    """For lists of packages, which read no record; to the second."""
    made = payload_of([a_record(version="2.0", timestamp=1_800_000_000_999), a_record(timestamp=1_700_000_000_000)])

    assert ECO.newest_ms(summary(made)) == 1_800_000_000_000
    assert ECO.newest_ms(summary(payload_of([a_record(timestamp=None)]))) is None
    assert ECO.newest_ms(b"") is None
