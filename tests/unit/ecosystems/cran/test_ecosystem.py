"""R behind the Protocol: which folders are read, and what becomes of shards."""

import pytest

from libs.common.domain.errors import InvalidInput, UnreadableIndex
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.ecosystems.cran.archive import ArchivedFile, check_archive, render_archive
from libs.common.ecosystems.cran.rds_write import strings, write_rds
from libs.common.ecosystems.file_tables import totals_of
from libs.common.ecosystems.protocol import ShardRef, SideFile
from libs.common.ecosystems.registry import ecosystem
from tests.support.cran_records import ECO, a_stanza, packages_text, read_source

SOURCE, WINDOWS = "src/contrib", "bin/windows/contrib/4.3"
MD5, OTHER = "027ebdd8affce8f0effaecfcd5f5ade2", "eef4e7e94d52a56d62fd9512a5bf1f33"
OLD = ArchivedFile(package="demo", version="1.0", size_bytes=1234)


def payload_of(*versions: str, md5: str = MD5, archive: ArchivedFile | None = None) -> bytes:
    """Return the shard of some versions of one package."""
    text = packages_text(*(a_stanza(version=version, MD5sum=md5) for version in versions))
    return read_source(text, archive=None if archive is None else [archive])["demo"].payload


def filenames(payload: bytes) -> list[str]:
    """Return the files of a shard."""
    return [ref.filename for ref in ECO.artifacts(payload, partition=SOURCE)]


def test_r_is_mirrored() -> None:
    """The registry has it."""
    assert ecosystem(MirrorType.CRAN).type is MirrorType.CRAN


@pytest.mark.parametrize(
    ("subdirs", "partitions"),
    [
        ((), (SOURCE,)),
        ((SOURCE,), (SOURCE,)),
        (("windows/4.3",), (SOURCE, WINDOWS)),
        ((WINDOWS, "windows/4.3"), (SOURCE, WINDOWS)),
        (
            ("macosx/big-sur-arm64/4.3", "macosx/3.6"),
            (SOURCE, "bin/macosx/big-sur-arm64/contrib/4.3", "bin/macosx/contrib/3.6"),
        ),
        (("bin/linux/4.3-jammy/contrib/4.3",), (SOURCE, "bin/linux/4.3-jammy/contrib/4.3")),
    ],
)
def test_folders_are_chosen(subdirs: tuple[str, ...], partitions: tuple[str, ...]) -> None:
    """Sources are always among them, for what has no binary is built."""
    assert ECO.partitions(Filters(subdirs=subdirs)) == (partitions, True)


@pytest.mark.parametrize(
    "subdir",
    ["", "linux-64", "noarch", "windows", "windows/4", "windows/4.3/x", "bin/windows/contrib/../4.3", "../windows/4.3"],
)
def test_what_is_no_folder_is_refused(subdir: str) -> None:
    """With what to write."""
    with pytest.raises(InvalidInput, match=r"windows/4\.3") as caught:
        ECO.partitions(Filters(subdirs=(subdir,)))

    assert caught.value.field == "filters.subdirs"


def test_only_sources_have_an_archive() -> None:
    """It is asked for beside their index, in every run: it has records of its own."""
    path = "src/contrib/Meta/archive.rds"
    assert ECO.side_files(SOURCE) == (
        SideFile(name="archive", paths=(path,), check=check_archive, ckey=f"cran/{path}"),
    )
    assert ECO.side_files(WINDOWS) == ()


@pytest.mark.parametrize("data", [b"", b"<html>", write_rds(strings(["no list"]))])
def test_a_list_of_the_archive_that_is_none_is_refused(data: bytes) -> None:
    """So that the last one stays."""
    check_archive(render_archive([OLD]))
    with pytest.raises(UnreadableIndex):
        check_archive(data)


def test_files_are_dropped() -> None:
    """With all that is known of them."""
    payload = payload_of("1.1", "2.0", archive=OLD)

    rest = ECO.without(payload, frozenset({"demo_2.0.tar.gz", "demo_1.0.tar.gz"}))
    assert rest.payload == payload_of("1.1")
    assert (rest.files, rest.size_bytes) == (1, 0)
    assert ECO.without(payload, frozenset({"other"})).payload == payload
    assert ECO.without(payload, frozenset(filenames(payload))).payload is None


def test_of_two_mirrors_the_first_one_that_has_a_file_counts() -> None:
    """Other bytes of it in the second are told."""
    first, second = payload_of("2.0", archive=OLD), payload_of("1.1", "2.0", md5=OTHER)

    merged, conflicts = ECO.merge((first, second))

    assert filenames(merged) == ["demo_1.0.tar.gz", "demo_1.1.tar.gz", "demo_2.0.tar.gz"]
    assert conflicts == ("demo_2.0.tar.gz",)
    assert totals_of(merged) == (3, 1234)
    assert [ref.expected.digest.hex for ref in ECO.artifacts(merged, partition=SOURCE)][1:] == [OTHER, MD5]
    assert ECO.merge((first,)) == (first, ())


def test_a_file_that_one_mirror_has_archived_only_is_no_conflict() -> None:
    """Of its bytes nothing is known there."""
    _, conflicts = ECO.merge((payload_of("2.0", archive=OLD), payload_of("1.0", "2.0")))

    assert conflicts == ()


def test_there_are_no_files_of_single_names() -> None:
    """A repository has one index; who asks for more has a bug."""
    assert ECO.named_shards(SOURCE, Filters(projects=("demo",)), source_root="x") is None
    with pytest.raises(UnreadableIndex):
        ECO.read_shard(b"", ref=ShardRef(name="demo", tag=None, url="demo"), partition=SOURCE, side_files={})
