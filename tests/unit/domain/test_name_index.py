"""Names and the patterns that fit them."""

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.name_index import NameIndex, NameTest, fits

_names = st.text(alphabet="ab-", min_size=1, max_size=6)
_patterns = st.text(alphabet="ab-*", min_size=1, max_size=6)


@given(patterns=st.lists(_patterns, max_size=8), name=_names)
def test_every_pattern_that_fits_is_found_and_no_other(patterns: list[str], name: str) -> None:
    """As a shell would have it, wherever the `*` stands."""
    index: NameIndex[int] = NameIndex()
    for place, pattern in enumerate(patterns):
        index.add(pattern, place)

    assert sorted(index.of(name)) == [place for place, pattern in enumerate(patterns) if fnmatchcase(name, pattern)]


@given(pattern=_patterns, name=_names)
def test_a_glob_fits_as_in_a_shell(pattern: str, name: str) -> None:
    """`*` is any text, also none."""
    assert fits(pattern, name) == fnmatchcase(name, pattern)


def test_a_test_is_asked_where_the_start_fits() -> None:
    """A thousand expressions are not tried on every name."""
    asked: list[str] = []
    index: NameIndex[str] = NameIndex()

    def ends_with_n(name: str) -> bool:
        asked.append(name)
        return name.endswith("n")

    index.add(NameTest("py", ends_with_n), "py…n")
    index.add(NameTest("", lambda name: len(name) == 6), "six letters")

    assert index.of("python") == ["py…n", "six letters"]
    assert index.of("numpy") == []
    assert asked == ["python"]


def test_many_stars_take_no_time() -> None:
    """A glob is no backtracking expression."""
    assert not fits("*a" * 200 + "b", "a" * 100_000)
