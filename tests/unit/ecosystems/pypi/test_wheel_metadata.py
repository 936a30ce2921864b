"""Core metadata out of wheels: of good ones what stands in them, of hostile ones nothing, and never much work."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import StoreUnavailable
from tests.support.python_packages import a_wheel, an_sdist
from tests.support.python_records import ECO

NAME = "alpha-1.0-py3-none-any.whl"
PATH = "alpha-1.0.dist-info/METADATA"
TEXT = b"Metadata-Version: 2.4\nName: alpha\nVersion: 1.0\n"


class Reading:
    """A stored file, and how much of it was read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.read_bytes = 0

    def __call__(self, offset: int, size_bytes: int, /) -> bytes:
        """Return a part."""
        part = self.data[offset : offset + size_bytes]
        self.read_bytes += len(part)
        return part


def extract(data: bytes, *, filename: str = NAME) -> bytes | None:
    """Take the core metadata out of a file."""
    return ECO.extract(filename, len(data), Reading(data))


def zipped(members: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for path, data in members.items():
            archive.writestr(path, data)
    return out.getvalue()


def test_core_metadata_are_read_and_not_much_else() -> None:
    """Of a large wheel its end, its directory, and what holds the metadata."""
    wheel = a_wheel(padding_bytes=3_000_000)
    reading = Reading(wheel.data)

    assert ECO.extract(wheel.filename, len(wheel.data), reading) == wheel.metadata
    assert reading.read_bytes < 100_000


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_names_are_compared_normalised(compression: int) -> None:
    """The folder may be spelled as it was in older days."""
    data = zipped({"Al.Pha-1.0.dist-info/METADATA": TEXT.replace(b"alpha", b"Al-Pha")}, compression=compression)

    assert extract(data, filename="al_pha-1.0-py3-none-any.whl") == TEXT.replace(b"alpha", b"Al-Pha")


def test_an_sdist_has_none() -> None:
    """What is built of it may say other things."""
    sdist = an_sdist()

    assert extract(sdist.data, filename=sdist.filename) is None
    assert extract(zipped({PATH: TEXT}), filename="alpha-1.0.zip") is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x05\x06", id="short"),
        pytest.param(b"x" * 200_000, id="no-zip"),
        pytest.param(zipped({}), id="no-entries"),
        pytest.param(zipped({"alpha/METADATA": TEXT}), id="no-metadata"),
        pytest.param(zipped({f"x/{PATH}": TEXT}), id="not-at-the-root"),
        pytest.param(zipped({PATH: TEXT, "beta-1.0.dist-info/METADATA": TEXT}), id="two"),
        pytest.param(zipped({PATH: TEXT.replace(b"alpha", b"beta")}), id="of-another-project"),
        pytest.param(zipped({PATH: b"Version: 1.0\n"}), id="no-name"),
        pytest.param(zipped({PATH: b"Name: alpha\n"}), id="no-version"),
        pytest.param(zipped({PATH: TEXT + b"x" * 5_000_000}), id="bomb"),
        pytest.param(zipped({PATH: TEXT}, compression=zipfile.ZIP_LZMA), id="lzma"),
        pytest.param(zipped({PATH: TEXT}, compression=zipfile.ZIP_BZIP2), id="bzip2"),
        pytest.param(zipped({PATH: TEXT})[:-30], id="cut"),
        pytest.param(zipped({PATH: TEXT})[20:], id="beheaded"),
        pytest.param(zipped({f"{number}": b"" for number in range(100_001)} | {PATH: TEXT}), id="endless"),
    ],
)
def test_a_wheel_that_is_not_what_it_should_be_has_none(data: bytes) -> None:
    """Installers would refuse it as well."""
    assert extract(data) is None


def test_an_encrypted_entry_is_not_read() -> None:
    """Nobody has its key."""
    data = bytearray(zipped({PATH: TEXT}))
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert extract(bytes(data)) is None


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_is_there_twice_is_not_read() -> None:
    """Tools disagree on which of the two counts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(PATH, TEXT)
        archive.writestr(PATH, TEXT.replace(b"1.0", b"2.0"))

    assert extract(out.getvalue()) is None


@pytest.mark.parametrize("said", [1, 3_000_000])
def test_a_size_that_is_not_the_real_one_is_a_lie(said: int) -> None:
    """An entry may neither be longer nor shorter than it says."""
    data = bytearray(zipped({PATH: TEXT}))
    place = bytes(data).index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", said)

    assert extract(bytes(data)) is None


def test_a_huge_directory_is_not_read() -> None:
    """It would fill memory, whatever the entries are."""
    data = zipped({PATH: TEXT})
    directory = data.index(b"PK\x01\x02")
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    size = 40_000_000
    end[12:20] = struct.pack("<II", size, directory)
    reading = Reading(data[:directory] + b"\0" * size + bytes(end))

    assert ECO.extract(NAME, len(reading.data), reading) is None
    assert reading.read_bytes < 1_000_000


def test_a_store_that_is_away_is_no_fault_of_the_wheel() -> None:
    """It is asked again later."""

    def read_at(offset: int, size_bytes: int, /) -> bytes:
        raise StoreUnavailable(f"{offset} {size_bytes}")

    with pytest.raises(StoreUnavailable):
        ECO.extract(NAME, 1000, read_at)


GOOD = zipped({"alpha/__init__.py": b"x = 1\n", PATH: TEXT})


@given(st.binary(max_size=100), st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=4))
@settings(max_examples=400, deadline=None, database=None)
def test_damaged_wheels_are_read_or_not(tail: bytes, changes: list[tuple[int, int]]) -> None:
    """Nothing is raised, and what comes out is of this project."""
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value

    for found in (extract(bytes(data) + tail), extract(tail)):
        assert found is None or b"Name: alpha" in found
