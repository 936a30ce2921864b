"""Wheels and sdists that people upload: the shard that a mirror of them would store, or why there is none."""

import base64
import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import Metadata
from packaging.requirements import Requirement

from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.protocol import PackageRead, ShardRef, Told
from libs.common.ecosystems.served import NegotiatedPath, PagePath
from tests.support.python_packages import PythonFile, a_wheel, an_sdist, normalised
from tests.support.python_records import ECO
from tests.support.tars import tar_of
from tests.support.uploads import AT, Stored, md5_of, read

NAME = "alpha-1.0-py3-none-any.whl"
INFO = "alpha-1.0.dist-info"
METADATA = b"Metadata-Version: 2.4\nName: alpha\nVersion: 1.0\n"
WHEEL = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
UPLOADED = "2026-05-04T12:30:15.000250Z"


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            archive.writestr(path, data)
    return out.getvalue()


def wheel(
    metadata: bytes = METADATA, wheel: bytes = WHEEL, *, info: str = INFO, more: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a wheel that is good but for what is given."""
    return zipped({f"{info}/METADATA": metadata, f"{info}/WHEEL": wheel, f"{info}/RECORD": b"", **(more or {})})


def sdist(
    metadata: bytes = METADATA, *, path: str = "alpha-1.0/PKG-INFO", more: Mapping[str, bytes] | None = None
) -> bytes:
    """Return an sdist that is good but for what is given."""
    return gzip.compress(tar_of({path: metadata, "alpha-1.0/setup.py": b"", **(more or {})}), mtime=0)


def mirrored(file: PythonFile) -> bytes:
    """Return the shard that a mirror stores of an index which has this file alone, and rules that ask for licenses."""
    record = {
        "filename": file.filename,
        "url": file.filename,
        "hashes": {"sha256": file.sha256},
        "size": len(file.data),
        "upload-time": UPLOADED,
        "yanked": False,
        **({"requires-python": file.requires_python} if file.requires_python else {}),
    }
    page = {"meta": {"api-version": "1.4"}, "name": file.project, "files": [record]}
    ref = ShardRef(name=file.normalised, tag=None, url=f"{file.normalised}/")
    told = Told(content_type="application/vnd.pypi.simple.v1+json")
    shard = ECO.read_shard(msgspec.json.encode(page), ref=ref, partition="simple", side_files={}, told=told)
    return ECO.with_extras(shard.payload, {file.filename: file.metadata})


PROJECTS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,4}([._-][A-Za-z0-9]{1,3})?", fullmatch=True)
VERSIONS = st.from_regex(r"(0|[1-9][0-9]?)(\.(0|[1-9]))?(rc[1-9])?(\.post1)?", fullmatch=True)
REQUIRES = st.lists(st.sampled_from(("beta", "beta>=1", 'gamma[x]; python_version < "3.9"')), max_size=2)
PYTHONS = st.sampled_from((None, ">=3.8", ">=3.9,<4"))
FILES = st.builds(
    a_wheel,
    PROJECTS,
    VERSIONS,
    tag=st.sampled_from(("py3-none-any", "cp311-cp311-manylinux_2_17_x86_64")),
    requires=REQUIRES,
    requires_python=PYTHONS,
    license_expression=st.sampled_from((None, "MIT")),
    classifiers=st.sampled_from(((), ("License :: OSI Approved :: MIT License",))),
) | st.builds(an_sdist, PROJECTS, VERSIONS, requires=REQUIRES, requires_python=PYTHONS)


@given(file=FILES)
def test_an_upload_is_what_a_mirror_of_it_would_be(file: PythonFile) -> None:
    """To the byte: so neither rules nor clients can tell them apart."""
    found = read(ECO, file.filename, file.data)

    assert found.payload == mirrored(file)
    assert (found.partition, found.name, found.version) == ("simple", normalised(file.project), file.version)
    assert found.ckey == file.ckey
    assert found.file_type == ("bdist_wheel" if file.is_wheel else "sdist")


def test_core_metadata_of_a_wheel_are_served_out_of_it() -> None:
    """Nothing is promised beside the wheel, where no source has it; the page tells of what was taken out."""
    file = a_wheel()
    found = read(ECO, file.filename, file.data)
    of = {file.filename: Digest("sha256", file.sha256)}

    assert ECO.companions(found.payload, partition="simple") == ()
    assert ECO.needs_extraction(found.payload, partition="simple") == of
    assert ECO.extract(file.filename, len(file.data), Stored(file.data)) == found.companion == file.metadata
    assert read(ECO, (source := an_sdist()).filename, source.data).companion is None


def test_rules_decide_at_once() -> None:
    """Licenses and dependencies are known without asking for more."""
    file = a_wheel(requires=["beta>=1"], license_expression="GPL-3.0-only")
    (facts,) = ECO.facts(read(ECO, file.filename, file.data).payload, partition="simple")

    assert (facts.license, facts.families, facts.depends) == ("GPL-3.0-only", ("gpl", "gpl3"), ("beta>=1",))
    assert facts.created_ms == int(AT.timestamp() * 1000)


def test_what_is_told_of_a_file() -> None:
    """What stands in core metadata, and what the record says."""
    file = a_wheel(requires=["beta"], requires_python=">=3.8")
    found = read(ECO, file.filename, file.data)
    listed = ECO.file_metadata(found.payload, partition="simple")[file.filename]

    assert listed == {
        "name": "alpha",
        "version": "1.0",
        "packagetype": "bdist_wheel",
        "license": "MIT",
        "classifiers": (),
        "requires_dist": ("beta",),
        "requires_python": ">=3.8",
        "upload_time": UPLOADED,
        "yanked": False,
    }
    assert found.metadata == {
        **listed,
        "metadata_version": "2.4",
        "summary": "alpha for tests",
        "license_expression": "MIT",
    }


def test_packaging_reads_the_core_metadata() -> None:
    """By its own rules, as installers do."""
    found = read(ECO, NAME, wheel(METADATA + b"Requires-Python: >=3.8\nRequires-Dist: beta\n"))
    assert found.companion is not None
    metadata = Metadata.from_email(found.companion)

    assert (metadata.name, str(metadata.version)) == (found.name, found.version)
    told = ECO.file_metadata(found.payload, partition="simple")[NAME]
    assert (str(metadata.requires_python), metadata.requires_dist) == (told["requires_python"], [Requirement("beta")])
    page = ECO.route(f"simple/{found.name}", is_folder=True)
    assert isinstance(page, NegotiatedPath)
    for choice in page.choices:
        assert isinstance(choice, PagePath)
        rendered = ECO.render_page(choice, found.payload, extracted={NAME: sha256_of(found.companion)}, texts={})
        assert rendered is not None
        assert sha256_of(found.companion).encode() in rendered


def test_a_project_is_described_by_its_newest_version() -> None:
    """A stable one where there is one."""
    files = [
        a_wheel(version="1.10"),
        a_wheel(version="1.9", license_expression="GPL-3.0-only"),
        a_wheel(version="2.0rc1"),
    ]
    merged, _ = ECO.merge([read(ECO, file.filename, file.data).payload for file in files])

    assert ECO.package_metadata({"simple": merged}) == {
        "name": "alpha",
        "version": "1.10",
        "license": "MIT",
        "subdirs": [],
        "build_number": 0,
        "summary": "",
        "description": "",
        "home": "",
        "dev_url": "",
        "doc_url": "",
        "install_cmd": "pip install alpha",
    }
    only_rc = ECO.only(merged, frozenset({files[2].filename}))
    assert only_rc is not None
    assert ECO.package_metadata({"simple": only_rc})["version"] == "2.0rc1"


def test_files_can_be_taken_out_of_a_shard() -> None:
    """`only` is `without` turned round."""
    files = [a_wheel(version=version) for version in ("1", "2", "3")]
    merged, _ = ECO.merge([read(ECO, file.filename, file.data).payload for file in files])
    first, second, third = (file.filename for file in files)

    assert ECO.only(merged, frozenset({first, third})) == ECO.without(merged, frozenset({second})).payload
    assert ECO.only(merged, frozenset({second})) == mirrored(files[1])
    assert ECO.only(merged, frozenset({"other"})) is None


@pytest.mark.parametrize(
    ("filename", "metadata"),
    [
        pytest.param("alpha-1.0.tar.gz", METADATA, id="as-it-is"),
        pytest.param("Alpha.Beta-1.0.tar.gz", METADATA.replace(b"alpha", b"alpha-beta"), id="legacy-name"),
        pytest.param("alpha-beta-1.0.tar.gz", METADATA.replace(b"alpha", b"alpha_beta"), id="legacy-separator"),
        pytest.param("alpha-1.0.0.tar.gz", METADATA, id="equal-version"),
        pytest.param("alpha-1.0-beta1.tar.gz", METADATA.replace(b"1.0", b"1.0b1"), id="legacy-version"),
    ],
)
def test_names_of_sdists_are_compared_normalised(filename: str, metadata: bytes) -> None:
    """Old tools wrote them as they stood."""
    assert read(ECO, filename, sdist(metadata)).filename == filename


def test_sdists_may_be_zip_archives() -> None:
    """As of Windows."""
    assert read(ECO, "alpha-1.0.zip", zipped({"alpha-1.0/PKG-INFO": METADATA})).version == "1.0"


def test_wheels_may_have_build_numbers_and_several_tags() -> None:
    """In both places."""
    data = wheel(wheel=b"Wheel-Version: 1.9\nBuild: 3b\nTag: py2-none-any\nTag: py3-none-any\n")

    assert read(ECO, "alpha-1.0-3b-py2.py3-none-any.whl", data).version == "1.0"


def _without(path: str) -> bytes:
    members = {f"{INFO}/METADATA": METADATA, f"{INFO}/WHEEL": WHEEL, f"{INFO}/RECORD": b""}
    return zipped({name: data for name, data in members.items() if not name.endswith(path)})


WHEELS = {
    "no-metadata": (_without("METADATA"), "has no alpha-1.0.dist-info/METADATA"),
    "no-wheel": (_without("WHEEL"), "has no alpha-1.0.dist-info/WHEEL"),
    "no-record": (_without("RECORD"), "has no alpha-1.0.dist-info/RECORD"),
    "no-dist-info": (zipped({"a/x": b""}), "has 0 .dist-info"),
    "two-dist-infos": (wheel(more={"Alpha-1.0.DIST-INFO/METADATA": METADATA}), "has 2 .dist-info"),
    "folder-of-another-name": (wheel(info="beta-1.0.dist-info"), "of another name or version"),
    "folder-of-another-version": (wheel(info="alpha-2.0.dist-info"), "of another name or version"),
    "folder-of-no-version": (wheel(info="alpha.dist-info"), "of another name or version"),
    "metadata-of-another-name": (wheel(METADATA.replace(b"alpha", b"beta")), "of another name"),
    "metadata-of-another-version": (wheel(METADATA.replace(b"1.0\n", b"2.0\n")), "its name says otherwise"),
    "two-names": (wheel(METADATA + b"Name: beta\n"), "of another name"),
    "no-version": (wheel(b"Metadata-Version: 2.4\nName: alpha\n"), "of another name"),
    "version-that-is-none": (wheel(METADATA.replace(b"1.0\n", b"x\n")), "Version that is none"),
    "no-metadata-version": (wheel(b"Name: alpha\nVersion: 1.0\n"), "of which version they are"),
    "python-that-is-none": (wheel(METADATA + b"Requires-Python: 3.x\n"), "Requires-Python that is none"),
    "long-python": (wheel(METADATA + b"Requires-Python: " + b">=3," * 2000 + b"\n"), "require more than any"),
    "requirement-that-is-none": (wheel(METADATA + b"Requires-Dist: >=1\n"), "Requires-Dist '>=1'"),
    "other-tags": (wheel(wheel=WHEEL.replace(b"py3", b"py2")), "has the tags py2-none-any"),
    "tag-that-is-none": (wheel(wheel=WHEEL.replace(b"py3-", b"py3..-")), "which is none"),
    "endless-tags": (wheel(wheel=WHEEL.replace(b"py3", b".".join([b"py3"] * 99))), "more than any wheel"),
    "other-build": (wheel(wheel=WHEEL + b"Build: 1\n"), "another build number"),
    "format-of-tomorrow": (wheel(wheel=WHEEL.replace(b"1.0", b"2.0")), "version 1 of the format"),
    "no-format": (wheel(wheel=b"Tag: py3-none-any\n"), "version 1 of the format"),
    "a-tar": (sdist(), "no ZIP archive"),
}


@pytest.mark.parametrize(("data", "words"), WHEELS.values(), ids=WHEELS)
def test_what_is_no_such_wheel_is_refused(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(InvalidInput, match=words) as caught:
        read(ECO, NAME, data)
    assert caught.value.field == "content"


SDISTS = {
    "no-metadata": (gzip.compress(tar_of({"alpha-1.0/setup.py": b""})), "has 0 PKG-INFO"),
    "deeper": (sdist(path="alpha-1.0/alpha.egg-info/PKG-INFO"), "has 0 PKG-INFO"),
    "two": (sdist(more={"other/PKG-INFO": METADATA}), "has 2 PKG-INFO"),
    "of-another-name": (sdist(METADATA.replace(b"alpha", b"beta")), "its name says otherwise"),
    "of-another-version": (sdist(METADATA.replace(b"1.0\n", b"1.1\n")), "its name says otherwise"),
    "no-name": (sdist(METADATA.replace(b"alpha", b"-")), "Name"),
    "a-zip": (wheel(), "gzip"),
}


@pytest.mark.parametrize(("data", "words"), SDISTS.values(), ids=SDISTS)
def test_what_is_no_such_sdist_is_refused(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(InvalidInput, match=words) as caught:
        read(ECO, "alpha-1.0.tar.gz", data)
    assert caught.value.field == "content"


@pytest.mark.parametrize(
    "filename",
    [
        "alpha.whl",
        "alpha-1.0-py3-none.whl",
        "alpha-x-py3-none-any.whl",
        "alpha-1.0-py3-none-" + ".".join(f"p{number}" for number in range(1500)) + ".whl",
        "alpha__beta-1.0-py3-none-any.whl",
        "alpha-1.0.tar.bz2",
        "alpha-1.0.exe",
        "alpha.tar.gz",
        "../alpha-1.0.tar.gz",
        "a b-1.0.tar.gz",
        "",
    ],
)
def test_names_that_are_none_are_refused(filename: str) -> None:
    """Before anything is read."""
    with pytest.raises(InvalidInput, match=r"is no name of|of another name"):
        read(ECO, filename, wheel())


@pytest.mark.parametrize(
    ("filename", "is_taken"),
    [(NAME, True), ("alpha-1.0.tar.gz", True), ("alpha-1.0.zip", True), ("a.exe", False), ("a_1.0.tar.gz", False)],
)
def test_files_are_taken_by_their_names(filename: str, is_taken: bool) -> None:
    """Where the upload does not say what it is."""
    assert ECO.takes_file(filename) is is_taken


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "beta"),
        ("version", "1.1"),
        ("version", "x"),
        ("filetype", "sdist"),
        ("blake2_256_digest", "0" * 64),
        ("sha256_digest", "0" * 64),
        ("md5_digest", "0" * 32),
    ],
)
def test_what_is_told_must_be_so(field: str, text: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as caught:
        read(ECO, NAME, wheel(), **{field: text})
    assert caught.value.field == field


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(md5_of(data))).decode()


@pytest.mark.parametrize("md5", [md5_of, _base64], ids=["hex", "base64"])
def test_what_twine_tells_is_taken(md5: Callable[[bytes], str]) -> None:
    """Names and versions may be written as people write them."""
    data = wheel()
    blake2 = hashlib.blake2b(data, digest_size=32).hexdigest()

    found = read(
        ECO,
        NAME,
        data,
        name="Alpha",
        version="01.0",
        filetype="bdist_wheel",
        md5_digest=md5(data),
        blake2_256_digest=blake2,
        sha256_digest=hashlib.sha256(data).hexdigest(),
        protocol_version="1",
    )
    assert isinstance(found, PackageRead)
