"""Paths as package clients write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import NotFound
from services.api.serving.paths import PackagePath, parse_path


@pytest.mark.parametrize(
    ("raw_path", "token", "segments"),
    [
        (b"/api/repo/main/noarch/repodata.json", None, ("main", "noarch", "repodata.json")),
        (b"/api/repo/main", None, ("main",)),
        (b"/t/TOK-1/api/repo/main/noarch/a.conda", "TOK-1", ("main", "noarch", "a.conda")),
        (b"/api/repo/t/TOK-1/main/stage/noarch/a.conda", "TOK-1", ("main", "stage", "noarch", "a.conda")),
        (b"/api/repo/main/a%2Bb!1%7e.conda", None, ("main", "a+b!1~.conda")),
        (b"/api/repo/main/a.conda?sbom=download", None, ("main", "a.conda")),
        (b"/api/repo/main/%25zz", None, ("main", "%zz")),
        (b"/api/repo/main/%zz", None, ("main", "%zz")),
        ("/api/repo/main/ä".encode(), None, ("main", "ä")),
    ],
)
def test_a_path_is_split_and_decoded_once(raw_path: bytes, token: str | None, segments: tuple[str, ...]) -> None:
    """With the token before or after the base, as conda and py-rattler write it."""
    assert parse_path(raw_path) == PackagePath(token=token, segments=segments)


@pytest.mark.parametrize(
    ("raw_path", "segments"),
    [
        (b"/api/repo/main/", ("main",)),
        (b"/api/repo/main/simple/", ("main", "simple")),
        (b"/api/repo/t/TOK-1/main/simple/numpy/?format=x", ("main", "simple", "numpy")),
    ],
)
def test_a_slash_at_the_end_makes_a_folder(raw_path: bytes, segments: tuple[str, ...]) -> None:
    """What is not normalised is sent on from either form, each by its own way."""
    path = parse_path(raw_path)

    assert (path.segments, path.is_folder) == (segments, True)


@pytest.mark.parametrize(
    "raw_path",
    [
        b"",
        b"/",
        b"/api/repo",
        b"/api/repo/",
        b"/api/repo/t/TOK",
        b"/t/TOK/api/repo",
        b"/t/TOK",
        b"/t",
        b"/other/repo/main",
        b"/api/repo/main/../secret",
        b"/api/repo/main/%2e%2e/secret",
        b"/api/repo/main/%2E%2e%2fsecret",
        b"/api/repo/main/./a",
        b"/api/repo//main/a",
        b"/api/repo/main//a",
        b"/api/repo/main/a//",
        b"/api/repo/main/a%2fb",
        b"/api/repo/main/a%5cb",
        b"/api/repo/main/a%00b",
        b"/api/repo/main/a%0ab",
        b"/api/repo/main/%ff",
        b"/API/repo/main/a",
    ],
)
def test_what_can_be_no_package_is_not_found(raw_path: bytes) -> None:
    """Nothing that climbs, hides a slash, or is not text gets further."""
    with pytest.raises(NotFound):
        parse_path(raw_path)


@given(tail=st.binary(max_size=60))
def test_no_path_yields_a_segment_that_climbs(tail: bytes) -> None:
    """Whatever bytes come in."""
    try:
        segments = parse_path(b"/api/repo/" + tail).segments
    except NotFound:
        return
    assert segments
    assert all(segment not in ("", ".", "..") and "/" not in segment and "\\" not in segment for segment in segments)
