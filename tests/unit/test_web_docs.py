"""The pages of the web app in the documentation: all that there are, with the pictures that belong to them."""

from tests.support.screenshots import DOCUMENT, FOLDER, MARKS, gallery, pictures_of
from tests.support.web_pages import PAGES, routes

_MOST_BYTES = 4_000_000


def test_the_document_shows_the_pages_that_there_are() -> None:
    """`./tain screenshots` writes it anew."""
    text = DOCUMENT.read_text(encoding="utf-8")

    assert MARKS.replace(text, gallery()) == text
    assert {page.route for page in PAGES} == set(routes())


def test_its_pictures_are_there_and_none_besides() -> None:
    """Together they stay small: they are in every clone."""
    wanted = {name for page in PAGES if page.is_pictured for name, _, _ in pictures_of(page)}
    there = {path.name: path for path in FOLDER.iterdir()}

    assert set(there) == wanted
    assert sum(path.stat().st_size for path in there.values()) < _MOST_BYTES
    assert all(path.read_bytes()[8:12] == b"WEBP" for path in there.values())
