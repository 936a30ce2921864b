"""Ask real R what it says, for `tests/data/r/answers.json`: run as `python -m tests.support.record_r`.

`answers.json` lets the tests judge by R where there is none; where there is, they ask it again.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.r import r_lines

ANSWERS = Path(__file__).resolve().parents[1] / "data" / "r" / "answers.json"

VERSIONS = ("1.0", "1.0.0", "1.0-1", "1.0.1", "1.01", "1.1", "0.9-12", "10.0", "2.0", "2.0.0.9000", "1.0-0", "3.2")

LICENSES = (
    "GPL-3", "GPL-2", "GPL (>= 2)", "GPL (>= 2.0)", "GPL", "MIT + file LICENSE", "Apache License (== 2.0)",
    "Apache License 2.0 | file LICENSE", "LGPL (>= 2.0, < 3) | Mozilla Public License", "BSD_3_clause + file LICENSE",
    "Artistic-2.0", "Unlimited", "CeCILL-2 | GPL-2", "EUPL (== 1.1)", "CC BY-NC-SA 4.0", "BSL-1.0", "MPL (>= 2)",
    "GNU General Public License (>= 3)", "Common Public License Version 1.0", "AGPL (>= 3)", "CC0", "file LICENSE",
    "GPL-2 | GPL-3 | BSD_3_clause + file LICENSE", "FreeBSD", "Lucent Public License", "ACM", "MIT", "GPL (>2)",
    "GNU General Public License version 2", "Apache License Version 2.0", "Mozilla Public License 1.1", "EPL",
    "BSD 2-clause License + file LICENSE", "Artistic License 2.0", "a license of my own", "GPL-3 + file LICENCE",
)  # fmt: skip

GRAPHS = (
    "A",
    "A:B",
    "A:B,R,methods;B::C;C:::D;D:A;E:A",
    "A:B (>= 1.0),stats:C (< 2):D;B:E;C:E;D:F;E;F;G:A",
    "A::B,missing;B:utils;C",
    "A:::B;B:B;C:A",
    "A::B,b;b:C;B;C",
)
"""Packages between `;`; of each its name, Depends, Imports and LinkingTo between `:`."""

_COMPARE = 'for (p in strsplit(x, " ")) cat(compareVersion(p[1], p[2]), "\\n")'
_ANALYZE = """
for (text in x) {
  a <- tools:::analyze_license(text)
  cat(paste(c(ifelse(a$is_verified, 1, 0), unlist(a$expansions)), collapse = "\\t"), "\\n", sep = "")
}
"""
_CLOSE = """
which <- c("Depends", "Imports", "LinkingTo")
for (line in x) {
  rows <- strsplit(strsplit(line, ";")[[1]], ":")
  db <- do.call(rbind, lapply(rows, function(row) { row <- c(row, "", "", "")[1:4]; row[row == ""] <- NA; row }))
  colnames(db) <- c("Package", which)
  found <- tools::package_dependencies("A", db = db, which = which, recursive = TRUE)[[1]]
  cat(paste(sort(found), collapse = " "), "\\n", sep = "")
}
"""


def r_version() -> str:
    """Return which R it is."""
    return r_lines('cat(as.character(getRversion()), "\\n", sep = "")', [])[0]


def compare_versions(pairs: Sequence[tuple[str, str]]) -> list[int]:
    """Return what compareVersion says."""
    return [int(line) for line in r_lines(_COMPARE, [" ".join(pair) for pair in pairs])]


def analyze_licenses(texts: Sequence[str]) -> list[tuple[bool, list[str]]]:
    """Return whether R knows the license of each text, and all versions of it that it lets one choose."""
    lines = [line.split("\t") for line in r_lines(_ANALYZE, texts)]
    return [(verified == "1", expansions) for verified, *expansions in lines]


def close_graphs(graphs: Sequence[str]) -> list[list[str]]:
    """Return what package_dependencies says that A needs."""
    return [line.split() for line in r_lines(_CLOSE, graphs)]


def read_answers() -> dict[str, Any]:
    """Return what R said when it was asked last."""
    answers: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return answers


def ask() -> dict[str, Any]:
    """Ask R everything."""
    pairs = [(left, right) for left in VERSIONS for right in VERSIONS]
    return {
        "r": r_version(),
        "origin": "compareVersion, tools:::analyze_license, tools::package_dependencies(recursive = TRUE)",
        "versions": [[*pair, sign] for pair, sign in zip(pairs, compare_versions(pairs), strict=True)],
        "licenses": [[text, *said] for text, said in zip(LICENSES, analyze_licenses(LICENSES), strict=True)],
        "dependencies": [[graph, needed] for graph, needed in zip(GRAPHS, close_graphs(GRAPHS), strict=True)],
    }


def _line_by_line(answers: dict[str, Any]) -> str:
    parts = []
    for key, value in answers.items():
        rows = ",\n  ".join(json.dumps(row) for row in value) if isinstance(value, list) else ""
        parts.append(f" {json.dumps(key)}: " + (f"[\n  {rows}\n ]" if rows else json.dumps(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    ANSWERS.write_text(_line_by_line(ask()), encoding="utf-8")
