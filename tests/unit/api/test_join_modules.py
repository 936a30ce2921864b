"""Modules of the web app as one script."""

import re
from pathlib import Path

import pytest

from services.api.join_modules import CannotJoin, join_modules

WEB = Path(__file__).parents[3] / "services" / "api" / "web"


def test_modules_run_in_the_order_of_their_imports_and_keep_their_own_names() -> None:
    """What is exported is seen by those that import it; what is not, by nobody else."""
    joined = join_modules(
        {
            "app/main.js": 'import { render } from "preact";\nimport { a } from "./a.js";\nimport "./c.js";\n'
            "\nrender(a);\n",
            "app/a.js": 'import { h, render } from "preact";\nimport {\n  c,\n} from "./c.js";\nconst own = 1;\n'
            "export const a = own + c;\n",
            "app/c.js": 'export { h } from "preact";\nconst own = 2;\nexport async function b() {}\n'
            "export const c = own;\n",
        },
        "app/main.js",
    )

    assert joined == (
        'import * as $0 from "preact";\n'
        "(() => {\n"
        "const $later = (page) => Promise.resolve({ default: page });\n"
        "const { h, render } = $0;\n"
        "const [b, c] = (() => {\nconst own = 2;\nasync function b() {}\nconst c = own;\n\nreturn [b, c];\n})();\n"
        "const [a] = (() => {\nconst own = 1;\nconst a = own + c;\n\nreturn [a];\n})();\n"
        "\nrender(a);\n"
        "})();\n"
    )


def test_pages_are_there_without_being_asked_for() -> None:
    """They are drawn when somebody comes to them; several of them may be called the same."""
    joined = join_modules(
        {
            "main.js": 'const all = [() => import("./p/a.js"), () => import("./p/b.js"), () => import("./gone.js")];\n',
            "p/a.js": 'import { x } from "./x.js";\nexport default function Page() {}\n',
            "p/b.js": 'import { x } from "./x.js";\nexport default () => x;\n',
            "p/x.js": "export const x = 1;\n",
        },
        "main.js",
    )

    assert '$later($page2), () => $later($page3), () => import("./gone.js")' in (joined)
    assert "function Page() {}\n\nconst $page2 = Page;\n" in joined
    assert "const $page3 = () => x;\n" in joined
    assert joined.count("const x = 1") == 1


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        ({"main.js": 'import { a } from "./gone.js";\n'}, "no module gone.js"),
        (
            {
                "main.js": 'import "./a.js";\nimport "./b.js";\n',
                "a.js": "export const x = 1;\n",
                "b.js": "export class x {}\n",
            },
            "a.js and b.js both export x",
        ),
        ({"main.js": 'import { a as b } from "./a.js";\n', "a.js": "export const a = 1;\n"}, "as another one"),
    ],
)
def test_what_does_not_fit_is_said(sources: dict[str, str], why: str) -> None:
    """At the start, and in this suite, not in a browser."""
    with pytest.raises(CannotJoin, match=why):
        join_modules(sources, "main.js")


@pytest.mark.parametrize("path", sorted(WEB.glob("app/**/*.js")), ids=lambda path: str(path.relative_to(WEB)))
def test_modules_of_the_app_are_written_as_they_are_read(path: Path) -> None:
    """In the forms that joining takes."""
    text = path.read_text()
    lines = [line for line in text.splitlines() if line.startswith(("import", "export"))]
    taken = re.compile(
        r'import (\{ .* \} from )?"[^"]+";|import \{|export (\* from|\{ .* \} from) "[^"]+";'
        r"|export (const|class|(async )?function\*?) \w+|export default (function \w+\(|\()"
    )

    assert [line for line in lines if not taken.match(line)] == []
    assert not re.search(r"^import [^;'\"]*\bas\b|^await ", text, re.MULTILINE)
