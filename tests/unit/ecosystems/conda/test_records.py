"""Checking records: what is served, what is a problem, what is put aside."""

import msgspec
import pytest

from libs.common.ecosystems.conda.payload import decode_payload, totals_of
from tests.support.conda_records import SUBDIR, JsonObject, a_record, a_repodata, filenames, key_of, opened, shards_of


def shard_of(*records: JsonObject, keys: tuple[str, ...] = ()) -> tuple[list[str], list[tuple[str, str]]]:
    """Read records as `.conda` of one name; return the files, and (ckey, code) of the problems."""
    names = keys or tuple(key_of(record) for record in records)
    data = msgspec.json.encode({"packages.conda": dict(zip(names, records, strict=True))})
    (shard,) = shards_of(data).values()
    return filenames(shard.payload), [(problem.ckey, problem.code) for problem in shard.problems]


GOOD = a_record("demo", "9.0")
GOOD_FILE = key_of(GOOD)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "other"}, "name_mismatch"),
        ({"sha256": None, "md5": None}, "no_digest"),
        ({"sha256": msgspec.UNSET, "md5": msgspec.UNSET}, "no_digest"),
        ({"sha256": "x" * 64, "md5": ""}, "no_digest"),
        ({"size": -1}, "bad_record"),
        ({"size": 2**60}, "bad_record"),
        ({"size": "big"}, "bad_record"),
        ({"version": 1}, "bad_record"),
        ({"build": msgspec.UNSET}, "bad_record"),
        ({"license": ["MIT"]}, "bad_record"),
        ({"url": 1}, "bad_url"),
        ({"url": "file:///etc/passwd"}, "bad_url"),
        ({"base_url": "ftp://host.example/"}, "bad_url"),
        ({"x": [[]]}, None),
    ],
)
def test_a_bad_record_is_a_problem_and_the_others_stay(changes: JsonObject, code: str | None) -> None:
    """One bad record must not cost the name its other files."""
    bad = a_record("demo", "1.0") | changes
    bad = {key: value for key, value in bad.items() if value is not msgspec.UNSET}

    files, problems = shard_of(bad, GOOD, keys=("demo-1.0-0.conda", GOOD_FILE))

    if code is None:
        assert (len(files), problems) == (2, [])
    else:
        assert files == [GOOD_FILE]
        assert problems == [(f"{SUBDIR}/demo-1.0-0.conda", code)]


@pytest.mark.parametrize("key", ["demo-1.0-0 .conda", "demo-1..0-0.conda", f"demo-1.0-{'0' * 210}.conda"])
def test_a_bad_file_name_is_a_problem(key: str) -> None:
    """A file name becomes a path; what could be more than a name is not served."""
    files, problems = shard_of(a_record("demo"), GOOD, keys=(key, GOOD_FILE))

    assert files == [GOOD_FILE]
    assert problems == [(f"{SUBDIR}/{key}", "bad_filename")]


def test_a_problem_shows_no_control_characters() -> None:
    """Problems are shown to people, on terminals too."""
    _, problems = shard_of(a_record("demo"), GOOD, keys=("demo-1\x1b[2J-0.conda", GOOD_FILE))

    assert problems == [(f"{SUBDIR}/demo-1?[2J-0.conda", "bad_filename")]


@pytest.mark.parametrize(
    "raw",
    [b'"\xff"', b"[" * 100 + b"]" * 100, b'{"a":' * 100 + b"1" + b"}" * 100, b'"\xc3\xa4", "y": 1e999'],
    ids=["no text", "deep list", "deep object", "number out of range"],
)
def test_what_clients_could_not_read_is_a_problem(raw: bytes) -> None:
    """One such record would cost some clients the whole index."""
    record = msgspec.json.encode(a_record("demo"))[:-1] + b',"x":' + raw + b"}"
    data = b'{"packages.conda":{"demo-1.0-0.conda":%b,"%b":%b}}' % (
        record,
        GOOD_FILE.encode(),
        msgspec.json.encode(GOOD),
    )

    (shard,) = shards_of(data).values()

    assert filenames(shard.payload) == [GOOD_FILE]
    assert [problem.code for problem in shard.problems] == ["bad_record"]


def test_many_brackets_in_texts_are_no_depth() -> None:
    """Depth is counted outside of texts."""
    record = a_record("demo", depends=["[{" * 50, '\\"['], x=[[]] * 70)

    assert shard_of(record) == (["demo-1.0-0.conda"], [])


def test_text_of_the_world_passes_byte_for_byte() -> None:
    """Records are not only ASCII."""
    record = a_record("demo", summary="Grüße, 世界")
    (shard,) = shards_of(a_repodata([record])).values()

    assert msgspec.json.encode(record) in shard.payload


def test_names_are_compared_without_case() -> None:
    """CEP 26: `PyQt` and `pyqt` are one name."""
    shards = shards_of(a_repodata([a_record("PyQt"), a_record("pyqt", "2.0")]))

    assert list(shards) == ["pyqt"]
    assert filenames(shards["pyqt"].payload) == ["PyQt-1.0-0.conda", "pyqt-2.0-0.conda"]
    assert not shards["pyqt"].problems


def test_old_records_are_good_records() -> None:
    """Channels of 2014 have md5 only, no subdir, sometimes no size."""
    old = a_record(sha256=msgspec.UNSET, subdir=msgspec.UNSET, size=msgspec.UNSET, timestamp=msgspec.UNSET)

    assert shard_of(old) == (["demo-1.0-0.conda"], [])


@pytest.mark.parametrize(
    ("place", "location"),
    [
        ({"url": "https://u:p@host.example/x/demo-1.0-0.conda"}, "https://host.example/x/demo-1.0-0.conda"),
        ({"download_url": "https://host.example/y"}, "https://host.example/y"),
        ({"base_url": "../old"}, "../old/demo-1.0-0.conda"),
        ({"url": "./demo-1.0-0.conda"}, None),
        ({"url": None, "base_url": None}, None),
    ],
)
def test_where_a_file_lies_is_taken_out_of_its_record(place: JsonObject, location: str | None) -> None:
    """It is used for fetching and never served; every other key keeps its place and bytes."""
    record = {"zzz": 1, **place, **a_record("demo")}
    (shard,) = shards_of(a_repodata([record], signatures={"demo-1.0-0.conda": {}})).values()
    fragment = decode_payload(shard.payload)["packages.conda"]

    assert fragment == b'"demo-1.0-0.conda":' + msgspec.json.encode({"zzz": 1} | a_record("demo"))
    assert opened(shard.payload).get("locations") == (location and {"demo-1.0-0.conda": location})
    assert "signatures" not in opened(shard.payload)


def test_a_digest_that_is_none_is_taken_out() -> None:
    """Clients would refuse the file by it, though the other digest is good."""
    (one, two) = shards_of(a_repodata([a_record("one", sha256=""), a_record("two", md5="z" * 32)])).values()

    assert "sha256" not in opened(one.payload)["packages.conda"]["one-1.0-0.conda"]  # type: ignore[operator]
    assert "md5" not in opened(two.payload)["packages.conda"]["two-1.0-0.conda"]  # type: ignore[operator]


def test_totals_count_files_and_bytes() -> None:
    """What a run says it has, without looking into records."""
    (shard,) = shards_of(a_repodata([a_record(), a_record(version="2.0", size=None)], legacy=[a_record()])).values()

    assert totals_of(shard.payload) == (3, 20)
