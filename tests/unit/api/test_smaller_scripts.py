"""Scripts as browsers get them: less to send, and nothing that means something else."""

from pathlib import Path

import pytest

from services.api.smaller_scripts import smaller_script

WEB = Path(__file__).parents[3] / "services" / "api" / "web"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/** What it is. */\nconst a = 1; // one\n", "const a=1;"),
        ("let a = b\n  + c\nlet d", "let a=b\n+c\nlet d"),
        ("a\n++b", "a\n++b"),
        ("a + +b - -c", "a+ +b- -c"),
        ("return (\n  a &&\n  b\n)", "return(a&&b)"),
        ("if (a) {\n  b()\n}\nc()", "if(a){b()}\nc()"),
        ("foo()\n  .then(x => x)", "foo().then(x=>x)"),
        ("a\n(b)", "a\n(b)"),
        ("const of = typeof x in y", "const of=typeof x in y"),
        ("return /[/`'\"]\\/x/g.test(a)", "return/[/`'\"]\\/x/g.test(a)"),
        ("a = b / c / d; e = [/`/]", "a=b/c/d;e=[/`/]"),
        ("a / /b/", "a/ /b/"),
        ("\"// no comment\" + '/* nor here */'", "\"// no comment\"+'/* nor here */'"),
        ("`a  b\n   c ${ d + `e  ${ f } g` } h`", "`a  b\n   c ${d+`e  ${f} g`} h`"),
        ("html`<p>\n    ${ a && html`<b>\n  x  y</b>` }\n  </p>`", "html`<p>\n${a&&html`<b>\nx  y</b>`}\n</p>`"),
        (
            "html`<${A} on=${() => { b({ c: 1 }) }}>it's // here<//>`",
            "html`<${A} on=${()=>{b({c:1})}}>it's // here<//>`",
        ),
        ("`\\` ${a} $ \\${ b`", "`\\` ${a} $ \\${ b`"),
        ("class A { #x = 1; get y() { return this.#x } }", "class A{#x=1;get y(){return this.#x}}"),
        ("1 .toFixed(); 1.5.toFixed()", "1 .toFixed();1.5.toFixed()"),
        ("return `x`", "return `x`"),
    ],
)
def test_only_what_means_nothing_is_left_out(written: str, sent: str) -> None:
    """Templates in templates, expressions that look like comments, lines that end without a semicolon."""
    assert smaller_script(written) == sent


@pytest.mark.parametrize("path", sorted(WEB.glob("app/**/*.js")), ids=lambda path: str(path.relative_to(WEB / "app")))
def test_what_is_small_stays_as_it_is(path: Path) -> None:
    """So that every token was read as it is; browsers read the result in the tests of the pages."""
    sent = smaller_script(path.read_text(encoding="utf-8"))

    assert smaller_script(sent) == sent
    assert len(sent) < path.stat().st_size
