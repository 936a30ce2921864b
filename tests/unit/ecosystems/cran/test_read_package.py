"""R packages that people upload: their folder and record, or why there is none."""

import gzip
import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.cran.dcf import read_dcf
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.cran.read_packages import read_packages
from libs.common.ecosystems.protocol import PackageRead
from tests.support.cran_packages import RPackage, an_r_package
from tests.support.r import needs_r, run_r
from tests.support.tars import tar_of
from tests.support.uploads import AT, md5_of, read

ECO = CranEcosystem()
WINDOWS = "R 4.3.1; ; 2026-01-01 00:00:00 UTC; windows"
MAC = "R 4.3.1; aarch64-apple-darwin20; 2026-01-01 00:00:00 UTC; unix"
LINUX = "R 4.3.1; x86_64-pc-linux-gnu; 2026-01-01 00:00:00 UTC; unix"
DESCRIPTION = "Package: alpha\nVersion: 1.0\nLicense: GPL-3\nNeedsCompilation: yes\n"


def source(description: str | bytes = DESCRIPTION, *, path: str = "alpha/DESCRIPTION") -> bytes:
    """Return a source package with this DESCRIPTION."""
    data = description if isinstance(description, bytes) else description.encode()
    return gzip.compress(tar_of({path: data, "alpha/R/alpha.R": b""}), mtime=0)


def windows(description: str) -> bytes:
    """Return a package for Windows with this DESCRIPTION."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("alpha/DESCRIPTION", description)
    return out.getvalue()


def rendered(found: PackageRead) -> bytes:
    """Return PACKAGES of a folder with this file alone."""
    sinks = {path: io.BytesIO() for path in ECO.partition_files(found.partition)}
    writer = ECO.write_partition(found.partition, sinks=sinks)
    writer.add(found.name, found.payload, rendered_sha256=None)
    writer.finish()
    return sinks[f"cran/{found.partition}/PACKAGES"].getvalue()


TEXTS = st.from_regex(r"[a-z][a-zA-Z.]{0,6}( \(>= [0-9]\.[0-9]\))?(,\n [a-z]{1,4}){0,2}", fullmatch=True)
PACKAGES = st.builds(
    an_r_package,
    st.from_regex(r"[a-zA-Z][a-zA-Z0-9.]{1,6}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}([.-][0-9]{1,3}){1,3}", fullmatch=True),
    Imports=TEXTS,
    Suggests=TEXTS,
    License=st.sampled_from(("MIT + file LICENSE", "GPL (>= 2)", "file LICENSE", "Own terms of ours")),
    OS_type=st.sampled_from(("unix", "windows")),
)


@given(package=PACKAGES)
def test_the_record_is_that_of_packages(package: RPackage) -> None:
    """What is rendered of it reads as the record of the file; the file is known by its sha256, and by its day."""
    found = read(ECO, package.filename, package.data)
    (shard,) = read_packages(rendered(found), form="plain", partition="src/contrib").shards
    fields = {**package.fields, "NeedsCompilation": "no", "OS_type": str(found.metadata["OS_type"])}
    expected = {field: _plain(text) for field, text in fields.items()}

    assert {field: _plain(str(text)) for field, text in _record(shard.payload).items()} == expected
    assert (found.partition, found.name, found.version) == ("src/contrib", package.name, package.version)
    assert (found.ckey, found.file_type) == (package.ckey, "cran_source_package")
    (file,) = ECO.artifacts(found.payload, partition="src/contrib")
    assert file.expected.digest == Digest("sha256", sha256_of(package.data))
    (facts,) = ECO.facts(found.payload, partition="src/contrib")
    assert (facts.created_ms, facts.size_bytes) == (int(AT.timestamp() * 1000), len(package.data))


def _record(payload: bytes) -> Mapping[str, object]:
    return next(iter(ECO.file_metadata(payload, partition="src/contrib").values()))


def _plain(text: str) -> str:
    return " ".join(text.split())


@needs_r
def test_r_itself_says_the_same() -> None:
    """PACKAGES that R makes of the files is ours, in all but how its lines are broken."""
    packages = [
        an_r_package("alpha", "1.0-1", Imports="beta (>= 1.0),\n gamma", License="GPL (>= 2)", Suggests="delta"),
        an_r_package("beta", Depends="R (>= 3.5)", Priority="optional", OS_type="unix", License="MIT + file LICENSE"),
    ]
    _, files = run_r('tools::write_PACKAGES(".", type = "source")', {each.filename: each.data for each in packages})
    ours = b"\n".join(rendered(read(ECO, each.filename, each.data)) for each in packages)

    assert _records(ours) == _records(files["PACKAGES"])
    partition = packages[0].folder
    program = f"""
        x <- available.packages(contriburl = paste0("file://", getwd(), "/{partition}"), filters = character())
        cat(sort(x[, "Package"]), x["alpha", "Imports"])
    """
    said, _ = run_r(program, {f"{partition}/PACKAGES": ours})
    assert " ".join(said.split()) == "alpha beta beta (>= 1.0), gamma"


def _records(data: bytes) -> list[Mapping[str, str]]:
    return [{field: _plain(text) for field, text in record.fields.items()} for record in read_dcf(data)]


@pytest.mark.parametrize(
    ("filename", "built", "told", "partition"),
    [
        pytest.param("alpha_1.0.zip", WINDOWS, {}, "bin/windows/contrib/4.3", id="windows"),
        pytest.param("alpha_1.0.zip", WINDOWS, {"r_version": "4.3.2"}, "bin/windows/contrib/4.3", id="windows-told"),
        pytest.param("alpha_1.0.tgz", MAC, {}, "bin/macosx/big-sur-arm64/contrib/4.3", id="mac"),
        pytest.param(
            "alpha_1.0.tgz",
            MAC.replace("aarch64-apple-darwin20", "x86_64-apple-darwin17.0").replace("4.3", "4.2"),
            {},
            "bin/macosx/contrib/4.2",
            id="old-mac",
        ),
        pytest.param(
            "alpha_1.0.tgz",
            MAC.replace("aarch64-apple-darwin20", ""),
            {"platform": "macosx/big-sur-x86_64"},
            "bin/macosx/big-sur-x86_64/contrib/4.3",
            id="mac-without-code",
        ),
        pytest.param("alpha_1.0.tar.gz", LINUX, {"platform": "linux/jammy"}, "bin/linux/jammy/contrib/4.3", id="linux"),
    ],
)
def test_binary_packages_go_where_r_looks_for_them(
    filename: str, built: str, told: Mapping[str, str], partition: str
) -> None:
    """By Built, and by what was told where that does not tell."""
    text = f"{DESCRIPTION}Built: {built}\nArchs: x64\n"
    data = windows(text) if filename.endswith(".zip") else source(text)
    found = read(ECO, filename, data, **told)

    assert (found.partition, found.file_type) == (partition, "cran_binary_package")
    assert found.ckey == f"cran/{partition}/{filename}"
    assert ECO.file_metadata(found.payload, partition=partition) == {
        filename: {"Package": "alpha", "Version": "1.0", "License": "GPL-3", "Archs": "x64", "MD5sum": md5_of(data)}
    }
    assert ECO.file_type(filename, partition=partition) == "cran_binary_package"


@pytest.mark.parametrize(
    ("filename", "built", "told", "field", "words"),
    [
        pytest.param("alpha_1.0.tgz", WINDOWS, {}, "content", "built for windows", id="other-system"),
        pytest.param("alpha_1.0.tgz", "R 4.3", {}, "content", "R writes it as", id="no-built"),
        pytest.param("alpha_1.0.tgz", MAC, {"r_version": "4.2"}, "r_version", "the package says 4.3", id="other-r"),
        pytest.param(
            "alpha_1.0.tgz", MAC, {"r_version": "x"}, "r_version", "the package says 4.3", id="r-that-is-none"
        ),
        pytest.param(
            "alpha_1.0.tgz", MAC, {"platform": "macosx/mavericks"}, "platform", "the package says", id="other-platform"
        ),
        pytest.param("alpha_1.0.tgz", LINUX, {}, "platform", "as macosx/big-sur-arm64", id="mac-not-told"),
        pytest.param("alpha_1.0.tar.gz", LINUX, {}, "platform", "as linux/jammy", id="linux-not-told"),
        pytest.param("alpha_1.0.tar.gz", LINUX, {"platform": "linux/../x"}, "platform", "no folder", id="no-folder"),
        pytest.param(
            "alpha_1.0.tgz",
            MAC,
            {"filetype": "cran_source_package"},
            "filetype",
            "DESCRIPTION has a Built",
            id="no-source",
        ),
    ],
)
def test_binary_packages_that_fit_nowhere_are_refused(
    filename: str, built: str, told: Mapping[str, str], field: str, words: str
) -> None:
    """In words, naming the field."""
    with pytest.raises(InvalidInput, match=words) as caught:
        read(ECO, filename, source(f"{DESCRIPTION}Built: {built}\n"), **told)
    assert caught.value.field == field


def test_a_package_is_described_by_its_newest_version() -> None:
    """In R's order, over all folders."""
    built = an_r_package(version="1.9", folder="bin/windows/contrib/4.3", Built=WINDOWS, License="MIT")
    packages = [an_r_package(version="1.10"), built]
    shards = {package.folder: read(ECO, package.filename, package.data).payload for package in packages}

    assert ECO.package_metadata(shards) == {
        "name": "alpha",
        "version": "1.10",
        "license": "GPL-3",
        "subdirs": ["bin/windows/contrib/4.3", "src/contrib"],
        "build_number": 0,
        "summary": "",
        "description": "",
        "home": "",
        "dev_url": "",
        "doc_url": "",
        "install_cmd": 'install.packages("alpha")',
    }


def test_files_can_be_taken_out_of_a_shard() -> None:
    """`only` is `without` turned round."""
    packages = [an_r_package(version=version) for version in ("1.0", "2.0", "3.0")]
    merged, _ = ECO.merge([read(ECO, package.filename, package.data).payload for package in packages])
    first, second, third = (package.filename for package in packages)

    assert ECO.only(merged, frozenset({first, third})) == ECO.without(merged, frozenset({second})).payload
    assert ECO.only(merged, frozenset({second})) == read(ECO, second, packages[1].data).payload
    assert ECO.only(merged, frozenset({"other"})) is None


def test_texts_in_other_encodings_are_read() -> None:
    """As DESCRIPTION says."""
    text = f"{DESCRIPTION}Encoding: latin1\nPriority: schön\n".encode("latin-1")

    assert read(ECO, "alpha_1.0.tar.gz", source(text)).metadata["Priority"] == "schön"


REFUSED = {
    "another-name": (source(DESCRIPTION.replace("alpha", "beta")), "is beta 1.0; its name says otherwise"),
    "another-version": (source(DESCRIPTION.replace("1.0", "1.1")), "its name says otherwise"),
    "another-folder": (source(path="beta/DESCRIPTION"), "has no alpha/DESCRIPTION"),
    "empty": (source(""), "has 0 records"),
    "two-records": (source(f"{DESCRIPTION}\n{DESCRIPTION}"), "has 2 records"),
    "no-fields": (source("x\n"), "can't be read"),
    "control-characters": (source(f"{DESCRIPTION}Depends: \x01\n"), "can't be read"),
    "endless": (source(f"{DESCRIPTION}Depends: {'x' * 2_000_000}\n"), "larger than"),
    "a-zip": (windows(DESCRIPTION), "gzip"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_such_package_is_refused(data: bytes, words: str) -> None:
    """In words."""
    with pytest.raises(InvalidInput, match=words) as caught:
        read(ECO, "alpha_1.0.tar.gz", data)
    assert caught.value.field == "content"


@pytest.mark.parametrize("filename", ["alpha_1.0.zip", "alpha_1.0.tgz"])
def test_binary_packages_say_what_they_are_for(filename: str) -> None:
    """Else nobody knows which R can use them."""
    data = windows(DESCRIPTION) if filename.endswith(".zip") else source()
    with pytest.raises(InvalidInput, match="no Built"):
        read(ECO, filename, data)


def test_an_archive_for_windows_needs_a_description() -> None:
    """In the folder of its name."""
    with pytest.raises(InvalidInput, match="has no beta/DESCRIPTION"):
        read(ECO, "beta_1.0.zip", windows(DESCRIPTION))


@pytest.mark.parametrize(
    "filename", ["alpha.tar.gz", "alpha_1.tar.gz", "../alpha_1.0.tar.gz", "1a_1.0.zip", "a_1.0.tar", ""]
)
def test_names_that_are_none_are_refused(filename: str) -> None:
    """By their name alone."""
    assert not ECO.takes_file(filename)
    with pytest.raises(InvalidInput, match="no name of an R package"):
        read(ECO, filename, source())


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Alpha"),
        ("version", "1.1"),
        ("filetype", "cran_binary_package"),
        ("md5_digest", "0" * 32),
        ("size", "0"),
    ],
)
def test_what_is_told_must_be_so(field: str, text: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as caught:
        read(ECO, "alpha_1.0.tar.gz", source(), **{field: text})
    assert caught.value.field == field
