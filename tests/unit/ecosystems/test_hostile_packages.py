"""Package files that somebody tampered with: refused in words, or read into what is safe to serve."""

import bz2
import gzip
import io
import sys
import zipfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.protocol import Ecosystem, PackageRead
from libs.common.ecosystems.pypi.ecosystem import PythonEcosystem
from tests.support.cran_packages import an_r_package
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel, an_sdist
from tests.support.tars import tar_of
from tests.support.uploads import read

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CONDA, PYTHON, R = CondaEcosystem(), PythonEcosystem(), CranEcosystem()
BUILT = "R 4.3.1; aarch64-apple-darwin20; 2026-01-01 00:00:00 UTC; unix"
FILES: Mapping[str, tuple[Ecosystem, str, bytes]] = {
    "conda": (CONDA, (new := a_package(run_exports={"weak": ["a"]})).filename, new.data),
    "tar.bz2": (CONDA, (old := a_package(extension=".tar.bz2")).filename, old.data),
    "wheel": (PYTHON, (wheel := a_wheel(requires=["beta"], requires_python=">=3.8")).filename, wheel.data),
    "sdist": (PYTHON, (sdist := an_sdist()).filename, sdist.data),
    "r": (R, (source := an_r_package(Imports="beta")).filename, source.data),
    "r-mac": (
        R,
        (mac := an_r_package(folder="bin/macosx/big-sur-arm64/contrib/4.3", Built=BUILT)).filename,
        mac.data,
    ),
    "r-windows": (
        R,
        (
            windows := an_r_package(
                folder="bin/windows/contrib/4.3", Built="R 4.3.1; ; 2026-01-01 00:00:00 UTC; windows"
            )
        ).filename,
        windows.data,
    ),
}
_POISON = (
    *(b"..", b"../", b"/", b"\\", b"\0", b"\n", b"\xff\xff\xff\xff", b"\x80\0\0\0\0\0\0\0\0\0\0\0", b"\0\0\0\0"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x07", b"PK\x07\x08", b"7777777", b"S", b"x", b"g", b"L"),
    *(b"null", b"1e999", b"-1", b"[[[[", b"{}", b"99999999999999999999", b"\x28\xb5\x2f\xfd", b"\x1f\x8b"),
)
Tamper = Callable[[bytes], bytes]


@st.composite
def tampers(draw: st.DrawFn) -> Tamper:
    """Draw a few cuts, insertions, overwritings and moves, at any places of whatever they are done to."""
    steps = draw(
        st.lists(
            st.tuples(
                st.floats(0, 1),
                st.floats(0, 1),
                st.integers(0, 40),
                st.sampled_from(_POISON) | st.binary(max_size=8),
                st.sampled_from(("replace", "overwrite", "splice", "cut")),
            ),
            min_size=1,
            max_size=5,
        )
    )

    def tamper(data: bytes) -> bytes:
        for where, other, cut, poison, how in steps:
            place, from_place = int(where * len(data)), int(other * len(data))
            if how == "replace":
                data = data[:place] + poison + data[place + cut :]
            elif how == "overwrite":
                data = data[:place] + poison + data[place + len(poison) :]
            elif how == "splice":
                data = data[:place] + data[from_place : from_place + cut * 16] + data[place:]
            else:
                data = data[:place]
        return data

    return tamper


def _use(ecosystem: Ecosystem, found: PackageRead) -> None:
    """Do with what was read what the platform does."""
    payload, partition = found.payload, found.partition
    (file,) = ecosystem.artifacts(payload, partition=partition)
    assert (file.ckey, file.filename) == (found.ckey, found.filename)
    assert not {"", ".", ".."} & set(file.ckey.split("/"))
    assert ecosystem.facts(payload, partition=partition)[0].version == found.version
    assert ecosystem.only(payload, frozenset({found.filename})) == payload
    assert ecosystem.merge([payload, payload]) == (payload, ())
    assert set(ecosystem.file_metadata(payload, partition=partition)) == {found.filename}
    assert ecosystem.package_metadata({partition: payload})["version"] == found.version
    sinks = {path: io.BytesIO() for path in ecosystem.partition_files(partition)}
    writer = ecosystem.write_partition(partition, sinks=sinks)
    writer.add(found.name, payload, rendered_sha256=None)
    writer.finish()


@pytest.mark.parametrize("kind", FILES)
def test_whole_packages_are_read(kind: str) -> None:
    """What is tampered with below is good before."""
    ecosystem, filename, data = FILES[kind]

    assert ecosystem.takes_file(filename)
    _use(ecosystem, read(ecosystem, filename, data))


@pytest.mark.parametrize("kind", FILES)
@given(tamper=tampers())
def test_packages_whose_bytes_were_changed(kind: str, tamper: Tamper) -> None:
    """Nothing but a refusal comes of it."""
    ecosystem, filename, data = FILES[kind]

    found = _read(ecosystem, filename, tamper(data))
    if isinstance(found, InvalidInput):
        assert (found.field, found.message.isprintable()) == ("content", True)
    else:
        _use(ecosystem, found)


@pytest.mark.parametrize("kind", ["tar.bz2", "conda", "sdist", "r"])
@given(tamper=tampers())
def test_packages_whose_inner_archive_was_changed(kind: str, tamper: Tamper) -> None:
    """As whoever packs it anew can."""
    ecosystem, filename, data = FILES[kind]

    found = _read(ecosystem, filename, _repacked(kind, data, tamper))
    if isinstance(found, PackageRead):
        _use(ecosystem, found)


@given(tamper=tampers(), place=st.sampled_from(("METADATA", "WHEEL", "index.json", "about.json", "DESCRIPTION")))
def test_packages_whose_metadata_were_changed(tamper: Tamper, place: str) -> None:
    """As whoever builds it can."""
    ecosystem, filename, data = _with_metadata(place, tamper)

    found = _read(ecosystem, filename, data)
    if isinstance(found, PackageRead):
        _use(ecosystem, found)


@given(data=st.binary(max_size=600), kind=st.sampled_from(sorted(FILES)))
def test_any_bytes(data: bytes, kind: str) -> None:
    """Are no package."""
    ecosystem, filename, _ = FILES[kind]
    with pytest.raises(InvalidInput):
        read(ecosystem, filename, data)


@given(filename=st.text(max_size=60) | st.from_regex(r"[a-z._-]{1,9}[-_][0-9.a-z-]{1,9}\.(whl|tar\.gz|zip|tgz|conda)"))
def test_any_name(filename: str) -> None:
    """A file that is taken by its name is refused by its bytes, with words that show the name safely."""
    for ecosystem in (CONDA, PYTHON, R):
        ecosystem.takes_file(filename)
        with pytest.raises(InvalidInput) as caught:
            read(ecosystem, filename, b"PK")
        assert caught.value.message.isprintable()


def _read(ecosystem: Ecosystem, filename: str, data: bytes) -> PackageRead | InvalidInput:
    try:
        return read(ecosystem, filename, data)
    except InvalidInput as exc:
        return exc


def _repacked(kind: str, data: bytes, tamper: Tamper) -> bytes:
    if kind == "tar.bz2":
        return bz2.compress(tamper(bz2.decompress(data)))
    if kind != "conda":
        return gzip.compress(tamper(gzip.decompress(data)), mtime=0)
    members = _members(data)
    name = next(name for name in members if name.startswith("info-"))
    return _zipped({**members, name: zstd.compress(tamper(zstd.decompress(members[name])))}, zipfile.ZIP_STORED)


def _with_metadata(place: str, tamper: Tamper) -> tuple[Ecosystem, str, bytes]:
    if place in ("METADATA", "WHEEL"):
        ecosystem, filename, data = FILES["wheel"]
        members = _members(data)
        changed = {name: tamper(part) if name.endswith(f"/{place}") else part for name, part in members.items()}
        return ecosystem, filename, _zipped(changed, zipfile.ZIP_DEFLATED)
    if place == "DESCRIPTION":
        ecosystem, filename, data = FILES["r-windows"]
        members = _members(data)
        path = "alpha/DESCRIPTION"
        return ecosystem, filename, _zipped({**members, path: tamper(members[path])}, zipfile.ZIP_DEFLATED)
    ecosystem, filename, data = FILES["conda"]
    members = _members(data)
    name = next(name for name in members if name.startswith("info-"))
    files = {
        "info/index.json": b'{"build":"h0_0","build_number":0,"depends":["b >1"],"license":"MIT","name":"alpha",'
        b'"noarch":"generic","subdir":"noarch","timestamp":1700000000000,"version":"1.0"}',
        "info/about.json": b'{"summary":"s","home":"https://a.example","description":"d"}',
    }
    files[f"info/{place}"] = tamper(files[f"info/{place}"])
    return ecosystem, filename, _zipped({**members, name: zstd.compress(tar_of(files))}, zipfile.ZIP_STORED)


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(members: Mapping[str, bytes], compression: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return out.getvalue()
