"""Runs of mirrors of R repositories."""

from collections.abc import Sequence

import pytest

from libs.common.domain.mirror import Filters, MirrorMode, MirrorType
from libs.common.domain.run import RunState
from tests.support.cran_packages import RPackage, an_r_package
from tests.support.cran_source import IndexFile, render_repository
from tests.support.world import ROOT, World

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


async def test_a_run_with_nothing_new_asks_for_one_index_file() -> None:
    """It says so; neither packages nor the archive are looked at."""
    world = an_r_world(*PACKAGES, mode=MirrorMode.PASSIVE)
    await world.run()
    before = await world.head()
    world.asked()
    await world.run()

    assert world.asked() == ["src/contrib/PACKAGES.gz"]
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
