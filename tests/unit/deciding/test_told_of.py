"""What an ecosystem is told of a source's file."""

import pytest

from libs.common.deciding.told_of import told_of
from libs.common.ports.upstream import Fetched, Validators

ASKED = "https://user:secret@source.example/t/token/simple/numpy/"


def _told_moved_to(url: str) -> str | None:
    fetched = Fetched(data=b"", url=url, validators=Validators(), content_type="text/html")
    told = told_of(fetched, asked=ASKED, source="digest")
    assert (told.content_type, told.source) == ("text/html", "digest")
    return told.moved_to


@pytest.mark.parametrize(
    ("url", "moved_to"),
    [
        (ASKED, None),
        ("https://source.example/t/token/simple/numpy/", None),
        ("https://files.example/numpy/", "https://files.example/numpy/"),
        ("https://user:secret@files.example/numpy/", "https://files.example/numpy/"),
        ("https://files.example/t/token/numpy/", None),
    ],
    ids=["as asked", "a secret in the path", "elsewhere", "a password", "a token elsewhere"],
)
def test_where_a_file_was_moved_to_is_told_without_secrets(url: str, moved_to: str | None) -> None:
    """What is told goes into stored records."""
    assert _told_moved_to(url) == moved_to
