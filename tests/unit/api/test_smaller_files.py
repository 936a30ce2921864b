"""Scripts and styles as browsers get them."""

from pathlib import Path

import minify
import pytest

from services.api.smaller_files import smaller

WEB = Path(__file__).parents[3] / "services" / "api" / "web"
FILES = sorted([*WEB.glob("app/**/*.js"), *WEB.glob("style/*.css")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(WEB)))
def test_every_file_of_the_app_can_be_read(path: Path) -> None:
    """By what makes it smaller, too: one that it does not understand would be sent as it is."""
    media_type = "text/javascript" if path.suffix == ".js" else "text/css"

    assert len(minify.string(media_type, path.read_text())) < path.stat().st_size
    assert len(smaller(path.read_bytes(), media_type)) < path.stat().st_size


def test_templates_in_templates_stay_whole() -> None:
    """They are what pages are made of."""
    written = b"const a = html`<p>\n  ${list.map((one) => html`<b>${one.name /* it */}</b>`)} // text\n</p>`;"

    sent = smaller(written, "text/javascript").decode()

    assert "// text\n</p>`" in sent
    assert "it" not in sent
    assert sent.count("html`") == 2


def test_what_is_broken_and_what_is_no_text_stays() -> None:
    """The browser says what is wrong with it."""
    assert smaller(b"const = `", "text/javascript") == b"const = `"
    assert smaller(b"\x89PNG", "image/png") == b"\x89PNG"
