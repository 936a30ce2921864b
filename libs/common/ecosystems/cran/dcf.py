"""DCF, the format of PACKAGES: lines of `Field: text`, blank lines between records.

Essential reading: `?read.dcf`; R-exts "The DESCRIPTION file"; src/main/dcf.c of R.

Rules of this file:
1. Read as R reads: blanks at the ends of a line do not count; a line that begins with a blank goes on
   with the field before it, as an empty one where it is `.` alone; of two fields of one name the last counts.
2. A text is kept as its lines, without the blanks at their ends and without empty lines around them.
3. Bytes are UTF-8, else what the record's `Encoding` says, else latin-1. They are written as UTF-8.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

STANDARD_FIELDS = (
    "Package", "Version", "Priority", "Depends", "Imports", "LinkingTo", "Suggests", "Enhances", "License",
    "License_is_FOSS", "License_restricts_use", "OS_type", "Archs", "MD5sum", "NeedsCompilation",
)  # fmt: skip
"""In R's order (`tools:::.get_standard_repository_db_fields`)."""

_MOST_LINES = 10_000
"""Of one record; the longest of CRAN has 40."""

_BLANKS = " \t"
_BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FIELD = re.compile(r"[^:\s\x00-\x1f\x7f][^:\x00-\x1f\x7f]*")
_INDENT = "        "
_PLACES = {field: place for place, field in enumerate(STANDARD_FIELDS)}
_ENCODINGS = {"latin1": "latin-1", "latin2": "iso8859-2", "latin9": "iso8859-15"}
"""R's own names that Python has otherwise."""


class DcfRecord(NamedTuple):
    """Field -> text of one record; `fault` says why it can't be read as a whole, None where it can."""

    fields: Mapping[str, str]
    fault: str | None


def read_dcf(data: bytes | bytearray) -> Iterator[DcfRecord]:
    """Read the records of a file."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\n\n".join(_decode(block.encode("utf-8", "surrogateescape")) for block in _blocks(_escaped(data)))
    for block in _blocks(text):
        yield _read_record(block)


def render_dcf(records: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Write records whose texts are as `fold` leaves them, piece by piece."""
    between = ""
    for record in records:
        lines = [_render_field(field, record[field]) for field in sorted(record, key=field_order)]
        yield f"{between}{''.join(lines)}"
        between = "\n"


def field_order(field: str) -> tuple[int, str]:
    """Sort R's own fields before others, in R's order."""
    return _PLACES.get(field, len(_PLACES)), field


def is_field(text: str) -> bool:
    """Tell whether a text can be the name of a field."""
    return _FIELD.fullmatch(text) is not None


def fold(text: str) -> str:
    """Bring a text into the form that a file keeps (rule 2)."""
    if "\n" not in text:
        return text.strip(_BLANKS)
    lines = (line.strip(_BLANKS) for line in text.split("\n"))
    return "\n".join("" if line == "." else line for line in lines).strip("\n")


def has_control(text: str) -> bool:
    """Tell whether a text has characters that R stops at, or that hide what stands there."""
    return _CONTROL.search(text) is not None


def _escaped(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "surrogateescape")


def _blocks(text: str) -> Iterator[str]:
    plain = text.replace("\r\n", "\n").strip("\r")
    text = f"\n{plain}\n"
    begin = 0
    # One by one: a file may be nothing but blank lines.
    for between in _BETWEEN.finditer(text):
        if block := text[begin : between.start()].strip("\n"):
            yield block
        begin = between.end()
    if block := text[begin:].strip("\n"):
        yield block


def _decode(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError:
        text = block.decode("latin-1")
    said = _read_record(text).fields.get("Encoding")
    if said is None:
        return text
    with suppress(LookupError, ValueError):
        text = block.decode(_ENCODINGS.get(said.lower(), said))
    return re.sub(r"(?m)^Encoding:.*$", "Encoding: UTF-8", text)


def _read_record(block: str) -> DcfRecord:
    fields: dict[str, str] = {}
    further: dict[str, list[str]] = {}
    fault = "the record has control characters" if _CONTROL.search(block) else None
    field = ""
    if block.count("\n") >= _MOST_LINES:
        return DcfRecord({}, f"the record has more than {_MOST_LINES} lines")
    for line in block.split("\n"):
        if line[0] in _BLANKS:
            if field:
                further.setdefault(field, []).append(line)
            else:
                fault = fault or "the record begins with a line that goes on with another"
            continue
        field, colon, text = line.partition(":")
        if not colon or not field:
            return DcfRecord(fields, fault or "the record has a line without a field")
        further.pop(field, None)
        fields[field] = text.strip(_BLANKS)
    for field, lines in further.items():
        fields[field] = fold("\n".join([fields[field], *lines]))
    return DcfRecord(fields, fault)


def _render_field(field: str, text: str) -> str:
    if "\n" in text:
        text = "\n".join(f"{_INDENT if place else ''}{line or '.'}" for place, line in enumerate(text.split("\n")))
    return f"{field}: {text}\n" if text else f"{field}:\n"
