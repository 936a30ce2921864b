"""One file of a page -> its record as we keep it, or why it can't be served.

What a page says is hostile until shown otherwise. A record that is wrong where clients or
rules look is not mended: its file is left out, and said to be.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from libs.common.domain.digest import listed_digest
from libs.common.ecosystems.pypi.companions import ASC, METADATA_ENDING, PROVENANCE
from libs.common.ecosystems.pypi.filenames import is_package_filename, read_filename
from libs.common.ecosystems.pypi.locations import is_usual, resolve_location, usual_location
from libs.common.ecosystems.pypi.records import ITSELF, FileRecord, Said, best_digest, served_url
from libs.common.ecosystems.pypi.wire import shown

_LENGTHS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-fA-F]+")
_MOST_BYTES = 2**50
"""No file has a petabyte, and sums of sizes must fit everywhere."""

Text = Annotated[str, Meta(max_length=4000)] | None


class _Record(FileRecord, frozen=True, gc=False, rename="kebab", kw_only=True):
    """What the types can check, they do."""

    filename: str
    url: str
    hashes: Mapping[str, str] = {}
    size: Annotated[int, Meta(ge=0, le=_MOST_BYTES)] | None = None
    upload_time: Text = None
    requires_python: Text = None
    yanked: bool | Text = None
    gpg_sig: bool | None = None
    provenance: str | None = None
    core_metadata: Said = None
    dist_info_metadata: Said = None
    data_dist_info_metadata: Said = None


class Unusable(Exception):
    """A file that can't be served; `reason` is for a person."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one file; see the rules of records.py. `location` is None at the usual place."""

    filename: str
    raw: msgspec.Raw
    record: FileRecord
    location: str | None
    provenance: str | None
    listed: Mapping[str, str]


def check_record(said: Mapping[str, Any], *, name: str, place: str, source: str) -> CheckedFile:
    """Check the record of one file of a project; `place` is what its URLs are relative to.

    Raises:
        Unusable: with the reason.
    """
    record = _read(said)
    filename = record.filename
    if not is_package_filename(filename):
        raise Unusable("bad_filename", "the source lists a file name that is no package's; it can't be served")
    if _is_foreign(filename, name):
        raise Unusable(
            "name_mismatch", "the file's name is not that of a wheel of this project; no client would install it"
        )
    for algorithm, text in record.hashes.items():
        length = _LENGTHS.get(algorithm)
        if length is not None and not (len(text) == length and _HEX.fullmatch(text)):
            raise Unusable("bad_digest", f"the record's {algorithm} is none, so the file can't be verified")
    location = resolve_location(record.url, place=place)
    if not location or location.endswith("/"):
        raise Unusable("bad_url", "the record's URL is not one that a file can be fetched from")
    if is_usual(location, name=name, filename=filename):
        location = usual_location(name, filename)
    provenance = resolve_location(record.provenance, place=place) if record.provenance else None
    kept = {**said, "url": served_url(filename), "hashes": dict(record.hashes)}
    if provenance is not None:
        kept["provenance"] = served_url(f"{filename}{PROVENANCE}")
    elif record.provenance is not None:
        del kept["provenance"]
    return CheckedFile(
        filename=filename,
        raw=msgspec.Raw(msgspec.json.encode(kept, order="sorted")),
        record=record,
        location=location if location != usual_location(name, filename) else None,
        provenance=provenance,
        listed=_listed(record, source, location, provenance),
    )


def _read(said: Mapping[str, Any]) -> _Record:
    if said.get("hashes", {}) is None:
        said = {**said, "hashes": {}}
    try:
        return msgspec.convert(said, _Record)
    except msgspec.ValidationError as exc:
        raise Unusable("bad_record", f"the record can't be read: {shown(str(exc))}") from exc


def _is_foreign(filename: str, name: str) -> bool:
    return filename.endswith(".whl") and read_filename(filename, project=name).kind != "wheel"


def _listed(record: _Record, source: str, location: str, provenance: str | None) -> dict[str, str]:
    """Make digests of what is known, for all of which the source gives none."""
    own = record.digest
    file = (source, location, own or "", record.size or "", record.upload_time or "", sorted(record.hashes.items()))
    listed: dict[str, tuple[object, ...]] = {ITSELF: file} if own is None else {}
    metadata = record.metadata
    if record.has_metadata and (isinstance(metadata, bool) or best_digest(metadata or {}) is None):
        listed[METADATA_ENDING] = (*file, METADATA_ENDING)
    if provenance is not None:
        listed[PROVENANCE] = (*file, provenance)
    if record.gpg_sig:
        listed[ASC] = (*file, ASC)
    return {ending: listed_digest(*known).hex for ending, known in sorted(listed.items())}
