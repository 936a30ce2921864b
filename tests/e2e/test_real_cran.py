"""The real index of a CRAN with an Archive as big as its own: a passive mirror of all of it, as R sees it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from tests.support.files_source import FilesSource
from tests.support.mirrored import Mirrored, mirror
from tests.support.r import needs_r
from tests.support.r_client import available, run_r
from tests.support.real_data import REAL_DATA
from tests.support.stack import Stack

CRAN = REAL_DATA / "cran" / "PACKAGES.gz"
GZ, ARCHIVE = "src/contrib/PACKAGES.gz", "src/contrib/Meta/archive.rds"
OLD_PACKAGES, OLD_VERSIONS = 15_000, 8

_BY_R = """
rows <- read.dcf(gzcon(url("{url}")))
rows <- rows[package_version(rows[, "Version"]) >= "1.0", ]
cat(sprintf("listed %s %s\\n", rows[, "Package"], rows[, "Version"]), sep = "")
"""
_COUNT = 'cat("files", sum(vapply(readRDS(gzcon(url("{url}"))), nrow, 1L)), "\\n")'

pytestmark = [
    needs_r,
    pytest.mark.skipif(not CRAN.exists(), reason="there is no copy of CRAN's PACKAGES beside the project"),
]


@pytest.fixture(scope="module")
def source() -> Iterator[FilesSource]:
    """Return a source of the real index; its files are not there."""
    archive = [
        ArchivedFile(package=f"old{number}", version=f"{place}.9", size_bytes=1000 + place, modified_ms=10**12 + number)
        for number in range(OLD_PACKAGES)
        for place in range(OLD_VERSIONS)
    ]
    with closing(FilesSource({GZ: CRAN.read_bytes(), ARCHIVE: render_archive(archive)}, prefixes=("/repo",))) as files:
        yield files


@pytest.fixture(scope="module")
def finished(stack: Stack, source: FilesSource) -> Mirrored:
    """Return a channel of what has a version of 1.0 or later."""
    return mirror(stack, "real-cran", source.url, type="CRAN", filters={"exclude_specs": ["* (< 1.0)"]})


def test_r_sees_what_the_rules_keep(finished: Mirrored, source: FilesSource) -> None:
    """All of it and nothing else, by R's own reading of the source and R's own comparison of versions."""
    said = run_r(_BY_R.format(url=f"{source.url}/{GZ}"), repository=source.url)
    kept = {name: version for _, name, version in map(str.split, said.splitlines())}

    assert len(kept) > 5_000
    assert available(f"{finished.url}/cran", filters=()) == kept


def test_the_archive_is_filtered_too(finished: Mirrored) -> None:
    """Of each old package the first version is left out."""
    said = run_r(_COUNT.format(url=f"{finished.url}/cran/{ARCHIVE}"), repository=finished.url)

    assert said.split()[-2:] == ["files", str(OLD_PACKAGES * (OLD_VERSIONS - 1))]


def test_a_second_run_asks_on_condition(finished: Mirrored, source: FilesSource) -> None:
    """Nothing new costs two requests: the list of the Archive may change alone."""
    source.forget()

    assert finished.run_again() == "completed"
    assert [(request.path, request.status) for request in source.requests] == [(GZ, 304), (ARCHIVE, 304)]
