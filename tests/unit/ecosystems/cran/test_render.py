"""Rendering R's index files: all forms say the same, and are read again as they were."""

import gzip
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.cran.archive import ArchivedFile, read_archive, render_archive
from libs.common.ecosystems.cran.dcf import STANDARD_FIELDS, fold, is_field
from libs.common.ecosystems.cran.rds_write import list_of, reals, strings, write_rds
from tests.support.cran_records import ECO, a_stanza, packages_text, read_source, render, stanzas_in
from tests.support.r import needs_r, run_r
from tests.support.real_data import REAL_DATA

SOURCE, WINDOWS = "src/contrib", "bin/windows/contrib/4.3"
FOLDER = f"cran/{SOURCE}"
CRAN = REAL_DATA / "cran" / "PACKAGES.gz"
MD5 = "027ebdd8affce8f0effaecfcd5f5ade2"
STANZAS = (
    a_stanza("Matrix", "1.6-1", Depends="R (>= 3.5.0), methods", MD5sum=MD5, Path="4.3.0/Recommended"),
    a_stanza("demo", "1.9", MD5sum=MD5, Archs=""),
    a_stanza("demo", "2.0", Imports="Matrix,\ncli (>= 3.0)", MD5sum=MD5, Surprise="caf\u00e9"),
)
OLD = ArchivedFile(package="demo", version="1.0", size_bytes=1234, modified_ms=1_400_000_000_500)
OLDER = ArchivedFile(package="demo", version="0.9", modified_ms=1_300_000_000_000)
GONE = ArchivedFile(package="gone", version="0.1-2")

_names = st.sampled_from(("a", "B", "c.d", "Demo", "x1"))
_versions = st.sampled_from(("1.0", "1.0-1", "2.0.0", "10.3", "0.0.0.9000"))
_characters = st.characters(exclude_categories=["Cs", "Cc"])
_texts = st.text(_characters | st.just("\n"), max_size=20).map(fold)
_fields = st.sampled_from(sorted({*STANDARD_FIELDS} - {"Package", "Version"})) | st.text(
    _characters, min_size=1, max_size=8
).filter(is_field)
_stanzas = st.builds(
    lambda package, version, fields: {**fields, "Package": package, "Version": version},
    _names,
    _versions,
    st.dictionaries(
        _fields.filter(lambda field: field not in ("Path", "File", "Package", "Version")), _texts, max_size=4
    ),
)
_archived = st.builds(
    ArchivedFile,
    package=_names,
    version=_versions,
    size_bytes=st.none() | st.integers(0, 2**50),
    modified_ms=st.none() | st.integers(0, 4_000_000_000_000),
)


def shards_of(
    *stanzas: Mapping[str, str], archive: list[ArchivedFile] | None = None, partition: str = SOURCE
) -> dict[str, bytes]:
    """Return the payloads of a source by name."""
    shards = read_source(packages_text(*stanzas), archive=archive, partition=partition)
    return {name: shard.payload for name, shard in shards.items()}


@given(st.lists(_stanzas, max_size=6), st.lists(_archived, max_size=6))
def test_what_is_rendered_is_read_again(stanzas: list[dict[str, str]], archive: list[ArchivedFile]) -> None:
    """In every form, with the Archive: a Tain that mirrors a Tain has the same shards."""
    shards = shards_of(*stanzas, archive=archive)
    pages = render(shards)

    for form, file in (("plain", "PACKAGES"), ("gz", "PACKAGES.gz"), ("rds", "PACKAGES.rds")):
        again = read_source(pages[f"{FOLDER}/{file}"], form=form, archive=pages[f"{FOLDER}/Meta/archive.rds"])
        assert {name: shard.payload for name, shard in again.items()} == shards
        assert not any(shard.problems for shard in again.values())


@given(st.lists(_archived, max_size=10, unique_by=lambda file: file.filename))
def test_an_archive_is_read_as_it_was_written(files: list[ArchivedFile]) -> None:
    """Size and date come back, to the millisecond."""
    read = read_archive(render_archive(files))

    assert read.problems == ()
    assert {file.filename: file for own in read.files.values() for file in own} == {
        file.filename: file for file in files
    }


def test_the_files_of_a_folder() -> None:
    """All fields of all records, and the same bytes for the same content."""
    shards = shards_of(*STANZAS, archive=[OLD, GONE])
    pages = render(shards)

    text = pages[f"{FOLDER}/PACKAGES"]
    assert list(stanzas_in(text.decode())) == [
        {**STANZAS[0]},
        {**STANZAS[1]},
        {**STANZAS[2], "Imports": "Matrix,\n        cli (>= 3.0)"},
    ]
    assert gzip.decompress(pages[f"{FOLDER}/PACKAGES.gz"]) == text
    assert render(shards) == pages
    assert sorted(pages) == sorted(ECO.partition_files(SOURCE))


def test_binaries_have_no_archive() -> None:
    """Only sources are archived."""
    assert ECO.partition_files(WINDOWS) == tuple(
        f"cran/{WINDOWS}/{file}" for file in ("PACKAGES", "PACKAGES.gz", "PACKAGES.rds")
    )
    assert sorted(render(shards_of(a_stanza(), partition=WINDOWS), partition=WINDOWS)) == sorted(
        ECO.partition_files(WINDOWS)
    )


def test_what_a_rule_leaves_out_is_in_no_file() -> None:
    """Neither in an index nor in the list of the Archive."""
    rule = Rule(id="rule", action=Action.REQUIRE, where=Where(spec=("demo (>= 1.0, < 2.0)",)))
    deciding = ECO.compile(Evaluation(rules=(rule,)))
    decided = {
        name: deciding.decide(payload, partition=SOURCE, name=name)
        for name, payload in shards_of(*STANZAS, archive=[OLD, OLDER, GONE]).items()
    }
    pages = render({name: one.payload for name, one in decided.items() if one.payload is not None})

    assert [stanza["Version"] for stanza in stanzas_in(pages[f"{FOLDER}/PACKAGES"].decode())] == ["1.9"]
    assert read_archive(pages[f"{FOLDER}/Meta/archive.rds"]).files == {"demo": [OLD]}


def test_a_name_has_no_file_of_its_own() -> None:
    """What it has is counted."""
    (payload,) = shards_of(a_stanza(), archive=[OLD]).values()
    rendered = ECO.render_shard(payload, partition=SOURCE, name="demo")

    assert (rendered.data, rendered.summary, rendered.files, rendered.size_bytes) == (None, b"", 1, 0)
    assert ECO.render_channel([(SOURCE, "demo", b"")]) == {}


_JUDGE = """
invisible(Sys.setlocale("LC_ALL", "C.UTF-8"))
text <- read.dcf("PACKAGES")
rownames(text) <- text[, "Package"]
matrix <- readRDS("PACKAGES.rds")
archive <- readRDS("Meta/archive.rds")
found <- available.packages(paste0("file://", getwd()), filters = list())
cat(identical(matrix, text[, colnames(matrix)]), identical(read.dcf("PACKAGES.gz"), read.dcf("PACKAGES")),
    identical(sort(colnames(matrix)), sort(colnames(text))), nrow(found),
    paste(names(archive), collapse = " "), "\\n")
"""


@needs_r
def test_r_reads_the_same_in_all_forms() -> None:
    """read.dcf of the text is the matrix of the RDS file, to the last attribute."""
    pages = render(shards_of(*STANZAS, archive=[OLD, GONE]))

    printed, _ = run_r(_JUDGE, {path.removeprefix(f"{FOLDER}/"): data for path, data in pages.items()})

    assert printed.split() == ["TRUE", "TRUE", "TRUE", "3", "demo", "gone"]


@needs_r
def test_r_finds_the_archive_to_be_its_own() -> None:
    """The list has the shape of file.info, of which remotes and pkgcache take the rows and their dates."""
    program = """
    x <- readRDS("archive.rds")$demo
    invisible(file.create("f"))
    own <- file.info("f")
    cat(identical(names(x), names(own)), identical(lapply(x, class), lapply(own, class)), class(x),
        identical(rownames(x), c("demo/demo_0.9.tar.gz", "demo/demo_1.0.tar.gz")), format(x$mtime, tz = "UTC"), x$size)
    """

    printed, _ = run_r(program, {"archive.rds": render_archive([OLD, OLDER])})

    assert printed == "TRUE TRUE data.frame TRUE 2011-03-13 07:06:40 2014-05-13 16:53:20 NA 1234"


@needs_r
def test_r_is_content_with_a_repository_without_packages() -> None:
    """No warning, no row."""
    program = """
    options(warn = 2)
    here <- paste0("file://", getwd())
    cat(nrow(available.packages(here)), nrow(available.packages(paste0(here, "/t"))),
        length(readRDS("Meta/archive.rds")), nrow(readRDS("PACKAGES.rds")))
    """
    pages = render({})
    files = {path.removeprefix(f"{FOLDER}/"): data for path, data in pages.items()}

    assert run_r(program, {**files, "t/PACKAGES": files["PACKAGES"]})[0] == "0 0 0 0"


@needs_r
def test_the_archive_of_r_is_read() -> None:
    """As CRAN makes it: file.info of each package's folder."""
    program = """
    files <- sapply(list.files("."), function(name) file.info(list.files(name, full.names = TRUE)), simplify = FALSE)
    saveRDS(files, "archive.rds", compress = "xz")
    """
    _, files = run_r(program, {"demo/demo_1.0.tar.gz": b"12345", "demo/demo_0.9.tar.gz": b"1", "x/x_1.0-1.tar.gz": b""})

    archive = read_archive(files["archive.rds"])

    assert archive.problems == ()
    assert {file.filename: file.size_bytes for own in archive.files.values() for file in own} == {
        "demo_0.9.tar.gz": 1,
        "demo_1.0.tar.gz": 5,
        "x_1.0-1.tar.gz": 0,
    }
    assert all((file.modified_ms or 0) > 1_700_000_000_000 for own in archive.files.values() for file in own)


@pytest.mark.parametrize(
    "row",
    [
        "demo/other_1.0.tar.gz",
        "demo/../x/demo_1.0.tar.gz",
        "other/demo_1.0.tar.gz",
        "demo/demo_1.tar.gz",
        "demo/demo_x.tgz",
        "",
        "demo",
    ],
)
@needs_r
def test_a_row_of_no_package_is_a_problem(row: str) -> None:
    """And the others are read."""
    program = f"""
    rows <- data.frame(size = c(1, -5), isdir = FALSE, mtime = Sys.time())
    rownames(rows) <- c("{row}", "demo/demo_1.0.tar.gz")
    saveRDS(list(demo = rows, text = "x", folder = transform(rows, isdir = TRUE)), "archive.rds")
    """

    archive = read_archive(run_r(program, {})[1]["archive.rds"])

    assert [file.filename for file in archive.files["demo"]] == ["demo_1.0.tar.gz"]
    assert archive.files["demo"][0].size_bytes is None
    (problem,) = archive.problems
    assert problem.code == "bad_filename"
    assert problem.ckey == f"cran/src/contrib/Archive/{row}"


def test_what_a_list_does_not_tell_is_not_known() -> None:
    """A frame may lack columns, or have them of another kind or length."""
    columns = {"size": strings(["5"]), "mtime": reals([1.0, 2.0])}
    frame = list_of([*columns.values()], {"names": strings([*columns]), "row.names": strings(["demo_1.0.tar.gz"])})

    archive = read_archive(write_rds(list_of([frame], {"names": strings(["demo"])})))

    assert archive.files == {"demo": [ArchivedFile(package="demo", version="1.0")]}


@needs_r
@pytest.mark.skipif(not CRAN.exists(), reason="there is no copy of CRAN's PACKAGES beside the project")
def test_the_whole_of_cran_is_rendered_as_it_was_read() -> None:
    """Row for row and field for field, by R's own reading of both."""
    shards = {name: shard.payload for name, shard in read_source(CRAN.read_bytes(), form="gz").items()}
    pages = render(shards)
    program = """
    source <- read.dcf("source.gz")
    rownames(source) <- source[, "Package"]
    found <- readRDS("PACKAGES.rds")
    text <- read.dcf("PACKAGES.gz")
    rownames(text) <- text[, "Package"]
    cat(identical(found[rownames(source), colnames(source)], source), identical(found, text[, colnames(found)]))
    """
    files = {path.removeprefix(f"{FOLDER}/"): data for path, data in pages.items()}

    assert len(shards) > 10_000
    assert run_r(program, {**files, "source.gz": CRAN.read_bytes()})[0] == "TRUE TRUE"
