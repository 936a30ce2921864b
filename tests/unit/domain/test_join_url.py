"""Where a file's URL leads, from the folder that it is written relative to."""

import pytest

from libs.common.domain.errors import SourceNotAllowed
from libs.common.domain.source_url import join_url


@pytest.mark.parametrize(
    ("base_url", "url", "joined"),
    [
        ("https://h/main/noarch", "a-1-0.conda", "https://h/main/noarch/a-1-0.conda"),
        ("https://h/main/noarch/", "a-1!2-0.conda", "https://h/main/noarch/a-1!2-0.conda"),
        ("https://h/t/tk/main", "../x/a.conda", "https://h/t/tk/x/a.conda"),
        ("https://h/main", "/pkgs/a.conda", "https://h/pkgs/a.conda"),
        ("https://h/main", "http://other/a.conda", "http://other/a.conda"),
        ("https://user:pw@h/main", "a.conda", "https://user:pw@h/main/a.conda"),
        ("https://user:pw@h/main", "https://h:443/files/a.whl", "https://user:pw@h:443/files/a.whl"),
        ("https://user:pw@h/main", "https://you@h/a.whl", "https://you@h/a.whl"),
        ("https://user:pw@h/main", "https://h:8443/a.whl", "https://h:8443/a.whl"),
        ("https://user:pw@h/main", "http://h/a.whl", "http://h/a.whl"),
        ("https://user:pw@h/main", "//other/a.whl", "https://other/a.whl"),
        ("https://user:pw@h/main", "https://h.evil/a.whl", "https://h.evil/a.whl"),
        ("file:///mirror/main", "a.conda", "file:///mirror/main/a.conda"),
        ("file:///mirror/main", "https://h/a.conda", "https://h/a.conda"),
    ],
)
def test_urls_are_joined(base_url: str, url: str, joined: str) -> None:
    """The base is a folder, with or without its last slash; an absolute URL wins, and keeps the login of its host."""
    assert join_url(base_url, url) == joined


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://h/main", "file:///etc/passwd"),
        ("https://h/main", "ftp://h/a.conda"),
        ("https://h/main", "javascript:x"),
        ("https://h/main", "http://[::1"),
        ("https://h/main", "https://h:99999/a.whl"),
    ],
)
def test_a_source_can_not_send_us_elsewhere(base_url: str, url: str) -> None:
    """A hostile index must not make us read our own files."""
    with pytest.raises(SourceNotAllowed):
        join_url(base_url, url)
