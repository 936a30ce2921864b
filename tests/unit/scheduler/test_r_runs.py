"""Runs of mirrors of R repositories."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from libs.common.domain.errors import Permanent, UnreadableIndex, UpstreamRefused
from libs.common.domain.mirror import Filters, MirrorMode, MirrorType
from libs.common.domain.run import RunState
from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from services.indexer.find_roots import find_roots
from services.indexer.garbage_ports import Keeping
from services.indexer.mark_named import NamedThings
from tests.support.cran_packages import RPackage, an_archived_package, an_r_package
from tests.support.cran_source import IndexFile, render_repository
from tests.support.world import ROOT, World

ARCHIVE = f"{ROOT}/src/contrib/Meta/archive.rds"
WINDOWS = "bin/windows/contrib/4.3"


class RWorld(World):
    """One repository, one channel, and its mirror."""

    def offer_packages(self, packages: Sequence[RPackage], *, index_files: Sequence[IndexFile]) -> None:
        """Let the repository have these packages from now on."""
        files = render_repository(packages, index_files)
        self.upstream.files = {f"{ROOT}/{path}": data for path, data in files.items()}
        self.upstream.files |= {f"{ROOT}/{package.path}": package.data for package in packages}


def an_r_world(*packages: RPackage, index_files: Sequence[IndexFile] = (IndexFile.GZ,), **mirror: object) -> RWorld:
    """Return a world whose source is a repository of these packages."""
    world = RWorld((), type=MirrorType.CRAN, **mirror)  # type: ignore[arg-type]
    world.offer_packages(packages, index_files=index_files)
    return world


PACKAGES = (an_r_package("alpha"), an_r_package("beta", Imports="alpha"))


@pytest.mark.parametrize("index_file", [IndexFile.GZ, IndexFile.PLAIN])
async def test_every_package_of_a_repository_is_listed(index_file: IndexFile) -> None:
    """Whatever form its index has."""
    world = an_r_world(*PACKAGES, index_files=(index_file,), mode=MirrorMode.PASSIVE)
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert set(await world.listed()) == {package.ckey for package in PACKAGES}


async def test_an_active_mirror_stores_what_it_lists() -> None:
    """Verified by the MD5 of its record."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.ACTIVE)
    run = await world.run()

    assert run.counts.active == run.counts.active_planned == 2
    assert set(await world.listed()) == {package.ckey for package in PACKAGES}


async def test_a_run_with_nothing_new_asks_for_one_index_file_and_the_archive() -> None:
    """They say so; packages are not looked at."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    await world.run()
    before = await world.head()
    world.asked()
    await world.run()

    assert world.asked() == ["src/contrib/PACKAGES.gz", "src/contrib/Meta/archive.rds"]
    assert await world.head() == before


async def test_folders_of_binaries_are_mirrored_where_they_are_chosen() -> None:
    """Beside the sources."""
    binary = an_r_package("alpha", folder=WINDOWS)
    filters = Filters(subdirs=(WINDOWS,))
    world = an_r_world(*PACKAGES, binary, mode=MirrorMode.PASSIVE, filters=filters)
    await world.run()

    assert set(await world.listed()) == {package.ckey for package in (*PACKAGES, binary)}


async def test_a_package_that_is_gone_leaves() -> None:
    """With the next run."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    await world.run()
    world.offer_packages(PACKAGES[1:], index_files=(IndexFile.GZ,))
    run = await world.run()

    assert run.counts.removed == 1
    assert set(await world.listed()) == {PACKAGES[1].ckey}


def archive_of(*versions: str) -> bytes:
    """Write a list of old versions of alpha."""
    return render_archive(
        [ArchivedFile(package="alpha", version=version, size_bytes=300, modified_ms=1) for version in versions]
    )


def listed_with(*versions: str) -> set[str]:
    """Name the packages, and these old versions of alpha."""
    archived = {f"cran/src/contrib/Archive/alpha/alpha_{version}.tar.gz" for version in versions}
    return {package.ckey for package in PACKAGES} | archived


async def test_an_archive_that_changes_alone_is_read() -> None:
    """Repositories write it at another time than their index; it may also come and go."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    seen = []
    for archive in (None, archive_of("0.1"), archive_of("0.1", "0.2"), None):
        world.upstream.files.pop(ARCHIVE, None)
        if archive is not None:
            world.upstream.files[ARCHIVE] = archive
        run = await world.run()
        assert run.state is RunState.COMPLETED
        seen.append(set(await world.listed()))

    assert seen == [listed_with(), listed_with("0.1"), listed_with("0.1", "0.2"), listed_with()]


async def test_an_unchanged_archive_is_not_read_again() -> None:
    """Neither by its validators nor by its bytes; nothing is published."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    world.upstream.files[ARCHIVE] = archive_of("0.1")
    await world.run()
    before = await world.head()
    world.asked()
    await world.run()

    assert world.asked() == ["src/contrib/PACKAGES.gz", "src/contrib/Meta/archive.rds"]
    assert await world.head() == before


@pytest.mark.parametrize("is_index_new", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(None, id="no list"),
        pytest.param(UpstreamRefused("the source says no (403)"), id="refused"),
        pytest.param(UnreadableIndex("it is too large"), id="too large"),
    ],
)
async def test_old_versions_stay_while_their_list_can_not_be_read(
    fault: Permanent | None, *, is_index_new: bool
) -> None:
    """The run says so, and takes what else is new; the next one asks again."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    world.upstream.files[ARCHIVE] = archive_of("0.1")
    await world.run()
    more = an_r_package("gamma")
    if is_index_new:
        world.offer_packages((*PACKAGES, more), index_files=(IndexFile.GZ,))
    if fault is None:
        world.upstream.files[ARCHIVE] = b"<html>"
    else:
        world.upstream.errors[ARCHIVE].append(fault)
    run = await world.run()

    assert run.state is RunState.COMPLETED
    assert set(await world.listed()) == listed_with("0.1") | ({more.ckey} if is_index_new else set())
    (failure,) = run.failures
    assert failure.ckey == "cran/src/contrib/Meta/archive.rds"
    assert "stays" in failure.reason

    world.upstream.files[ARCHIVE] = archive_of("0.2")
    run = await world.run()
    assert not run.failures
    assert set(await world.listed()) >= listed_with("0.2")


async def test_a_repository_that_never_had_an_archive_may_refuse_it() -> None:
    """Object stores say 403 where there is nothing."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    world.upstream.errors[ARCHIVE].append(UpstreamRefused("the source says no (403)"))
    run = await world.run()

    assert not run.failures
    assert set(await world.listed()) == listed_with()


async def test_another_password_fetches_no_old_version_again() -> None:
    """Nobody tells their digests, so they are known by where they are: but not by how one gets in."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.ACTIVE)
    old = an_archived_package("alpha", "0.1")
    archive = render_archive([ArchivedFile(package="alpha", version="0.1", size_bytes=len(old.data), modified_ms=1)])
    world.upstream.files |= {ARCHIVE: archive, f"{ROOT}/{old.path}": old.data}
    await world.run()
    other = ROOT.replace("://", "://:secret@")
    world.upstream.files = {url.replace(ROOT, other): data for url, data in world.upstream.files.items()}
    await world.edit(source_root=other)
    run = await world.run()

    assert run.counts.active == 3
    assert sum("archive.rds" in url for url, _ in world.upstream.requests) == 2
    assert sum(url.endswith(old.filename) for url, _ in world.upstream.requests) == 1


async def test_a_sweep_leaves_the_list_of_the_archive() -> None:
    """It is all that is known of old versions while the source refuses it."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    world.upstream.files[ARCHIVE] = archive_of("0.1")
    await world.run()
    ports = world.garbage_ports()
    roots = await find_roots(
        keeping=Keeping(grace=timedelta(), revisions=1, decisions=1), now=world.clock.now(), ports=ports
    )
    named = NamedThings(ports)
    await named.mark(roots)

    stored = [digest async for digest in world.records.shards.digests()]
    assert len(stored) == len(PACKAGES) + 1
    assert all(digest in named.shards for digest in stored)
