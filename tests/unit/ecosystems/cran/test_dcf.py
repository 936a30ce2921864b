"""DCF: what is read is what R reads, and what is written is read again as it was."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from libs.common.ecosystems.cran.dcf import STANDARD_FIELDS, fold, has_control, is_field, read_dcf, render_dcf
from tests.support.r import needs_r, run_r

_characters = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f")
_texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters=" \t\n."), max_size=30).map(fold)
_fields = st.sampled_from(STANDARD_FIELDS) | st.text(_characters, min_size=1, max_size=10).filter(is_field)
_records = st.lists(st.dictionaries(_fields, _texts, min_size=1, max_size=6), max_size=5)


def texts_of(data: bytes) -> list[dict[str, str]]:
    """Return the records of a file that must all be readable."""
    records = list(read_dcf(data))
    assert [record.fault for record in records] == [None] * len(records)
    return [dict(record.fields) for record in records]


@given(_records)
def test_what_is_written_is_read_again(records: list[dict[str, str]]) -> None:
    """Every field, every text, in any script."""
    assert texts_of("".join(render_dcf(records)).encode()) == records


@given(st.text(max_size=60))
def test_a_folded_text_is_folded_already(text: str) -> None:
    """Folding twice is folding once."""
    assert fold(fold(text)) == fold(text)


def test_fields_are_written_in_rs_order() -> None:
    """Those that R does not know come after, sorted."""
    record = {"Path": "x", "Built": "y", "MD5sum": "z", "Version": "1.0", "Package": "demo"}

    assert "".join(render_dcf([record])) == "Package: demo\nVersion: 1.0\nMD5sum: z\nBuilt: y\nPath: x\n"


def test_long_texts_go_on_in_further_lines() -> None:
    """As write.dcf has them; an empty line is a dot."""
    written = "".join(render_dcf([{"A": "one,\n\ntwo"}, {"B": ""}]))

    assert written == "A: one,\n        .\n        two\n\nB:\n"


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"", []),
        (b"\n  \n\t\n", []),
        (b"Package: a", [{"Package": "a"}]),
        (
            b"Package:a\r\nVersion:  1.0 \t\r\n\r\nPackage: b\r\n",
            [{"Package": "a", "Version": "1.0"}, {"Package": "b"}],
        ),
        (b"A: 1\n  2,\n\t3  \n", [{"A": "1\n2,\n3"}]),
        (b"A:\n    1\n    2\n", [{"A": "1\n2"}]),
        (b"A: 1\nA: 2\n  3\nB: x: y\n", [{"A": "2\n3", "B": "x: y"}]),
        (b"A: 1\n  2\nA: 3\n", [{"A": "3"}]),
        (b"A: 1\n \t \n \n\nB: 2\n", [{"A": "1"}, {"B": "2"}]),
        (b"A: caf\xc3\xa9\n", [{"A": "caf\u00e9"}]),
        (b"A: caf\xe9\n\nA: caf\xc3\xa9\n", [{"A": "caf\u00e9"}, {"A": "caf\u00e9"}]),
        (b"A: \xb1\nEncoding: latin2\n", [{"A": "\u0105", "Encoding": "UTF-8"}]),
        (b"A: \xa4\nEncoding: ISO-8859-15\n", [{"A": "\u20ac", "Encoding": "UTF-8"}]),
        (b"A: \xe9\nEncoding: no such thing\n", [{"A": "\u00e9", "Encoding": "UTF-8"}]),
        (b"A: a\nEncoding: latin1\n", [{"A": "a", "Encoding": "latin1"}]),
    ],
)
def test_a_file_is_read(data: bytes, records: list[dict[str, str]]) -> None:
    """Ends of lines, blanks, repeated fields, encodings."""
    assert texts_of(data) == records


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (b"  goes on\nA: 1", "goes on"),
        (b"A: 1\nno field", "without a field"),
        (b": 1", "without a field"),
        (b"<!doctype html>", "without a field"),
        (b"A: 1\x00", "control"),
        (b"A: 1\rB: 2", "control"),
        (b"A: \x1b[31m", "control"),
    ],
)
def test_a_fault_is_of_its_record_alone(block: bytes, fault: str) -> None:
    """The others are read."""
    before, bad, after = read_dcf(b"A: 0\n\n" + block + b"\n\nA: 9\n")

    assert (before.fields, before.fault) == ({"A": "0"}, None)
    assert bad.fault is not None
    assert fault in bad.fault
    assert (after.fields, after.fault) == ({"A": "9"}, None)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """What has no fault can be written, and is read as the same."""
    good = [dict(record.fields) for record in read_dcf(data) if record.fault is None]
    good = [record for record in good if all(map(is_field, record)) and not any(map(has_control, record.values()))]

    assert texts_of("".join(render_dcf(good)).encode()) == good


_lines = st.sampled_from(
    ["A: 1", "A: one, two", "Long:", " goes on", "\tand on  ", "   ", "", "", "B-c.d:x:y", "Z: caf\u00e9 ", "A:"]
)


@needs_r
@settings(max_examples=4, deadline=None, phases=(Phase.generate,))
@given(st.lists(st.lists(_lines, max_size=12), min_size=60, max_size=120))
def test_r_reads_the_same(files: list[list[str]]) -> None:
    """read.dcf is asked, many files at a time; what begins with a line that goes on it refuses."""
    texts = ["A: first\n" + "\n".join(lines) + "\n" for lines in files]
    expected = []
    for text in texts:
        records = list(read_dcf(text.encode()))
        fault = any(record.fault for record in records)
        expected.append("refused" if fault else "|".join(_shown(dict(record.fields)) for record in records))
    program = """
    invisible(Sys.setlocale("LC_ALL", "C.UTF-8"))
    for (path in list.files(pattern = "^f")) {
      x <- tryCatch(read.dcf(path), error = function(e) NULL)
      if (is.null(x)) { cat("refused\\n"); next }
      rows <- apply(x, 1, function(row) { row <- row[!is.na(row)]; row <- row[sort(names(row), method = "radix")]
        paste0(names(row), "=", gsub("^\\n+|\\n+$", "", row), collapse = ";") })
      cat(gsub("\\n", "/", paste(rows, collapse = "|")), "\\n", sep = "")
    }
    """

    printed, _ = run_r(program, {f"f{place:04}": text.encode() for place, text in enumerate(texts)})

    assert [line for line in printed.splitlines() if "=" in line or line == "refused"] == expected


@needs_r
def test_r_takes_a_dot_for_an_empty_line() -> None:
    """As in the Description of Debian's control files."""
    printed, _ = run_r('cat(read.dcf("f"))', {"f": "".join(render_dcf([{"A": "one\n\ntwo"}])).encode()})

    assert printed == "one\n\ntwo"


def _shown(record: dict[str, str]) -> str:
    return ";".join(f"{field}={record[field]}" for field in sorted(record)).replace("\n", "/")
