"""Scripts and styles as browsers get them."""

import re
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

    assert "html`<p>${" in sent
    assert "// text</p>`" in sent
    assert "it" not in sent
    assert sent.count("html`") == 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(WEB)))
def test_only_markup_spans_lines(path: Path) -> None:
    """The space of lines is taken out of templates: in one of plain text it would be missed."""
    assert [tag for tag, text in _templates(path.read_text()) if "\n" in text and tag != "html"] == []


def test_templates_are_found() -> None:
    """Also in one another; not in strings and comments."""
    found = _templates("a = html`<b c=${`d\n`}>\n</b>` + '`' /* ` */ + tag`${{ e: 1 }}`; // `")

    assert found == [("", "d\n"), ("html", "<b c=>\n</b>"), ("tag", "")]


_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(\w*)`|[{}]", re.DOTALL)
_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)


def _templates(script: str) -> list[tuple[str, str]]:
    """Return the tag and the text of every template, inner ones first."""
    found: list[tuple[str, str]] = []
    opened: list[tuple[str, str, int]] = []
    at, depth = 0, 0
    while token := _TOKEN.search(script, at):
        at = token.end()
        if token[1] is not None:
            opened.append((token[1], "", depth))
        elif token[0] == "{":
            depth += 1
            continue
        elif token[0] == "}" and (not opened or depth > opened[-1][2]):
            depth -= 1
            continue
        elif token[0] != "}":
            continue
        tag, text, outer = opened.pop()
        more = _TEXT.match(script, at)
        assert more is not None
        at = more.end()
        if script.startswith("${", at):
            opened.append((tag, text + more[0], depth))
            at += 2
        else:
            found.append((tag, text + more[0]))
            at += 1
            depth = outer
    return found


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ('html`<a class="b" ${c} d="e f" />`', 'html`<a class=b ${c} d="e f"/>`'),
        ('html`<a\n  b="c"\n  d=${e} />\n<f />`', "html`<a\nb=c\nd=${e}/><f/>`"),
    ],
)
def test_markup_needs_no_more(written: str, sent: str) -> None:
    """An attribute of one word ends at a space or at the tag's end."""
    assert smaller(written.encode(), "text/javascript").decode().rstrip(";") == sent


def test_what_is_taken_apart_stays_after_what_it_is_of() -> None:
    """The minifier would put it first, where it is an object's."""
    sent = smaller(b"async function f(g) { const c = g(); const { b } = await g({ c }); return b; }", "text/javascript")

    assert re.fullmatch(
        r"async function f\((\w)\){const (\w)=\1\(\);let{b:(\w)}=await \1\({c:\2}\);return \3}", sent.decode()
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(WEB)))
def test_nothing_is_taken_apart_right_after_a_let(path: Path) -> None:
    """Of an object's values, that is: these would be one declaration, in the wrong order."""
    assert not re.search(r"\blet \w+[^;]*;\s*(?:const|let)\s*[\[{][^=]*=[^;]*[{]", path.read_text())


def test_what_is_broken_and_what_is_no_text_stays() -> None:
    """The browser says what is wrong with it."""
    assert smaller(b"const = `", "text/javascript") == b"const = `"
    assert smaller(b"\x89PNG", "image/png") == b"\x89PNG"
