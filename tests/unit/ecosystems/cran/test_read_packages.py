"""Reading a source of R packages: its forms, its Archive, what can't be served."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.digest import Digest
from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.cran.archive import ArchivedFile
from libs.common.ecosystems.cran.matrix import render_matrix
from libs.common.ecosystems.cran.rds_write import integers, list_of, strings, write_rds
from libs.common.ecosystems.file_tables import totals_of
from libs.common.ecosystems.protocol import ArtifactRef, IndexForm, SourceShard
from tests.support.cran_records import ECO, a_stanza, packages_text, read_source

SOURCE, WINDOWS, MAC = "src/contrib", "bin/windows/contrib/4.3", "bin/macosx/big-sur-arm64/contrib/4.3"
MD5 = "027ebdd8affce8f0effaecfcd5f5ade2"
STANZAS = (
    a_stanza("Matrix", "1.6-1", Depends="R (>= 3.5.0), methods", MD5sum=MD5, Path="4.3.0/Recommended"),
    a_stanza("demo", "2.0", Imports="Matrix,\ncli (>= 3.0)", MD5sum=MD5.upper(), Surprise="caf\u00e9"),
    a_stanza("demo", "1.9", MD5sum=MD5),
)
OLD = ArchivedFile(package="demo", version="1.0", size_bytes=1234, modified_ms=1_400_000_000_500)
GONE = ArchivedFile(package="gone", version="0.1-2")


def files_of(shard: SourceShard, *, partition: str = SOURCE) -> dict[str, ArtifactRef]:
    """Return the files of a shard by name."""
    return {ref.filename: ref for ref in ECO.artifacts(shard.payload, partition=partition)}


@pytest.mark.parametrize("form", ["gz", "rds", "plain"])
def test_every_form_gives_the_same_shards(form: str) -> None:
    """Only how they are packed differs."""
    text = packages_text(*STANZAS)
    data = {"gz": gzip.compress(text), "rds": render_matrix(STANZAS), "plain": text}[form]

    assert read_source(data, form=form) == read_source(text)
    assert list(read_source(data, form=form)) == ["Matrix", "demo"]


def test_forms_are_asked_for_by_what_they_cost() -> None:
    """The packed text is read fastest."""
    assert ECO.index_forms(WINDOWS) == (
        IndexForm(form="gz", path=f"{WINDOWS}/PACKAGES.gz"),
        IndexForm(form="rds", path=f"{WINDOWS}/PACKAGES.rds"),
        IndexForm(form="plain", path=f"{WINDOWS}/PACKAGES"),
    )


def test_a_file_is_where_its_record_says() -> None:
    """Below `Path`, under the name that R makes of package and version; MD5sum may be in capitals."""
    shards = read_source(packages_text(*STANZAS))

    (matrix,) = files_of(shards["Matrix"]).values()
    assert matrix.ckey == "cran/src/contrib/4.3.0/Recommended/Matrix_1.6-1.tar.gz"
    assert matrix.url == "4.3.0/Recommended/Matrix_1.6-1.tar.gz"
    assert matrix.expected.digest == Digest("md5", MD5)
    assert [ref.expected.digest for ref in files_of(shards["demo"]).values()] == [Digest("md5", MD5)] * 2


@pytest.mark.parametrize(("partition", "ending"), [(WINDOWS, ".zip"), (MAC, ".tgz"), (SOURCE, ".tar.gz")])
def test_binaries_are_named_by_their_system(partition: str, ending: str) -> None:
    """And `File` overrides it."""
    text = packages_text(a_stanza("demo", "1.0"), a_stanza("own", "1.0", File="own_1.0_R_x86_64-pc-linux-gnu.tar.gz"))
    shards = read_source(text, partition=partition)

    assert list(files_of(shards["demo"], partition=partition)) == [f"demo_1.0{ending}"]
    assert list(files_of(shards["own"], partition=partition)) == ["own_1.0_R_x86_64-pc-linux-gnu.tar.gz"]


def test_of_two_records_of_one_file_the_first_counts() -> None:
    """As R takes it; other versions stand beside."""
    text = packages_text(a_stanza(Title="first"), a_stanza(Title="second"), a_stanza(version="0.9"))
    (shard,) = read_source(text).values()

    assert b"first" in shard.payload
    assert b"second" not in shard.payload
    assert sorted(files_of(shard)) == ["demo_0.9.tar.gz", "demo_1.0.tar.gz"]


def test_old_versions_are_in_the_shard_of_their_package() -> None:
    """With size and date; a package that only the Archive has is there, too."""
    shards = read_source(packages_text(*STANZAS), archive=[OLD, GONE])

    assert list(shards) == ["Matrix", "demo", "gone"]
    old = files_of(shards["demo"])["demo_1.0.tar.gz"]
    assert old.ckey == "cran/src/contrib/Archive/demo/demo_1.0.tar.gz"
    assert (old.url, old.expected.size_bytes) == ("Archive/demo/demo_1.0.tar.gz", 1234)
    assert old.expected.digest.algorithm == "listed"
    assert totals_of(shards["demo"].payload) == (3, 1234)
    (facts, *_) = ECO.facts(shards["demo"].payload, partition=SOURCE)
    assert (facts.created_ms, facts.size_bytes, facts.digest) == (1_400_000_000_500, 1234, None)
    assert [*files_of(shards["gone"])] == ["gone_0.1-2.tar.gz"]


def test_a_version_that_is_back_is_no_old_one() -> None:
    """What PACKAGES says of it counts."""
    text = packages_text(a_stanza(version="1.0", MD5sum=MD5))

    assert read_source(text, archive=[OLD]) == read_source(text)


def test_what_is_known_of_an_old_version_is_its_digest() -> None:
    """Another source, size or date make another file of it; the same give the same."""

    def digest_of(file: ArchivedFile = OLD, source: str = "a source") -> Digest:
        shards = read_source(packages_text(*STANZAS), archive=[file], source=source)
        return files_of(shards["demo"])["demo_1.0.tar.gz"].expected.digest

    others = [
        digest_of(source="another"),
        digest_of(ArchivedFile(package="demo", version="1.0", size_bytes=1235, modified_ms=OLD.modified_ms)),
        digest_of(ArchivedFile(package="demo", version="1.0", size_bytes=1234)),
    ]

    assert digest_of() == digest_of()
    assert len({digest_of(), *others}) == 4


def test_a_record_without_a_digest_is_known_by_all_that_it_says() -> None:
    """An MD5sum that is none says nothing of the bytes."""
    digests = {
        files_of(read_source(packages_text(stanza))["demo"])["demo_1.0.tar.gz"].expected.digest
        for stanza in (a_stanza(), a_stanza(Built="R 4.3.1"), a_stanza(MD5sum="none"), a_stanza(MD5sum=f"{MD5}0"))
    }

    assert len(digests) == 4
    assert {digest.algorithm for digest in digests} == {"listed"}


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (b"<html>", "unreadable_index"),
        (write_rds(strings(["a"])), "unreadable_index"),
        (write_rds(list_of([list_of([])])), "unreadable_index"),
    ],
)
def test_an_archive_that_cant_be_read_is_a_problem(archive: bytes, code: str) -> None:
    """What PACKAGES has is served all the same."""
    shards = read_source(packages_text(*STANZAS), archive=archive)

    assert list(shards) == ["Matrix", "demo"]
    (problem,) = shards["Matrix"].problems
    assert (problem.ckey, problem.code) == ("cran/src/contrib/Meta/archive.rds", code)
    assert "the list of old versions can't be read" in problem.reason


@pytest.mark.parametrize(
    ("stanza", "code", "words"),
    [
        ({"Version": "1.0"}, "bad_record", "no Package"),
        ({"Package": "demo"}, "bad_record", "no Version"),
        (a_stanza("../../etc", "1.0"), "bad_name", "no name"),
        (a_stanza("1demo", "1.0"), "bad_name", "no name"),
        (a_stanza("d\u00e9mo", "1.0"), "bad_name", "no name"),
        (a_stanza("a" * 300, "1.0"), "bad_name", "no name"),
        (a_stanza("demo", "1.0/../2"), "bad_version", "can't read"),
        (a_stanza("demo", "1"), "bad_version", "can't read"),
        (a_stanza("demo", "1.0-rc1"), "bad_version", "can't read"),
        (a_stanza(File="other_1.0.tar.gz"), "bad_filename", "begin with demo_"),
        (a_stanza(File="demo.tar.gz"), "bad_filename", "begin with demo_"),
        (a_stanza(File="demo_/../../x"), "bad_filename", "begin with demo_"),
        (a_stanza(File="demo_%2e%2e"), "bad_filename", "begin with demo_"),
        (a_stanza(File=f"demo_{'1' * 300}"), "bad_filename", "begin with demo_"),
        (a_stanza(Path="../up"), "bad_path", "no folder"),
        (a_stanza(Path="a/../../up"), "bad_path", "no folder"),
        (a_stanza(Path="/root"), "bad_path", "no folder"),
        (a_stanza(Path="a//b"), "bad_path", "no folder"),
        (a_stanza(Path="a\\b"), "bad_path", "no folder"),
        (a_stanza(Path="https://elsewhere"), "bad_path", "no folder"),
        (a_stanza(Path="."), "bad_path", "no folder"),
        (a_stanza(Title="a\x00b"), "bad_record", "control"),
        (a_stanza(Title="a\x1bb"), "bad_record", "control"),
    ],
)
@pytest.mark.parametrize("form", ["plain", "rds"])
def test_a_record_that_cant_be_served_is_a_problem(stanza: dict[str, str], code: str, words: str, form: str) -> None:
    """And the others are served."""
    stanzas = [a_stanza("good"), {"Package": "", "Version": "", **stanza}]
    if form == "rds" and "\x00" in str(stanzas[1].get("Title")):
        stanzas[1]["Title"] = "a\x01b"
    shards = read_source(render_matrix(stanzas) if form == "rds" else packages_text(*stanzas), form=form)

    assert list(shards) == ["good"]
    (problem,) = shards["good"].problems
    assert problem.code == code
    assert words in problem.reason
    assert problem.ckey.startswith("cran/src/contrib/")
    assert problem.reason.isprintable()


@pytest.mark.parametrize(
    ("data", "form", "words"),
    [
        (b"<!doctype html>\n<html></html>", "plain", "no record that can be used"),
        (b"{}", "plain", "no record that can be used"),
        pytest.param(b"A:\n\n" * 500_001, "plain", "more than 500000 records", id="too many records"),
        pytest.param(b"A:\n" * 10_001, "plain", "more than 10000 lines", id="too many lines"),
        (packages_text({"Package": "../x", "Version": "1.0"}), "plain", "no name of an R package"),
        (b"not gzip", "gz", "gzip"),
        (gzip.compress(b"Package: a\n", mtime=0)[:-6], "gz", "gzip"),
        (b"not rds", "rds", "RDS"),
        (write_rds(strings(["a"])), "rds", "not a matrix"),
        (write_rds(list_of([])), "rds", "not a matrix"),
        (
            write_rds(strings(["a"], {"dim": integers([1, 1]), "dimnames": list_of([strings([]), strings(["a:b"])])})),
            "rds",
            "no field",
        ),
        (
            write_rds(strings(["a"], {"dim": integers([2, 1]), "dimnames": list_of([strings([]), strings(["a"])])})),
            "rds",
            "not a matrix",
        ),
    ],
)
def test_what_is_no_index_is_refused(data: bytes, form: str, words: str) -> None:
    """As a whole, so that the next form is tried."""
    with pytest.raises(UnreadableIndex, match=words):
        read_source(data, form=form)


def test_of_many_bad_records_some_are_told() -> None:
    """They say the same."""
    (shard,) = read_source(packages_text(a_stanza()) + b"\nA: 1\n" * 3_000).values()

    assert len(shard.problems) == 1_000


def test_a_repository_without_packages_is_read() -> None:
    """A new one has none; what its Archive has is there."""
    assert read_source(b"") == {}
    assert list(read_source(b"\n", archive=[OLD])) == ["demo"]
    assert read_source(render_matrix([]), form="rds") == {}


def test_a_bomb_is_refused() -> None:
    """Before it fills the memory."""
    with pytest.raises(UnreadableIndex, match="more than"):
        read_source(gzip.compress(bytes(130 * 1024 * 1024), 1), form="gz")


_words = st.sampled_from(
    ["Package", "Version", "Path", "File", "MD5sum", "x", ":", " ", "\n", "\n\n", "../", "demo", "1.0"]
)


@given(st.lists(_words, max_size=30).map("".join))
def test_whatever_a_source_says_no_file_leaves_its_folder(text: str) -> None:
    """Nor is anything else than a refusal the answer."""
    try:
        shards = read_source(b"Package: demo\nVersion: 1.0\n" + text.encode())
    except UnreadableIndex:
        return
    for shard in shards.values():
        for ref in files_of(shard).values():
            assert ref.ckey.startswith("cran/src/contrib/")
            assert ".." not in ref.ckey.split("/")
            assert ref.filename.startswith(f"{shard.name}_")
