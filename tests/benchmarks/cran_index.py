"""The index of a whole CRAN: read, filtered and rendered by us, read and written by R in the same run.

The rows are those of the real PACKAGES.gz where it is beside the project, made-up ones of the same
fields else. The Archive is always made up. R writes by what `tools::write_PACKAGES` ends with; the
packing is left to each one's default.
"""

import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from libs.common.ecosystems.cran.dcf import render_dcf
from libs.common.ecosystems.cran.rds_write import gzipped
from tests.benchmarks.measure import Row, rows_of
from tests.support.real_data import REAL_DATA

PACKAGES, ARCHIVE = "PACKAGES.gz", "archive.rds"

_REAL = REAL_DATA / "cran" / PACKAGES
_ROWS, _ARCHIVED = 12_000, 120_000
_LICENSES = ("GPL-3", "GPL (>= 2)", "MIT + file LICENSE", "Apache License 2.0", "CC0", "LGPL-2.1 | file LICENSE")
_BY_R = """
time <- function(what) cat(sprintf("%.4f\\n", system.time(what)[["elapsed"]]))
time(rows <- read.dcf("PACKAGES.gz"))
time(rows <- rows[package_version(rows[, "Version"]) >= "1.0", ])
dir.create("out")
time(tools:::.write_repository_package_db(rows, "out", "gzip"))
time(archive <- readRDS("archive.rds"))
time(saveRDS(archive, "out/archive.rds"))
cat(nrow(rows), "\\n")
"""


def measure(*, quick: bool) -> list[Row]:
    """Measure at the size of CRAN; a tenth of its Archive where it must be quick."""
    with tempfile.TemporaryDirectory(prefix="tain-bench-") as name:
        folder = Path(name)
        if _REAL.exists():
            shutil.copyfile(_REAL, folder / PACKAGES)
        else:
            folder.joinpath(PACKAGES).write_bytes(_made_up(_ROWS))
        archived = _ARCHIVED // 10 if quick else _ARCHIVED
        folder.joinpath(ARCHIVE).write_bytes(render_archive(_old_versions(archived)))
        ours = rows_of("cran_index_steps", name)
        return ours if shutil.which("Rscript") is None else [*ours, *_rows_of_r(ours, folder)]


def _made_up(count: int) -> bytes:
    chance = random.Random(1)  # noqa: S311 - nobody has to guess it
    names = [f"package{number}" for number in range(count)]
    stanzas = (
        {
            "Package": name,
            "Version": f"{chance.randrange(9)}.{chance.randrange(30)}",
            "Depends": "R (>= 3.5.0)",
            "Imports": ", ".join(chance.sample(names, 5)),
            "License": chance.choice(_LICENSES),
            "MD5sum": f"{chance.getrandbits(128):032x}",
            "NeedsCompilation": "no",
        }
        for name in names
    )
    return gzipped("".join(render_dcf(stanzas)).encode())


def _old_versions(count: int) -> list[ArchivedFile]:
    return [
        ArchivedFile(
            package=f"package{number // 8}",
            version=f"0.{number % 8}",
            size_bytes=1000 + number,
            modified_ms=1_400_000_000_000 + number * 1000,
        )
        for number in range(count)
    ]


def _rows_of_r(ours: list[Row], folder: Path) -> list[Row]:
    """Measure the same steps in R, and see that it keeps as many rows.

    Raises:
        RuntimeError: when R fails, or keeps other rows.
    """
    call = ["Rscript", "--vanilla", "-e", _BY_R]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    *seconds, kept = done.stdout.split()
    rendered = next(row for row in ours if row.step.startswith("render PACKAGES"))
    if int(kept) != rendered.items:
        raise RuntimeError(f"R keeps {kept} rows, Tain {rendered.items}")
    return [
        Row(benchmark=row.benchmark, who="R", step=row.step, seconds=float(took), items=row.items, unit=row.unit)
        for row, took in zip(ours, seconds, strict=True)
    ]
