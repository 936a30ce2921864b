"""Answers: status, headers and the bytes to send."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.channel import Privacy
from libs.common.domain.digest import Digest
from services.api.serving.representation import (
    Answer,
    Representation,
    answer,
    content_type_of,
    index_caching,
    package_caching,
    repr_digest,
    shard_caching,
    strong_etag,
)
from tests.support.records import a_channel


def _file(size_bytes: int | None = 100, **changes: str) -> Representation:
    return Representation(
        etag='"abc"',
        last_modified=datetime(2026, 5, 17, 12, tzinfo=UTC),
        content_type=changes.get("content_type", "application/json"),
        cache_control="public, max-age=60",
        size_bytes=size_bytes,
        repr_digest=changes.get("repr_digest"),
    )


def _headers(decided: Answer) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in decided.headers}


def test_head_has_the_headers_of_get() -> None:
    """To the letter, and no body."""
    get = answer("GET", {}, _file(repr_digest="sha-256=:x:"))
    head = answer("HEAD", {}, _file(repr_digest="sha-256=:x:"))

    assert head.headers == get.headers
    assert (get.status, get.body, head.status, head.body) == (200, (0, 100), 200, None)
    assert _headers(get) == {
        "etag": '"abc"',
        "cache-control": "public, max-age=60",
        "last-modified": "Sun, 17 May 2026 12:00:00 GMT",
        "accept-ranges": "bytes",
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
        "repr-digest": "sha-256=:x:",
        "content-length": "100",
    }


def test_a_range_is_206_with_its_place() -> None:
    """Everything else is said as for the whole file."""
    part = answer("GET", {"range": "bytes=10-19"}, _file())

    assert (part.status, part.body) == (206, (10, 20))
    assert _headers(part)["content-range"] == "bytes 10-19/100"
    assert _headers(part)["content-length"] == "10"
    assert _headers(part)["etag"] == '"abc"'


def test_a_range_of_head_is_ignored() -> None:
    """Range is for GET only."""
    assert answer("HEAD", {"range": "bytes=10-19"}, _file()).headers == answer("HEAD", {}, _file()).headers


def test_a_range_beyond_the_end_is_416_with_the_size() -> None:
    """So that the client learns what it has."""
    refused = answer("GET", {"range": "bytes=100-"}, _file())

    assert (refused.status, refused.body) == (416, None)
    assert _headers(refused)["content-range"] == "bytes */100"


def test_a_range_of_another_version_is_answered_with_the_whole_file() -> None:
    """If-Range: the client must not join two files."""
    whole = answer("GET", {"range": "bytes=10-19", "if-range": '"old"'}, _file())

    assert (whole.status, whole.body) == (200, (0, 100))


def test_an_unchanged_file_is_304_whatever_range_is_asked() -> None:
    """Conditions come before ranges; 304 repeats what a cache needs, and no length."""
    same = answer("GET", {"if-none-match": '"abc"', "range": "bytes=100-"}, _file())

    assert (same.status, same.body) == (304, None)
    assert _headers(same) == {"etag": '"abc"', "cache-control": "public, max-age=60"}


def test_a_failed_condition_is_412() -> None:
    """Without a body."""
    failed = answer("GET", {"if-match": '"other"'}, _file())

    assert (failed.status, failed.body) == (412, None)


def test_a_file_of_unknown_size_comes_whole_and_without_length() -> None:
    """No range can be cut of it yet."""
    whole = answer("GET", {"range": "bytes=0-9"}, _file(None))

    assert (whole.status, whole.body) == (200, (0, None))
    assert "content-length" not in _headers(whole)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("noarch/repodata.json", "application/json"),
        ("noarch/repodata.json.zst", "application/zstd"),
        ("noarch/repodata_shards.msgpack.zst", "application/zstd"),
        ("noarch/a-1-0.conda", "application/octet-stream"),
        ("noarch/a-1-0.tar.bz2", "application/octet-stream"),
        ("noarch/repodata.json.bz2", "application/x-bzip2"),
        ("index.html", "text/html; charset=utf-8"),
        ("noarch/strange", "application/octet-stream"),
    ],
)
def test_a_file_has_the_type_of_its_name(path: str, content_type: str) -> None:
    """What is compressed is a type of its own, never an encoding."""
    assert content_type_of(path) == content_type


def test_digests_are_said_as_etag_and_repr_digest() -> None:
    """An md5 makes a tag, but nothing to verify by."""
    sha256, md5 = Digest("sha256", "00" * 32), Digest("md5", "11" * 16)

    assert strong_etag(sha256) == f'"{"00" * 32}"'
    assert strong_etag(md5) == f'"md5-{"11" * 16}"'
    assert repr_digest(sha256) == f"sha-256=:{'A' * 43}=:"
    assert repr_digest(md5) is None


@pytest.mark.parametrize("privacy", [Privacy.PRIVATE, Privacy.AUTHENTICATED])
def test_only_public_channels_are_for_shared_caches(privacy: Privacy) -> None:
    """A proxy must not give a private channel to the next one who asks."""
    assert index_caching(a_channel(privacy=privacy)) == "private, max-age=60"
    assert package_caching(a_channel(privacy=privacy)) == "private, no-cache"
    assert shard_caching(a_channel(privacy=privacy)) == "private, max-age=31536000, immutable"
    assert index_caching(a_channel()) == "public, max-age=60"


@given(
    method=st.sampled_from(["GET", "HEAD"]),
    headers=st.dictionaries(
        st.sampled_from(["range", "if-range", "if-none-match", "if-modified-since", "if-match"]),
        st.text(max_size=30) | st.sampled_from(['"abc"', "bytes=3-7", "bytes=-4", "Sun, 17 May 2026 12:00:00 GMT"]),
    ),
    size=st.integers(0, 10**12),
)
def test_the_length_said_is_the_length_sent(method: str, headers: dict[str, str], size: int) -> None:
    """For whatever is asked."""
    decided = answer(method, headers, _file(size))

    if decided.body is None:
        return
    start, stop = decided.body
    assert stop is not None
    assert _headers(decided)["content-length"] == str(stop - start)
