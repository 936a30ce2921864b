"""Where files lie: base URLs and single records' URLs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.ecosystems.conda.urls import resolve_base
from libs.common.ecosystems.urls import resolve


@pytest.mark.parametrize(
    ("base_url", "files_url"),
    [
        (None, "linux-64/"),
        ("", "linux-64/"),
        ("./", "linux-64/"),
        (".", "linux-64/"),
        ("files", "linux-64/files/"),
        ("../../x/linux-64/", "../x/linux-64/"),
        ("../linux-64", "linux-64/"),
        ("/ch/linux-64", "/ch/linux-64/"),
        ("/../../etc", "/etc/"),
        ("https://host.example/ch/linux-64", "https://host.example/ch/linux-64/"),
        ("https://user:secret@host.example:8443/ch/", "https://host.example:8443/ch/"),
        ("//host.example/ch/", "https://host.example/ch/"),
        ("https://host.example/a/../b/?x=1#y", "https://host.example/b/"),
        ("..", ""),
    ],
)
def test_a_base_url_is_resolved_against_the_index(base_url: str | None, files_url: str) -> None:
    """CEP 15: relative to the URL of repodata.json; relative to the root for us, and without secrets."""
    assert resolve_base(base_url, subdir="linux-64") == files_url


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host.example/x",
        "javascript:x",
        "https://",
        "https://user@/x",
        "a\\b",
        "a b",
        "a\nb",
        "https://[bad/x",
        "https://host.example:port/x",
        "x" * 3000,
    ],
)
def test_what_is_no_place_for_files_is_refused(url: str) -> None:
    """An index must not send us to this machine's files, nor anywhere by a trick."""
    assert resolve(url) is None
    assert resolve_base(url, subdir="linux-64") is None


def test_a_record_url_keeps_its_query() -> None:
    """Signed URLs live by their query."""
    assert resolve("https://host.example/f.conda?sig=1") == "https://host.example/f.conda?sig=1"
    assert resolve("./a/../f.conda?sig=1") == "f.conda?sig=1"


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None, database=None)
def test_any_text_is_resolved_or_refused(text: str) -> None:
    """Resolving is safe for any text, and a second time changes nothing."""
    resolved = resolve(text)

    assert resolved is None or resolve(resolved) == resolved
