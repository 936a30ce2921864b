"""One file as HTTP sees it, and the answer to a request for it; the same for GET and HEAD.

Essential reading: RFC 9110 sections 15.3.7 (206), 15.4.5 (304), 15.5.17 (416), RFC 8246
(immutable), RFC 9530 (Repr-Digest).

No file has a Content-Encoding: `.zst` and `.bz2` are what clients asked for, and those
that see an encoding would decode twice.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import msgspec

from libs.common.domain.channel import Channel, Privacy
from libs.common.domain.digest import Digest
from services.api.serving.conditions import Verdict, http_date, range_still_fits, weigh_conditions
from services.api.serving.ranges import Span, Unsatisfiable, parse_range

_CONTENT_TYPES = (
    ("/PACKAGES", "text/plain; charset=utf-8"),
    ("/PACKAGES.gz", "application/gzip"),
    (".tar.bz2", "application/octet-stream"),
    (".conda", "application/octet-stream"),
    (".json", "application/json"),
    (".zst", "application/zstd"),
    (".bz2", "application/x-bzip2"),
    (".html", "text/html; charset=utf-8"),
    (".xml", "application/xml"),
)
_INDEX_AGE_S = 60
_FOREVER_S = 31_536_000

Headers = tuple[tuple[bytes, bytes], ...]


class Representation(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a file; `size_bytes` is None while nobody knows it.

    `etag` names the exact bytes and never a revision: clients send the tag of one index
    form when they ask for another. `last_modified` never goes back at one address; None for what
    may change without a date. `vary` names the headers of the request that chose it.
    """

    etag: str
    last_modified: datetime | None
    content_type: str
    cache_control: str
    size_bytes: int | None
    repr_digest: str | None = None
    vary: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Status, headers, and which bytes to send: none where `body` is None, all where its end is open."""

    status: HTTPStatus
    headers: Headers
    body: tuple[int, int | None] | None = None


def answer(method: str, headers: Mapping[str, str], representation: Representation) -> Answer:
    """Decide how to answer GET or HEAD; `headers` has lower-case names."""
    etag, last_modified = representation.etag, representation.last_modified
    match weigh_conditions(headers, etag=etag, last_modified=last_modified):
        case Verdict.NOT_MODIFIED:
            return Answer(status=HTTPStatus.NOT_MODIFIED, headers=_encode(_validators(representation)))
        case Verdict.FAILED:
            empty = {"Content-Length": "0", **_validators(representation)}
            return Answer(status=HTTPStatus.PRECONDITION_FAILED, headers=_encode(empty))
        case Verdict.SEND:
            pass
    span = _asked_span(method, headers, representation)
    size_bytes = representation.size_bytes
    if isinstance(span, Unsatisfiable):
        refusal = {"Content-Range": f"bytes */{size_bytes}", "Content-Length": "0", "Accept-Ranges": "bytes"}
        return Answer(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=_encode(refusal))
    facts = _facts(representation)
    if span is not None:
        facts["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size_bytes}"
        facts["Content-Length"] = str(span.size_bytes)
        body = (span.start, span.stop)
        return Answer(status=HTTPStatus.PARTIAL_CONTENT, headers=_encode(facts), body=body)
    if size_bytes is not None:
        facts["Content-Length"] = str(size_bytes)
    return Answer(status=HTTPStatus.OK, headers=_encode(facts), body=None if method == "HEAD" else (0, size_bytes))


def index_caching(channel: Channel) -> str:
    """Let clients keep an index file for a minute; rattler wants to see a max-age."""
    return f"{_audience(channel)}, max-age={_INDEX_AGE_S}"


def package_caching(channel: Channel) -> str:
    """Let clients and proxies keep a package, but ask each time whether it is still there.

    A rule may leave it out by now: what a proxy gave away without asking would leak.
    """
    return f"{_audience(channel)}, no-cache"


def shard_caching(channel: Channel) -> str:
    """Let clients keep a shard for good."""
    return f"{_audience(channel)}, max-age={_FOREVER_S}, immutable"


def strong_etag(digest: Digest) -> str:
    """Name bytes by their sha256; those of old records, which have md5 only, by `md5-<hex>`."""
    return f'"{digest.hex}"' if digest.algorithm == "sha256" else f'"{digest.algorithm}-{digest.hex}"'


def repr_digest(digest: Digest) -> str | None:
    """Write a sha256 as Repr-Digest has it; None for md5, which RFC 9530 calls insecure."""
    if digest.algorithm != "sha256":
        return None
    return f"sha-256=:{base64.b64encode(bytes.fromhex(digest.hex)).decode()}:"


def content_type_of(path: str) -> str:
    """Return the media type of a file by its name."""
    return next((kind for suffix, kind in _CONTENT_TYPES if path.endswith(suffix)), "application/octet-stream")


def _asked_span(method: str, headers: Mapping[str, str], representation: Representation) -> Span | Unsatisfiable | None:
    text = headers.get("range")
    # RFC 9110 section 14.2: Range is for GET only.
    if text is None or method != "GET" or representation.size_bytes is None:
        return None
    etag, last_modified = representation.etag, representation.last_modified
    if not range_still_fits(headers.get("if-range"), etag=etag, last_modified=last_modified):
        return None
    return parse_range(text, size_bytes=representation.size_bytes)


def _validators(representation: Representation) -> dict[str, str]:
    validators = {"ETag": representation.etag, "Cache-Control": representation.cache_control}
    return validators if representation.vary is None else {**validators, "Vary": representation.vary}


def _facts(representation: Representation) -> dict[str, str]:
    facts = {
        **_validators(representation),
        "Accept-Ranges": "bytes",
        "Content-Type": representation.content_type,
        "X-Content-Type-Options": "nosniff",
    }
    if representation.last_modified is not None:
        facts["Last-Modified"] = http_date(representation.last_modified)
    if representation.repr_digest is not None:
        facts["Repr-Digest"] = representation.repr_digest
    return facts


def _audience(channel: Channel) -> str:
    return "public" if channel.privacy is Privacy.PUBLIC else "private"


def _encode(headers: Mapping[str, str]) -> Headers:
    return tuple((name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers.items())
