"""What the sources of a seeded installation have: packages with names that people know, and made-up content.

The same files every time, so that screenshots show the same figures.
"""

from collections.abc import Iterator

from tests.support.cran_packages import RPackage, an_archived_package, an_r_package
from tests.support.packages import Package, a_package
from tests.support.python_packages import PythonFile, a_wheel, an_sdist

_DAY_MS = 86_400_000
_FIRST_DAY_MS = 1_735_689_600_000
"""1 January 2025."""
_SUBDIRS = ("linux-64", "osx-arm64")

_CONDA = """
python       PSF-2.0          3.11.9 3.12.7 3.13.0     openssl libffi zlib
openssl      Apache-2.0       3.0.13 3.2.2 3.3.2       zlib
libffi       MIT              3.4.2 3.4.4
zlib         Zlib             1.2.13 1.3.1
libblas      BSD-3-Clause     3.9.0
numpy        BSD-3-Clause     1.26.4 2.0.2 2.1.3       python libblas
scipy        BSD-3-Clause     1.13.1 1.14.1            python numpy
pandas       BSD-3-Clause     2.1.4 2.2.2 2.2.3        python numpy python-dateutil
matplotlib   PSF-2.0          3.8.4 3.9.2              python numpy pillow
pillow       HPND             9.5.0 10.2.0 10.4.0      python zlib
scikit-learn BSD-3-Clause     1.4.2 1.5.2              python numpy scipy
pytorch      BSD-3-Clause     2.3.1 2.4.1              python numpy
gdal         MIT              3.8.5 3.9.2              python numpy libtiff
libtiff      HPND             4.5.1 4.6.0              zlib
ffmpeg       GPL-3.0-only     6.1.1 7.0.2
readline     GPL-3.0-only     8.2
gsl          GPL-3.0-or-later 2.7.1
r-base       GPL-2.0-or-later 4.3.3 4.4.1              readline
samtools     MIT              1.19 1.20 1.21           zlib
bedtools     MIT              2.31.1
curl         curl             8.4.0 8.9.1              openssl zlib
git          GPL-2.0-only     2.44.0 2.46.1            curl openssl
nodejs       MIT              18.20.4 20.17.0 22.9.0   openssl zlib
"""
_CONDA_NOARCH = """
python-dateutil Apache-2.0    2.8.2 2.9.0              python six
six          MIT              1.16.0
requests     Apache-2.0       2.31.0 2.32.3            python urllib3 certifi
urllib3      MIT              1.26.18 2.0.7 2.2.3      python
certifi      MPL-2.0          2024.7.4 2024.8.30       python
jinja2       BSD-3-Clause     3.1.3 3.1.4              python
django       BSD-3-Clause     4.2.15 5.0.8 5.1.1       python
flask        BSD-3-Clause     3.0.3                    python jinja2
jupyterlab   BSD-3-Clause     4.1.8 4.2.5              python jinja2
"""
_FAMILIES = ("aws-cdk", "azure-mgmt", "google-cloud", "jupyterlab", "opentelemetry", "pytest", "sphinxcontrib", "types")
_MEMBERS = (
    "batch", "cache", "compute", "container", "core", "dns", "event", "files", "identity", "kafka", "log",
    "monitor", "network", "proxy", "queue", "redis", "search", "storage", "table", "vault",
)  # fmt: skip
_PYTHON = """
Django          BSD-3-Clause 4.2.15 5.0.8 5.1.1       asgiref
asgiref         BSD-3-Clause 3.7.2 3.8.1
fastapi         MIT          0.111.1 0.115.0          starlette pydantic
starlette       BSD-3-Clause 0.37.2 0.38.6
pydantic        MIT          2.8.2 2.9.2              annotated-types
annotated-types MIT          0.7.0
requests        Apache-2.0   2.31.0 2.32.3            urllib3 idna
urllib3         MIT          1.26.18 2.2.3
idna            BSD-3-Clause 3.6 3.7 3.10
PyQt6           GPL-3.0-only 6.7.1
black           MIT          24.4.2 24.8.0            click
click           BSD-3-Clause 8.1.7
"""
_R = """
ggplot2    MIT   3.4.4 3.5.1   rlang scales
rlang      MIT   1.1.4
scales     MIT   1.3.0         rlang
dplyr      MIT   1.1.4         rlang
data.table MPL-2 1.15.4 1.16.0
Rcpp       GPL-2 1.0.12 1.0.13
jsonlite   MIT   1.8.8
"""


def conda_packages() -> tuple[Package, ...]:
    """Return a subset of what a community channel has, for two platforms and noarch."""
    return tuple(_conda())


def later_conda_packages() -> tuple[Package, ...]:
    """Return what that channel has a while later: some versions more, one name less."""
    newer = [
        _a_conda("numpy", "2.2.0", day=90, license_name="BSD-3-Clause", needs=("python", "libblas"), subdir=subdir)
        for subdir in _SUBDIRS
    ]
    newer.append(_a_conda("polars", "1.9.0", day=91, license_name="MIT", needs=("python",), subdir="linux-64"))
    newer.append(
        _a_conda("requests", "2.32.4", day=92, license_name="Apache-2.0", needs=("python", "urllib3"), subdir="noarch")
    )
    return (*(package for package in _conda() if package.name != "bedtools"), *newer)


def python_files() -> tuple[PythonFile, ...]:
    """Return projects of an index: wheels, sdists, one file that was yanked."""
    found: list[PythonFile] = []
    for name, license_name, versions, needs in _rows(_PYTHON):
        for place, version in enumerate(versions):
            yanked = "broken metadata" if (name, version) == ("idna", "3.6") else False
            uploaded = f"2025-{place + 1:02d}-{len(found) % 27 + 1:02d}T09:30:00.000000Z"
            padding = 2_000 + 700 * len(found)
            found.append(
                a_wheel(
                    name, version, requires=needs, requires_python=">=3.9", license_expression=license_name,
                    yanked=yanked, uploaded_at=uploaded, padding_bytes=padding,
                )
            )  # fmt: skip
            found.append(an_sdist(name, version, requires=needs, requires_python=">=3.9", uploaded_at=uploaded))
    return tuple(found)


def r_packages() -> tuple[RPackage, ...]:
    """Return packages of an R repository; the older versions are in its archive."""
    found: list[RPackage] = []
    for name, license_name, versions, needs in _rows(_R):
        imports = {"Imports": ", ".join(needs)} if needs else {}
        found += (an_archived_package(name, version, License=license_name, **imports) for version in versions[:-1])
        found.append(an_r_package(name, versions[-1], License=license_name, **imports))
    return tuple(found)


def genomes(*, padding_bytes: int = 3_000_000) -> tuple[Package, ...]:
    """Return large files that take long to come."""
    names = ("arabidopsis", "drosophila", "human-grch38", "mouse-grcm39", "yeast", "zebrafish")
    return tuple(a_package(f"genome-{name}", "2025.1", padding_bytes=padding_bytes) for name in names)


def own_packages() -> tuple[Package, ...]:
    """Return packages that somebody uploads."""
    return (
        a_package("acme-etl", "1.4.0", license_name="LicenseRef-Acme", padding_bytes=21_000),
        a_package("acme-etl", "1.5.0", license_name="LicenseRef-Acme", padding_bytes=22_000),
        a_package("acme-themes", "0.9.2", license_name="LicenseRef-Acme", padding_bytes=9_000),
    )


def _conda() -> Iterator[Package]:
    day = 0
    for name, license_name, versions, needs in _rows(_CONDA):
        for version in versions:
            day += 1
            for subdir in _SUBDIRS:
                yield _a_conda(name, version, day=day, license_name=license_name, needs=needs, subdir=subdir)
    for name, license_name, versions, needs in _rows(_CONDA_NOARCH):
        for version in versions:
            day += 1
            yield _a_conda(name, version, day=day, license_name=license_name, needs=needs, subdir="noarch")
    for place, name in enumerate(f"{family}-{member}" for family in _FAMILIES for member in _MEMBERS):
        version = f"1.{place % 7}.{place % 3}"
        yield _a_conda(name, version, day=place % 90, license_name="MIT", needs=("python",), subdir="noarch")


def _a_conda(name: str, version: str, *, day: int, license_name: str, needs: tuple[str, ...], subdir: str) -> Package:
    return a_package(
        name,
        version,
        subdir=subdir,
        depends=needs,
        license_name=license_name,
        timestamp_ms=_FIRST_DAY_MS + day * _DAY_MS,
        padding_bytes=3_000 + 900 * (day % 40),
    )


def _rows(table: str) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Read a table: name, license, versions, then the names that it needs."""
    for line in table.strip().splitlines():
        name, license_name, *rest = line.split()
        versions = tuple(word for word in rest if word[0].isdigit())
        yield name, license_name, versions, tuple(word for word in rest if not word[0].isdigit())
