"""What paths below a channel mean for R."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.ecosystems.served import ArtifactPath, IndexPath, Served
from tests.support.cran_records import ECO

SOURCE, WINDOWS, MAC = "src/contrib", "bin/windows/contrib/4.3", "bin/macosx/big-sur-arm64/contrib/4.3"
TEXT = "text/plain; charset=utf-8"


def a_file(filename: str, *, partition: str = SOURCE, name: str = "demo") -> ArtifactPath:
    """Return what a file's path means."""
    return ArtifactPath(partition=partition, name=name, filename=filename)


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("cran/src/contrib/PACKAGES", IndexPath(path="cran/src/contrib/PACKAGES", content_type=TEXT)),
        ("cran/src/contrib/PACKAGES.gz", IndexPath(path="cran/src/contrib/PACKAGES.gz")),
        ("cran/src/contrib/PACKAGES.rds", IndexPath(path="cran/src/contrib/PACKAGES.rds")),
        ("cran/src/contrib/Meta/archive.rds", IndexPath(path="cran/src/contrib/Meta/archive.rds")),
        ("cran/src/contrib/Meta/current.rds", IndexPath(path="cran/src/contrib/Meta/current.rds")),
        ("cran/src/contrib/METADATA2.gz", IndexPath(path="cran/src/contrib/METADATA2.gz")),
        (f"cran/{MAC}/PACKAGES.gz", IndexPath(path=f"cran/{MAC}/PACKAGES.gz")),
        ("cran/src/contrib/demo_1.0.tar.gz", a_file("demo_1.0.tar.gz")),
        ("cran/src/contrib/Archive/demo/demo_0.9-1.tar.gz", a_file("demo_0.9-1.tar.gz")),
        ("cran/src/contrib/4.3.0/Recommended/demo_1.0.tar.gz", a_file("demo_1.0.tar.gz")),
        (
            "cran/src/contrib/data.table_1.15.0.tar.gz",
            a_file("data.table_1.15.0.tar.gz", name="data.table"),
        ),
        (f"cran/{WINDOWS}/demo_1.0.zip", a_file("demo_1.0.zip", partition=WINDOWS)),
        (f"cran/{MAC}/demo_1.0.tgz", a_file("demo_1.0.tgz", partition=MAC)),
    ],
)
def test_paths_of_a_repository(path: str, served: Served) -> None:
    """Every path that clients ask for."""
    assert ECO.route(path) == served


@pytest.mark.parametrize(
    "path",
    [
        "",
        "cran",
        "cran/",
        "cran/src/contrib",
        "cran/src/contrib/",
        "cran/PACKAGES",
        "src/contrib/PACKAGES",
        "cran/src/contrib/Other",
        "cran/src/contrib/demo.tar.gz",
        "cran/src/contrib/../demo_1.0.tar.gz",
        "cran/src/contrib/Archive/../demo_1.0.tar.gz",
        "cran/src/contrib/Archive//demo_1.0.tar.gz",
        "cran/src/contrib/..%2fdemo_1.0.tar.gz",
        "cran/src/contrib/demo_1.0.tar.gz/",
        "cran/src/contrib/demo_1.0\n.tar.gz",
        "cran/bin/windows/contrib/4.3",
        "cran/bin/windows/contrib/4/PACKAGES",
        "cran/bin/amiga/contrib/4.3/PACKAGES",
        "cran/bin/macosx/../contrib/4.3/PACKAGES",
        f"cran/{WINDOWS}/Meta/archive.rds",
        "CRAN/src/contrib/PACKAGES",
        "cran/src/contrib/" + "a" * 500 + "_1.0.tar.gz",
        "cran/src/contrib/" + "a" * 5000 + "_1.0.tar.gz",
        "linux-64/repodata.json",
    ],
)
def test_other_paths_are_nothing(path: str) -> None:
    """They are answered with "no such file" by those who route."""
    assert ECO.route(path) is None


@given(st.text(max_size=60) | st.text("._/aA0~-+%", max_size=40).map(lambda text: f"cran/src/contrib/{text}"))
@settings(max_examples=200, deadline=None, database=None)
def test_any_path_is_answered(path: str) -> None:
    """Paths come from clients as they are; none may raise, none may lead out of its folder."""
    served = ECO.route(path)

    if isinstance(served, ArtifactPath):
        assert "/" not in served.filename
        assert ".." not in path.split("/")


@pytest.mark.parametrize("partition", [SOURCE, WINDOWS, MAC, "bin/macosx/contrib/3.6", "bin/windows/contrib/5.0"])
def test_a_folder_without_packages_has_its_files(partition: str) -> None:
    """So that no R is told of a broken repository when it looks for binaries."""
    for path in ECO.partition_files(partition):
        assert ECO.route(path) is not None
        assert ECO.empty_index(path) is not None
    assert ECO.empty_index(f"cran/{partition}/PACKAGES") == b""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "cran/src/contrib",
        "cran/src/contrib/Meta/current.rds",
        "cran/src/contrib/demo_1.0.tar.gz",
        "cran/bin/windows/contrib/4.21/PACKAGES",
        "cran/bin/windows/contrib/9.3/PACKAGES",
        "cran/bin/macosx/made-up/contrib/4.3/PACKAGES",
        "cran/bin/linux/4.3-jammy/contrib/4.3/PACKAGES",
        f"cran/{WINDOWS}/Meta/archive.rds",
        "src/contrib/PACKAGES",
    ],
)
def test_other_paths_have_no_empty_index(path: str) -> None:
    """There are few of them, whoever asks: each one is kept."""
    assert ECO.empty_index(path) is None
