"""Source URLs: every form of the field works, and no secret is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.domain.source_url import check_proxy_url, check_source_url, has_secret, mask_url, without_keys


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://tain.example/api/repo/main", "https://tain.example/api/repo/main"),
        ("https://cloud.example/repo/t/TOK-1/org/main", "https://cloud.example/repo/t/****/org/main"),
        ("https://cloud.example/t/TOK-1/repo/main", "https://cloud.example/t/****/repo/main"),
        ("https://user:pass@host.example:8443/conda", "https://****@host.example:8443/conda"),
        ("https://conda.example/conda-forge", "https://conda.example/conda-forge"),
        ("file:///srv/air-gap/main", "file:///srv/air-gap/main"),
    ],
)
def test_a_source_url_is_shown_without_its_secret(url: str, shown: str) -> None:
    """The four forms of the incumbent, credentials before the host, and files."""
    assert mask_url(url) == shown
    assert has_secret(url) == (url != shown)


@given(token=st.from_regex(r"[A-Za-z0-9-]{8,40}", fullmatch=True), tail=st.sampled_from(["repo/main", "o/c", "t"]))
def test_no_token_survives_masking(token: str, tail: str) -> None:
    """Whatever the token and whatever comes after it."""
    masked = mask_url(f"https://cloud.example/t/{token}/{tail}")

    assert token not in masked


def test_masking_twice_changes_nothing() -> None:
    """A masked URL that a client sends back is recognised by that."""
    once = mask_url("https://u:p@cloud.example/repo/t/SECRET/org/main")

    assert mask_url(once) == once


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x",
        "host/x",
        "https://",
        "https://host/x?token=1",
        "https://host/x#y",
        "https://host/a/../b",
        "https://host/a b",
        "https://host:port/x",
        "file://other-host/srv",
        "https://host/\x00",
    ],
)
def test_a_bad_source_url_is_refused_with_its_field(url: str) -> None:
    """The answer names what is wrong, so that a form can show it."""
    with pytest.raises(InvalidInput) as caught:
        check_source_url(url)

    assert caught.value.field == "source_root"


def test_a_trailing_slash_makes_no_other_source() -> None:
    """Otherwise the same source would be read from zero after such an edit."""
    assert check_source_url("https://host/main/") == check_source_url("https://host/main")


@pytest.mark.parametrize("url", ["https://proxy:1", "socks5://proxy:1", "http://", "http://a b"])
def test_a_proxy_must_be_plain_http(url: str) -> None:
    """As the wire says; credentials are allowed."""
    assert check_proxy_url("http://user:pass@proxy:3128") == "http://user:pass@proxy:3128"
    with pytest.raises(InvalidInput):
        check_proxy_url(url)


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("https://host/repo", "https://host/repo"),
        ("https://user:one@host:81/repo", "https://user@host:81/repo"),
        ("https://user@host/repo", "https://user@host/repo"),
        ("https://TOKEN:x-auth-token@host/api/repo/main/cran", "https://host/api/repo/main/cran"),
        ("https://host/t/TOKEN/api/repo/main/cran", "https://host/api/repo/main/cran"),
        ("https://host/below/t/TOKEN/api/repo/main/cran", "https://host/below/api/repo/main/cran"),
        ("https://host/api/repo/t/TOKEN/main/cran", "https://host/api/repo/main/cran"),
        ("https://host/api/repo/t/cran", "https://host/api/repo/t/cran"),
        ("https://host/t/one/cran", "https://host/t/one/cran"),
        ("https://host/api/repo/main/t/one", "https://host/api/repo/main/t/one"),
        ("file:///srv/t/one", "file:///srv/t/one"),
    ],
)
def test_what_only_lets_in_is_left_out(url: str, rest: str) -> None:
    """What may choose among things stays: they would be taken for each other."""
    assert without_keys(url) == rest
