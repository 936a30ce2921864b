"""RDS: what is written is read again, by us, by rdata, by R; what R writes is read; nothing else is."""

import bz2
import gzip
import lzma
import struct
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
import rdata
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.compression import compress_zstd
from libs.common.ecosystems.cran.rds_read import RList, RNumbers, RStrings, RValue, read_rds
from libs.common.ecosystems.cran.rds_write import (
    RBytes,
    integers,
    list_of,
    logicals,
    of_class,
    reals,
    strings,
    write_rds,
)
from tests.support.r import needs_r, run_r

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
_numbers = st.integers(-0x7FFFFFFF, 0x7FFFFFFF)
_doubles = st.floats(allow_nan=False)


def written(value: RValue) -> RBytes:
    """Write what was read."""
    attributes = {name: written(held) for name, held in value.attributes.items()} if value is not None else {}
    if isinstance(value, RStrings):
        return strings(value.values, attributes)
    if isinstance(value, RNumbers):
        if all(number is None or isinstance(number, int) for number in value.values):
            return integers([None if number is None else int(number) for number in value.values], attributes)
        return reals(value.values, attributes)
    return list_of([written(held) for held in value.values] if value is not None else [], attributes)


_vectors = st.lists(st.none() | _texts, max_size=5).map(RStrings) | (
    st.lists(st.none() | _numbers, max_size=5) | st.lists(st.none() | _doubles, min_size=1, max_size=5)
).map(RNumbers)
_attributed = st.builds(
    lambda value, attributes: value._replace(attributes=attributes),
    _vectors,
    st.dictionaries(st.sampled_from(("names", "dim", "levels", "\u00e9t\u00e9")), _vectors, max_size=2),
)
_values: st.SearchStrategy[RValue] = st.recursive(
    _attributed, lambda values: st.lists(values, max_size=4).map(RList), max_leaves=10
)


@given(_values)
def test_what_is_written_is_read_again(value: RValue) -> None:
    """Vectors, lists and attributes, NA among them; a double that is whole is a number all the same."""
    assert read_rds(write_rds(written(value))) == value


def test_the_same_content_gives_the_same_bytes() -> None:
    """No date and no name stand in the packed file."""
    data = write_rds(strings(["one", None]))

    assert data == write_rds(strings(["one", None]))
    assert data[:2] == b"\x1f\x8b"
    assert data[3:8] == bytes(5)


def example() -> RBytes:
    """Return a value of everything that can be written."""
    frame = list_of(
        [reals([1.5, None]), logicals([True, None]), integers([420, None], of_class("octmode"))],
        {"names": strings(["a", "b", "c"]), **of_class("data.frame"), "row.names": strings(["x", "y"])},
    )
    dimnames = list_of([strings(["one", "two"]), strings(["P", "Q"])])
    matrix = strings(["a", None, "caf\u00e9", "\u6f22"], {"dim": integers([2, 2]), "dimnames": dimnames})
    return list_of([frame, matrix], {"names": strings(["frame", "matrix"])})


def test_rdata_reads_what_is_written() -> None:
    """A reader by others, which leaves the texts of a matrix in one row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rdata.conversion.convert(rdata.parser.parse_data(write_rds(example())))

    assert found["matrix"].tolist() == ["a", None, "caf\u00e9", "\u6f22"]
    assert list(found["frame"].index) == ["x", "y"]
    assert found["frame"]["a"].tolist()[0] == 1.5
    assert found["frame"]["c"].tolist()[0] == 420


@needs_r
def test_r_reads_what_is_written() -> None:
    """And finds nothing to be other than its own."""
    program = """
    own <- list(frame = data.frame(a = c(1.5, NA), b = c(TRUE, NA), row.names = c("x", "y")),
                matrix = matrix(c("a", NA, "caf\\u00e9", "\\u6f22"), 2,
                                dimnames = list(c("one", "two"), c("P", "Q"))))
    own$frame$c <- structure(c(420L, NA), class = "octmode")
    cat(identical(readRDS("x.rds"), own), validEnc(readRDS("x.rds")$matrix[1, 2]))
    """

    assert run_r(program, {"x.rds": write_rds(example())})[0] == "TRUE TRUE"


_R_VALUE = """
x <- list(info = file.info("a"), texts = c("one", NA, "caf\\u00e9"), latin = iconv("caf\\u00e9", "UTF-8", "latin1"),
          sequence = 1:10, whole = as.numeric(1:3), deferred = as.character(1:5), flags = c(TRUE, NA),
          doubles = c(1.5, NA, NaN), frame = data.frame(n = 1:3), nothing = NULL,
          sorted = { y <- sort(c(3L, 1L)); y }, matrix = matrix(c("a", NA), 1, dimnames = list(NULL, c("P", "Q"))))
for (version in 2:3) for (packed in c("gzip", "bzip2", "xz", "none"))
  saveRDS(x, sprintf("%d.%s", version, packed), version = version, compress = if (packed == "none") FALSE else packed)
"""


@needs_r
def test_what_r_writes_is_read() -> None:
    """In both versions, however packed, also R's compact forms."""
    _, files = run_r(_R_VALUE, {"a": b"12345"})

    values = [read_rds(data) for path, data in files.items() if path[:1] in "23"]

    assert len(values) == 8
    assert all(value == values[0] for value in values)
    held = named(values[0])
    assert named(held["info"])["size"] == RNumbers([5])
    assert held["texts"] == RStrings(["one", None, "caf\u00e9"])
    assert held["latin"] == RStrings(["caf\u00e9"])
    assert held["sequence"] == RNumbers(list(range(1, 11)))
    assert held["whole"] == RNumbers([1, 2, 3])
    assert held["deferred"] == RStrings(["1", "2", "3", "4", "5"])
    assert held["flags"] == RNumbers([1, None])
    assert held["doubles"] == RNumbers([1.5, None, None])
    assert held["sorted"] == RNumbers([1, 3])
    assert held["nothing"] is None
    matrix = held["matrix"]
    assert isinstance(matrix, RStrings)
    assert matrix.attributes["dim"] == RNumbers([1, 2])
    assert matrix.attributes["dimnames"] == RList([None, RStrings(["P", "Q"])])


def named(value: RValue) -> Mapping[str, RValue]:
    """Return the elements of a list by name."""
    assert isinstance(value, RList)
    names = value.attributes["names"]
    assert isinstance(names, RStrings)
    return dict(zip((name or "" for name in names.values), value.values, strict=True))


HEADER = b"X\n" + struct.pack(">iii", 2, 0x00040000, 0x00020300)
HEADER_3 = b"X\n" + struct.pack(">iiii", 3, 0x00040000, 0x00030500, 5) + b"UTF-8"


def ints(*numbers: int) -> bytes:
    """Write numbers as XDR has them."""
    return struct.pack(f">{len(numbers)}i", *numbers)


def text(value: str) -> bytes:
    """Write a text as XDR has it."""
    return ints(9 | 0x40 << 12, len(value)) + value.encode()


def alternative(class_: str, state: bytes) -> bytes:
    """Write a compact form of R's own."""
    info = ints(2, 1) + text(class_) + ints(2, 1) + text("base") + ints(2, 13, 1, 13) + ints(254)
    return HEADER_3 + ints(238) + info + state + ints(254)


def sequence(*numbers: float) -> bytes:
    """Write the state of a compact sequence: how many, from which, in which steps."""
    return ints(14, len(numbers)) + struct.pack(f">{len(numbers)}d", *numbers)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no RDS file"),
        (b"X\n", "too early"),
        (b"A\n2\n262656\n131840\n16\n0\n", "no RDS file"),
        (b"B\n" + bytes(12), "no RDS file"),
        (b"<html>", "no RDS file"),
        (b"X\n" + ints(4, 0, 0), "version 4"),
        (HEADER, "too early"),
        (HEADER + ints(16, 5), "too early"),
        (HEADER + ints(16, -1), "longer than itself"),
        (HEADER + ints(14, 0x7FFFFFFF), "longer than itself"),
        (HEADER + ints(14, 3, 0, 0), "too early"),
        pytest.param(HEADER + ints(19, 20_000_000) + bytes(20_000_000), "more than 20000000", id="too many"),
        (HEADER + ints(16, 1, 9, 100), "too early"),
        (HEADER + ints(16, 1, 9, -2), "no text"),
        (HEADER + ints(16, 1, 13, 0), "no text"),
        (HEADER + ints(3), "type 3"),
        (HEADER + ints(6), "type 6"),
        (HEADER + ints(247), "type 247"),
        (HEADER + ints(19, 1) * 40, "deeper"),
        (HEADER + ints(2) * 40, "deeper"),
        (HEADER + ints(0x402, 255 | 5 << 8), "no name"),
        (HEADER + ints(0x402, 13), "no name"),
        (alternative("compact_intseq", sequence(1e9, 1, 1)), "more than"),
        (alternative("compact_intseq", sequence(-1e9, 1, 1)), "more than"),
        (alternative("compact_intseq", sequence(float("inf"), 1, 1)), "without an end"),
        (alternative("compact_intseq", sequence(3, 1)), "class 'compact_intseq'"),
        (alternative("mmap_real", ints(254)), "class 'mmap_real'"),
        (alternative("wrap_real", ints(254)), "class 'wrap_real'"),
        (gzip.compress(HEADER, mtime=0)[:20], "gzip"),
        (bz2.compress(HEADER)[:20], "bzip2"),
        (lzma.compress(HEADER)[:40], "xz"),
        (lzma.compress(bytes(1000))[:-20] + bytes(20), "xz"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, words: str) -> None:
    """With what is wrong about it."""
    with pytest.raises(UnreadableIndex, match=words):
        read_rds(data)


@pytest.mark.parametrize(
    "data",
    [
        HEADER + ints(19, 300) + ints(19, 0) * 300,
        HEADER + (ints(0x402, 1) + text("a") + ints(254)) * 300 + ints(254),
        HEADER + ints(0x20D, 0) + (ints(0x402, 1) + text("a") + ints(254)) * 300 + ints(254),
    ],
    ids=["vectors", "pairs", "attributes"],
)
def test_empty_values_count_too(data: bytes) -> None:
    """Each costs memory, though the file has a few bytes for it."""
    assert read_rds(data, max_elements=2_000) is not None
    with pytest.raises(UnreadableIndex, match="more than 1000"):
        read_rds(data, max_elements=1_000)


def test_rare_forms_are_read() -> None:
    """References to names, pairs with attributes, texts in latin-1 without a word, zstd."""
    one = HEADER + ints(0x20D, 1, 7, 0x402, 1) + text("a") + ints(13, 1, 1, 0x402, 255 | 1 << 8, 13, 1, 2, 254)
    pairs = HEADER + ints(0x602, 0x402, 1) + text("x") + ints(13, 1, 1, 254, 1) + text("tag") + ints(255, 1, 254)

    assert read_rds(one) == RNumbers([7], {"a": RNumbers([2])})
    assert read_rds(pairs) == RList([RStrings(["x"])], {"names": RStrings(["tag"])})
    assert read_rds(HEADER + ints(16, 2, 9, 1) + b"\xe9" + ints(9 | 0x04 << 12, 1) + b"\xe9") == RStrings(
        ["\u00e9"] * 2
    )
    assert read_rds(compress_zstd(HEADER + ints(254), level=1)) is None
    assert read_rds(alternative("wrap_string", ints(19, 1, 16, 1) + text("x"))) == RStrings(["x"])


def answer(data: bytes) -> None:
    """Read a file that may be refused: nothing else may happen."""
    with suppress(UnreadableIndex):
        read_rds(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_answered(data: bytes, is_third: bool) -> None:
    """By a value or a refusal."""
    answer((HEADER_3 if is_third else HEADER) + data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_answered(data: st.DataObject) -> None:
    """Wherever a byte of it was changed, or it ends."""
    plain = bytearray(gzip.decompress(write_rds(example())))
    plain[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(plain)))
    answer(bytes(plain[:end]))


def test_many_texts_are_read() -> None:
    """More than any buffer has."""
    texts: Sequence[str | None] = [f"text {number}" if number % 7 else None for number in range(50_000)]

    assert read_rds(write_rds(strings(texts))) == RStrings(texts)
