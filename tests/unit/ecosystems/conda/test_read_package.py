"""Conda packages that people upload: the shard that a mirror of them would store, or why there is none."""

import bz2
import io
import json
import sys
import zipfile
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rattler import IndexJson

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.protocol import PackageRead, WholeIndex
from tests.support.packages import Package, a_package
from tests.support.tars import tar_of
from tests.support.uploads import md5_of, read

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ECO = CondaEcosystem()
INDEX = {
    "name": "alpha",
    "version": "1.0",
    "build": "h0_0",
    "build_number": 0,
    "depends": ["beta >=1"],
    "subdir": "linux-64",
    "license": "MIT",
}
FILENAME = "alpha-1.0-h0_0.conda"
_DROP = object()


def packed(
    index: Mapping[str, object] | bytes, *, stem: str = "alpha-1.0-h0_0", files: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a `.conda` file with this index.json."""
    data = index if isinstance(index, bytes) else json.dumps(index).encode()
    return zipped(
        {
            "metadata.json": b'{"conda_pkg_format_version": 2}',
            f"pkg-{stem}.tar.zst": zstd.compress(tar_of({})),
            f"info-{stem}.tar.zst": zstd.compress(tar_of({"info/index.json": data, **(files or {})})),
        }
    )


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def index_of(**changes: object) -> dict[str, object]:
    """Return an index.json that is good but for the changes."""
    return {key: value for key, value in {**INDEX, **changes}.items() if value is not _DROP}


def mirrored(package: Package, *, channeldata: object = None) -> bytes:
    """Return the shard that a mirror stores of a channel which has this file alone."""
    section = "packages.conda" if package.filename.endswith(".conda") else "packages"
    encode = msgspec.json.Encoder(order="sorted").encode
    repodata = encode({"info": {"subdir": package.subdir}, section: {package.filename: package.record}})
    side = {"channeldata": encode({"packages": {package.name: channeldata}})} if channeldata else {}
    if package.run_exports:
        side["run_exports"] = encode({section: {package.filename: {"run_exports": package.run_exports}}})
    form = next(form for form in ECO.index_forms(package.subdir) if form.form == "json")
    index = ECO.read_index(repodata, form=form, partition=package.subdir, side_files=side)
    assert isinstance(index, WholeIndex)
    (shard,) = index.shards
    return shard.payload


PACKAGES = st.builds(
    a_package,
    st.from_regex(r"[a-z][a-z0-9_.]{0,5}(-[a-z0-9]{1,4})?", fullmatch=True).filter(lambda text: ".." not in text),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(a[0-9])?", fullmatch=True),
    build_number=st.integers(0, 1000),
    subdir=st.sampled_from(("noarch", "linux-64", "osx-arm64")),
    extension=st.sampled_from((".conda", ".tar.bz2")),
    depends=st.lists(st.sampled_from(("beta", "beta >=1,<2", "__glibc >=2.17", "python 3.7 *_cpython"))),
    license_name=st.none() | st.text(max_size=20),
    run_exports=st.none() | st.just({"weak": ["alpha >=1"]}),
)


@given(package=PACKAGES)
def test_an_upload_is_what_a_mirror_of_it_would_be(package: Package) -> None:
    """To the byte: so neither rules nor clients can tell them apart."""
    found = read(ECO, package.filename, package.data)

    assert found.payload == mirrored(package, channeldata={"summary": f"{package.name} for tests"})
    assert (found.partition, found.name, found.version) == (package.subdir, package.name, package.version)
    assert found.ckey == package.path


def test_what_is_told_of_a_file() -> None:
    """The three documents of the wire, and the words for its kind."""
    package = a_package(subdir="linux-64", extension=".tar.bz2")
    found = read(ECO, package.filename, package.data)
    record = {**package.record, "fn": package.filename, "subdir": "linux-64"}

    assert found.metadata == {
        "about.json": {"license": "MIT", "summary": "alpha for tests"},
        "index.json": {key: value for key, value in package.record.items() if key not in ("md5", "sha256", "size")},
        "repodata_record.json": record,
    }
    assert ECO.file_metadata(found.payload, partition="linux-64") == {package.filename: found.metadata}
    assert found.file_type == "conda_package_1"
    assert ECO.file_type("a-1-0.conda", partition="noarch") == "conda_package_2"


def test_a_package_is_described_by_its_newest_version() -> None:
    """In conda's order, over all subdirs."""
    packages = [
        a_package(version="1.10", subdir="linux-64", build_number=3),
        a_package(version="1.9", license_name="GPL-3.0"),
    ]
    shards = {package.subdir: read(ECO, package.filename, package.data).payload for package in packages}

    assert ECO.package_metadata(shards) == {
        "name": "alpha",
        "version": "1.10",
        "license": "MIT",
        "subdirs": ["linux-64", "noarch"],
        "build_number": 3,
        "summary": "alpha for tests",
        "description": "",
        "home": "",
        "dev_url": "",
        "doc_url": "",
        "install_cmd": "conda install alpha",
    }


def test_files_can_be_taken_out_of_a_shard() -> None:
    """`only` is `without` turned round."""
    packages = [a_package(version=version, run_exports={"weak": ["a"]}) for version in ("1", "2", "3")]
    merged, _ = ECO.merge([read(ECO, package.filename, package.data).payload for package in packages])
    first, second, third = (package.filename for package in packages)

    assert ECO.only(merged, frozenset({first, third})) == ECO.without(merged, frozenset({second})).payload
    assert ECO.only(merged, frozenset({second})) == mirrored(packages[1], channeldata={"summary": "alpha for tests"})
    assert ECO.only(merged, frozenset({"other"})) is None


def test_clients_read_the_record() -> None:
    """By py-rattler, which half of them are made of."""
    found = read(
        ECO, FILENAME, packed(index_of(track_features=["x"], constrains=["c <2"], timestamp=1_700_000_000_000))
    )
    record = IndexJson.from_str(json.dumps(found.metadata["repodata_record.json"]))

    assert (record.name.normalized, str(record.version), record.subdir) == ("alpha", "1.0", "linux-64")
    assert (record.depends, record.constrains, record.track_features) == (["beta >=1"], ["c <2"], ["x"])


def test_what_an_index_says_no_package_says_of_itself() -> None:
    """Else it could send clients, or us, elsewhere."""
    found = read(ECO, FILENAME, packed(index_of(url="https://evil.example/x", fn="other", sha256="0" * 64, size=1)))

    assert b"evil" not in found.payload
    (file,) = ECO.artifacts(found.payload, partition="linux-64")
    assert file.url == FILENAME
    assert file.expected.digest.hex != "0" * 64
    assert b'"fn"' not in found.payload


def test_unknown_fields_are_kept() -> None:
    """Clients of tomorrow read them."""
    payload = read(ECO, FILENAME, packed(index_of(brand_new={"a": [1]}, huge=10**30))).payload
    record = ECO.file_metadata(payload, partition="linux-64")[FILENAME]["index.json"]

    assert record == {**INDEX, "brand_new": {"a": [1]}, "huge": 10**30}


def test_records_that_are_read_in_part_are_told_in_part() -> None:
    """A source may have numbers that nobody can hold, where no client looks."""
    package = a_package(license_name=None)
    raw = json.dumps(dict(package.record))[:-1] + ', "x": 1e999}'
    repodata = f'{{"packages.conda": {{"{package.filename}": {raw}}}}}'.encode()
    form = next(form for form in ECO.index_forms("noarch") if form.form == "json")
    index = ECO.read_index(repodata, form=form, partition="noarch", side_files={})
    assert isinstance(index, WholeIndex)
    (shard,) = index.shards

    told = ECO.file_metadata(shard.payload, partition="noarch")[package.filename]
    assert told["index.json"] == {"name": "alpha", "version": "1.0", "build": "h0_0", "build_number": 0}
    assert told["about.json"] == {}


def test_a_source_may_say_anything_of_a_package() -> None:
    """What is no text is left out."""
    assert (
        ECO.package_metadata({"noarch": mirrored(a_package(), channeldata={"summary": 3, "home": "h"})})["home"] == "h"
    )
    assert ECO.package_metadata({"noarch": mirrored(a_package(), channeldata={"summary": 3})})["summary"] == ""
    beyond = mirrored(a_package(), channeldata={"summary": "s", "x": msgspec.Raw(b"1e999")})
    assert ECO.package_metadata({"noarch": beyond})["summary"] == ""


def test_long_texts_of_about_are_left_out() -> None:
    """Of what every client of channeldata.json reads."""
    about = json.dumps({"summary": "s", "description": "d" * 30_000, "home": ["no text"]}).encode()
    found = read(ECO, FILENAME, packed(INDEX, files={"info/about.json": about}))

    assert ECO.package_metadata({"linux-64": found.payload})["summary"] == "s"
    assert len(found.payload) < 1000


REFUSED = {
    "another-name": (packed(index_of(name="beta")), "says that the file is beta-1.0-h0_0"),
    "another-version": (packed(index_of(version="2.0")), "its name is"),
    "another-build": (packed(index_of(build="h1_0")), "its name is"),
    "no-subdir": (packed(index_of(subdir=_DROP)), "subdir"),
    "subdir-that-is-none": (packed(index_of(subdir="../x")), "subdir"),
    "noarch-elsewhere": (packed(index_of(noarch="python")), "clients look for it in noarch"),
    "noarch-that-is-none": (packed(index_of(subdir="noarch")), "does not say whether it is noarch"),
    "noarch-of-what": (packed(index_of(subdir="noarch", noarch="maybe")), "can't be used"),
    "later-schema": (packed(index_of(schema_version=3)), "schema 3"),
    "depends-no-list": (packed(index_of(depends="beta")), "can't be used"),
    "depends-no-spec": (packed(index_of(depends=["beta >=,<"])), "clients could not read"),
    "constrains-no-spec": (packed(index_of(constrains=[""])), "clients could not read"),
    "build-number-no-number": (packed(index_of(build_number="0")), "can't be used"),
    "timestamp-beyond-time": (packed(index_of(timestamp=2**52)), "clients could not read"),
    "no-json": (packed(b"{"), "can't be used"),
    "no-text": (packed(b'{"x":"\xff"}'), "not valid text"),
    "deep": (packed(index_of(x=json.loads("[" * 80 + "]" * 80))), "too deep"),
    "huge-number": (packed(json.dumps(INDEX)[:-1].encode() + b',"x":1e999}'), "info/index.json"),
    "about-no-object": (packed(INDEX, files={"info/about.json": b"[]"}), "info/about.json"),
    "about-no-text": (packed(INDEX, files={"info/about.json": b'{"a":"' + b"\xff" + b'"}'}), "info/about.json"),
    "about-deep": (packed(INDEX, files={"info/about.json": b'{"a":' + b"[" * 80 + b"]" * 80 + b"}"}), "too deep"),
    "run-exports-no-object": (packed(INDEX, files={"info/run_exports.json": b"3"}), "info/run_exports.json"),
    "of-another-file": (packed(INDEX, stem="other-1.0-h0_0"), "has no info-alpha-1.0-h0_0.tar.zst"),
    "no-format": (
        zipped({"info-alpha-1.0-h0_0.tar.zst": b"", "pkg-alpha-1.0-h0_0.tar.zst": b""}),
        "has no metadata.json",
    ),
    "a-tar": (bz2.compress(tar_of({"info/index.json": b"{}"})), "no ZIP archive"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_such_package_is_refused(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(InvalidInput, match=words) as caught:
        read(ECO, FILENAME, data)
    assert caught.value.field == "content"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param({"metadata.json": b"{"}, "metadata.json", id="format-that-is-none"),
        pytest.param({"metadata.json": b'{"conda_pkg_format_version": 3}'}, "version 3", id="format-of-tomorrow"),
        pytest.param(
            {"info-alpha-1.0-h0_0.tar.zst": zstd.compress(tar_of({}))}, "has no info/index.json", id="no-index"
        ),
    ],
)
def test_the_parts_of_a_conda_file_are_looked_at(members: Mapping[str, bytes], words: str) -> None:
    """As clients do."""
    with zipfile.ZipFile(io.BytesIO(packed(INDEX))) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(InvalidInput, match=words):
        read(ECO, FILENAME, zipped({**good, **members}))


def test_parts_are_not_packed_once_more() -> None:
    """Clients read them where they lie."""
    with zipfile.ZipFile(io.BytesIO(packed(INDEX))) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(InvalidInput, match="packed once more"):
        read(ECO, FILENAME, zipped(good, zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize(
    "filename", ["alpha.conda", "alpha-1.0-h0_0.zip", "../alpha-1.0-h0_0.conda", "a b-1-0.conda", ""]
)
def test_names_that_are_none_are_refused(filename: str) -> None:
    """By their name alone."""
    assert not ECO.takes_file(filename)
    with pytest.raises(InvalidInput, match="no name of a conda package"):
        read(ECO, filename, packed(INDEX))


def test_names_have_no_capitals() -> None:
    """Clients ask for small ones."""
    with pytest.raises(InvalidInput, match="capital letters"):
        read(ECO, "Alpha-1.0-h0_0.conda", packed(index_of(name="Alpha"), stem="Alpha-1.0-h0_0"))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("size", "1"),
        ("sha256_digest", "0" * 64),
        ("md5_digest", "0" * 32),
        ("md5_digest", "?"),
        ("sha256_digest", "ü"),
        ("blake2_256_digest", "0" * 64),
        ("name", "beta"),
        ("version", "1"),
    ],
)
def test_what_is_told_must_be_so(field: str, text: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as caught:
        read(ECO, FILENAME, packed(INDEX), **{field: text})
    assert caught.value.field == field


def test_what_is_told_rightly_is_taken() -> None:
    """Fields that we do not know and empty ones too."""
    data = packed(INDEX)
    told = {"size": str(len(data)), "md5_digest": md5_of(data).upper(), "name": "alpha", "version": "1.0", "x": "y"}

    assert isinstance(read(ECO, FILENAME, data, sha256_digest="", **told), PackageRead)
