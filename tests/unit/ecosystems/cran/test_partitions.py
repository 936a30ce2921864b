"""What contrib folders are for, and with which R packages can be used."""

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.cran.partitions import read_partition
from libs.common.ecosystems.cran.r_releases import RELEASES, releases_in, releases_of


@pytest.mark.parametrize(
    ("partition", "kind", "platforms", "series"),
    [
        ("src/contrib", "source", "source", None),
        ("bin/windows/contrib/4.3", "binary", "windows", (4, 3)),
        ("bin/macosx/contrib/3.6", "binary", "macosx", (3, 6)),
        ("bin/macosx/big-sur-arm64/contrib/4.3", "binary", "macosx big-sur-arm64", (4, 3)),
        ("bin/linux/4.3-jammy/contrib/4.3", "binary", "linux jammy", (4, 3)),
        ("bin/something", "binary", "", None),
    ],
)
def test_a_folder_says_what_it_is_for(
    partition: str, kind: str, platforms: str, series: tuple[int, int] | None
) -> None:
    """By the layout of contrib.url."""
    assert read_partition(partition) == (kind, frozenset(platforms.split()), series)


@pytest.mark.parametrize(
    ("depends", "has", "lacks"),
    [
        ("R (>= 3.5)", (3, 5, 0), (3, 4, 4)),
        ("R (>= 3.5.1), methods", (3, 5, 1), (3, 5, 0)),
        ("Rcpp, R (>= 3.5), R (< 4.0.0)", (3, 6, 3), (4, 0, 0)),
        ("R (<= 4.1)", (4, 0, 5), (4, 1, 0)),
        (None, (1, 0, 0), (0, 9, 0)),
    ],
)
def test_depends_is_read_as_r_reads_it(depends: str | None, has: tuple[int, ...], lacks: tuple[int, ...]) -> None:
    """A shorter version is the older one."""
    found = releases_of(depends, None)

    assert has in found
    assert lacks not in found


def test_a_binary_fits_its_series_only() -> None:
    """Built for R 4.3, it does not load in 4.2."""
    assert {release[:2] for release in releases_of("R (>= 3.5)", (4, 3))} == {(4, 3)}
    assert releases_of("R (>= 4.3.9)", (4, 3)) == {(4, 3, 9)}


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [
        (">=4.3", (4, 3, 0), (4, 2, 3)),
        (">4.3", (4, 4, 0), (4, 3, 9)),
        ("<=4.3", (4, 3, 9), (4, 4, 0)),
        ("<4.3", (4, 2, 3), (4, 3, 0)),
        ("==4.3", (4, 3, 1), (4, 4, 0)),
        ("!=4.3.1", (4, 3, 2), (4, 3, 1)),
        (">=4.2, <5", (4, 9, 9), (5, 0, 0)),
    ],
)
def test_a_version_of_a_rule_names_all_that_begin_with_it(
    text: str, has: tuple[int, ...], lacks: tuple[int, ...]
) -> None:
    """Nobody who writes 4.3 means 4.3.0 alone."""
    found = releases_in(text, field="r")

    assert has in found
    assert lacks not in found
    assert found <= set(RELEASES)


@pytest.mark.parametrize("text", ["", "4.3", ">=x", ">=4.3,", ">=4 <5", ">5,<4", ">=4.3.1.2", "==99"])
def test_what_is_no_range_of_r_is_refused(text: str) -> None:
    """The field at fault is named."""
    with pytest.raises(InvalidInput, match=r"rules\[0\]"):
        releases_in(text, field="rules[0].where.r")
