"""From a source's records of one name to a shard: each record is checked, none is changed.

But for two things: where a file lies is taken out of its record (`locations`), for
clients must not be sent there; and a digest that is none is taken out, for clients
would refuse the file, or the whole index.

Most names pass as a whole. Only where something is unusual is each record looked at by
itself: 600,000 records cost about 2.5 s this way.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, NamedTuple

import msgspec

from libs.common.domain.run import FileFailure
from libs.common.ecosystems.conda import payload as tables
from libs.common.ecosystems.conda.names import MAX_FILENAME_LENGTH, filename_of, is_later, parse_filename
from libs.common.ecosystems.conda.payload import Totals, encode_payload, splice
from libs.common.ecosystems.conda.wire import UNREADABLE, Record, Size, decode_raw_records, decode_record
from libs.common.ecosystems.protocol import SourceShard
from libs.common.ecosystems.urls import resolve

SomeRecords = Mapping[str, msgspec.Raw | bytes]
"""Key -> record, of one section and name."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_OPENERS = re.compile(rb'"(?:[^"\\]|\\.)*"|[][{}]', re.DOTALL)
_PLAIN_KEYS = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.+]+){2,}(?:\n[A-Za-z0-9_][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.+]+){2,})*"
)
_MAX_DEPTH = 64
"""serde, which half of the clients read with, gives up a whole file at 128 levels; no real record has ten."""


class SideTables(NamedTuple):
    """What other files, or other parts of the index, say of files and names."""

    run_exports: Mapping[str, msgspec.Raw | bytes] = {}
    signatures: Mapping[str, msgspec.Raw | bytes] = {}
    channeldata: Mapping[str, msgspec.Raw | bytes] = {}


class _Plain(msgspec.Struct, frozen=True, gc=False):
    """A record that needs no second look; what the types can check, they do."""

    name: str
    version: str
    build: str
    build_number: int
    size: Size | None = None
    sha256: Annotated[str, msgspec.Meta(min_length=64, max_length=64)] | None = None
    md5: Annotated[str, msgspec.Meta(min_length=32, max_length=32)] | None = None
    license: str | None = None
    license_family: str | None = None
    timestamp: int | float | None = None
    url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    download_url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    base_url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_plain = msgspec.json.Decoder(dict[str, _Plain]).decode


class _Unusable(Exception):
    """A record that can't be served."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class _Usable(NamedTuple):
    raw: bytes
    record: Record
    location: str | None
    is_untouched: bool


def make_shard(name: str, sections: Mapping[str, SomeRecords], *, subdir: str, side: SideTables) -> SourceShard:
    """Check all records of one name and write them as a payload.

    Where a file stands in several sections the first one wins.
    """
    fragments: dict[str, bytes] = {}
    problems: list[FileFailure] = []
    locations: dict[str, bytes] = {}
    touched: set[str] = set()
    filenames: list[str] = []
    size_bytes = 0
    for section, records in sections.items():
        may_overlap = bool(filenames) and is_later(section)
        plain = None if may_overlap else _read_plain(section, records, name=name)
        if plain is not None:
            fragments[section], size = plain
            filenames += [filename_of(section, key) for key in records] if is_later(section) else records
            size_bytes += size
            continue
        usable = _read_each(section, records, name=name, subdir=subdir, taken=set(filenames), problems=problems)
        if not usable:
            continue
        fragments[section] = splice((key, usable[key].raw) for key in sorted(usable))
        for key, found in usable.items():
            filename = filename_of(section, key)
            filenames.append(filename)
            size_bytes += found.record.size or 0
            if found.location is not None:
                locations[filename] = msgspec.json.encode(found.location)
            if not found.is_untouched:
                touched.add(filename)
    if filenames:
        if locations or any(side):
            filenames.sort()
        signed = (filename for filename in filenames if filename not in touched)
        _add_table(fragments, tables.LOCATIONS, locations, filenames)
        _add_table(fragments, tables.RUN_EXPORTS, side.run_exports, filenames)
        _add_table(fragments, tables.SIGNATURES, side.signatures, signed)
        _add_table(fragments, tables.CHANNELDATA, side.channeldata, (name,))
    payload = encode_payload(fragments, Totals(len(filenames), size_bytes))
    return SourceShard(name=name, payload=payload, problems=tuple(problems))


def is_clean(raw: bytes) -> bool:
    """Tell whether JSON that was skipped over is fit to be served: real text, and not too deep."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            return False
    if raw.count(b"[") + raw.count(b"{") <= _MAX_DEPTH:
        return True
    depth = 0
    for match in _OPENERS.finditer(raw):
        if match[0] in b"[{":
            depth += 1
            if depth > _MAX_DEPTH:
                return False
        elif match[0] in b"]}":
            depth -= 1
    return True


def _add_table(fragments: dict[str, bytes], table: str, entries: SomeRecords, keys: Iterable[str]) -> None:
    if entries and (found := [(key, entries[key]) for key in keys if key in entries]):
        fragments[table] = splice(found)


def _read_plain(section: str, records: SomeRecords, *, name: str) -> tuple[bytes, int] | None:
    """Return the fragment and its files' bytes, if each record is good as it is.

    Checks go over the whole group where they can; a group that fails is looked at
    record by record, where the rules are exact.
    """
    keys = sorted(records)
    lines = "\n".join(keys)
    if (
        any(key.rsplit("-", 2)[0] != name for key in keys)
        or not _PLAIN_KEYS.fullmatch(lines)
        or ".." in lines
        or len(filename_of(section, max(keys, key=len))) > MAX_FILENAME_LENGTH
    ):
        return None
    pieces = [b'"%b":%b' % (key.encode(), records[key]) for key in keys]
    whole = b"{%b}" % b",".join(pieces)
    if not whole.isascii() or not _is_shallow(whole, pieces):
        return None
    try:
        checked = _decode_plain(whole)
    except UNREADABLE:
        return None
    digests = []
    size_bytes = 0
    for record in checked.values():
        sha256, md5 = record.sha256, record.md5
        if sha256 is not None:
            digests.append(sha256)
        if md5 is not None:
            digests.append(md5)
        elif sha256 is None:
            return None
        if record.name != name or not record.url is record.download_url is record.base_url is msgspec.UNSET:
            return None
        size_bytes += record.size or 0
    return (whole[1:-1], size_bytes) if _are_hex(digests) else None


def _is_shallow(whole: bytes, pieces: list[bytes]) -> bool:
    if whole.count(b"{") == len(pieces) + 1:
        return max(piece.count(b"[") for piece in pieces) < _MAX_DEPTH
    return max(piece.count(b"[") + piece.count(b"{") for piece in pieces) < _MAX_DEPTH


def _are_hex(digests: list[str]) -> bool:
    text = "".join(digests)
    try:
        return 2 * len(bytes.fromhex(text)) == len(text)
    except ValueError:
        return False


def _read_each(
    section: str, records: SomeRecords, *, name: str, subdir: str, taken: set[str], problems: list[FileFailure]
) -> dict[str, _Usable]:
    usable: dict[str, _Usable] = {}
    for key in sorted(records):
        filename = filename_of(section, key)
        if filename in taken:
            continue
        try:
            usable[key] = _read_one(filename, bytes(records[key]), name=name)
        except _Unusable as unusable:
            problems.append(
                FileFailure(ckey=f"{subdir}/{_shown(filename)}", code=unusable.code, reason=unusable.reason)
            )
    return usable


def _read_one(filename: str, raw: bytes, *, name: str) -> _Usable:
    package = parse_filename(filename)
    if package is None:
        raise _Unusable("bad_filename", "the source lists a file name that is no package's; it can't be served")
    if not is_clean(raw):
        raise _Unusable("bad_record", "the record is not valid text, or nested too deep")
    try:
        msgspec.json.decode(raw)
        record = decode_record(raw)
    except UNREADABLE as exc:
        raise _Unusable("bad_record", f"the record can't be read: {exc}") from exc
    if not package.name == name == record.name.lower():
        raise _Unusable("name_mismatch", f"the record is of {_shown(record.name)!r}, the file name is not")
    if record.digest is None:
        raise _Unusable("no_digest", "the record has no sha256 and no md5, so the file can't be verified")
    location = _location(record, filename=filename)
    drop = {field for field in ("url", "download_url", "base_url") if getattr(record, field) is not msgspec.UNSET}
    if record.sha256 is not None and not _SHA256.fullmatch(record.sha256):
        drop.add("sha256")
    if record.md5 is not None and not _MD5.fullmatch(record.md5):
        drop.add("md5")
    if not drop:
        return _Usable(raw, record, location, is_untouched=True)
    kept = (
        msgspec.json.encode(key) + b":" + bytes(value)
        for key, value in decode_raw_records(raw).items()
        if key not in drop
    )
    return _Usable(b"{" + b",".join(kept) + b"}", record, location, is_untouched=False)


def _location(record: Record, *, filename: str) -> str | None:
    """Say where the record puts its file, if not beside the others."""
    url = _text(record.url) or _text(record.download_url)
    if url is None and (base := _text(record.base_url)):
        url = f"{base.rstrip('/')}/{filename}"
    if url is None:
        return None
    resolved = resolve(url)
    if not resolved:
        raise _Unusable("bad_url", "the record's own URL is not one that a file can be fetched from")
    return None if resolved == filename else resolved


def _text(raw: msgspec.Raw | msgspec.UnsetType) -> str | None:
    if isinstance(raw, msgspec.UnsetType):
        return None
    try:
        return msgspec.json.decode(raw, type=str | None)
    except UNREADABLE as exc:
        raise _Unusable("bad_url", "the record's own URL is not a text") from exc


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:300])
