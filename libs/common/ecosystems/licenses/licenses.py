"""A record's license -> what may be done under which words.

Essential reading: SPDX specification, annex "SPDX license expressions"; PEP 639.

Rules of this file:
1. A license is a tree: `or` gives a choice, `and` binds to both. What is no SPDX expression
   (`GPL-2 | GPL-3`, `BSD and friends, see file`) is one license with every family it names.
2. A license can be used under a list of words if, choosing well, every license that binds is
   in the list; it avoids the list if, choosing well, none that binds is in it. So
   `MIT OR GPL-3.0-only` is allowed where MIT is, and is not hit by a rule against the GPL,
   while `MIT AND GPL-3.0-only` is allowed by both only, and hit.
3. A word is a family (families.py) or an SPDX identifier; `GPL-3.0` is `GPL-3.0-only`, as SPDX says.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from license_expression import (
    AND,
    OR,
    ExpressionError,
    ExpressionParseError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    get_spdx_licensing,
)

from libs.common.ecosystems.licenses.families import FAMILIES, families_of, is_nothing

_LONGEST = 1000
_DEEPEST = 20
_NO_EXPRESSION = (ExpressionError, ExpressionParseError, RecursionError, AssertionError, IndexError)
"""What the parser raises; the last two for unbalanced parentheses."""

_PROSE = re.compile(r"\b(?:or|and) (?:\(?at your option\)? )?(?:any )?(?:later|newer|greater|above|higher)\b|[,;|/]")
"""Words and signs that are no SPDX expression although a parser takes them for one: `GPL v2 or later`."""
_BARE_GPL = re.compile(r"(?<![\w.-])gpl(?![\w.-])")
"""What license-expression takes for GPL-1.0-or-later."""


class Term(NamedTuple):
    """One license that binds: every word that is true of it."""

    words: frozenset[str]


class Choice(NamedTuple):
    """One of these may be chosen."""

    parts: tuple["Tree", ...]


class Both(NamedTuple):
    """All of these bind."""

    parts: tuple["Tree", ...]


Tree = Term | Choice | Both


class Licenses(NamedTuple):
    """What a record's license says.

    `families` are those of all licenses in it; `words` all words, SPDX identifiers in lower case.
    """

    tree: Tree
    families: frozenset[str]
    words: frozenset[str]

    def allowed_by(self, words: frozenset[str]) -> bool:
        """Tell whether the file can be used under licenses of these words alone."""
        return _holds(self.tree, lambda term: bool(term.words & words))

    def avoids(self, words: frozenset[str]) -> bool:
        """Tell whether the file can be used without any license of these words."""
        return _holds(self.tree, lambda term: not term.words & words)


@lru_cache(maxsize=8192)  # 600,000 records have a few hundred different licenses
def licenses_of(text: str | None, family: str | None = None) -> Licenses:
    """Read a license text, and the family that a record may name beside it."""
    return licenses_from(_tree_of(text, family))


def licenses_from(tree: Tree) -> Licenses:
    """Return what a tree says that was read by another grammar."""
    words = _words(tree)
    return Licenses(tree=tree, families=words & FAMILIES, words=words)


def license_word(text: str) -> str:
    """Return a word of a rule as licenses have it.

    Raises:
        ValueError: for a text that is neither a family nor an SPDX identifier.
    """
    word = text.strip().lower().replace("-", "_")
    if word in FAMILIES:
        return word
    if text.strip().lower().startswith("licenseref-"):
        return text.strip().lower()
    try:
        symbol = _spdx().parse(text, validate=True, simple=False)
    except _NO_EXPRESSION as exc:
        raise _unknown(text) from exc
    if not isinstance(symbol, LicenseSymbol):
        raise _unknown(text)
    return str(symbol.key).lower()


@lru_cache(maxsize=8192)
def is_expression(text: str) -> bool:
    """Tell whether a text is an SPDX expression of licenses that SPDX knows; a bare `GPL` is no version of it."""
    if len(text) > _LONGEST or _PROSE.search(text.lower()) or _BARE_GPL.search(text.lower()):
        return False
    try:
        return _spdx().parse(text, validate=True) is not None
    except _NO_EXPRESSION:
        return False


def _unknown(text: str) -> ValueError:
    return ValueError(f"{text[:80]!r} is neither a license family nor an SPDX identifier")


def _holds(tree: Tree, test: Callable[[Term], bool]) -> bool:
    if isinstance(tree, Term):
        return test(tree)
    if isinstance(tree, Choice):
        return any(_holds(part, test) for part in tree.parts)
    return all(_holds(part, test) for part in tree.parts)


def _words(tree: Tree) -> frozenset[str]:
    if isinstance(tree, Term):
        return tree.words
    return frozenset().union(*(_words(part) for part in tree.parts))


def _tree_of(text: str | None, family: str | None) -> Tree:
    if text is not None and not is_nothing(text) and len(text) <= _LONGEST and not _PROSE.search(text.lower()):
        try:
            parsed = _spdx().parse(text, validate=False)
            if parsed is not None and not isinstance(parsed, LicenseSymbol | LicenseWithExceptionSymbol):
                return _from_expression(parsed, depth=0)
            if parsed is not None:
                return Term(families_of(text, family) | _identifiers(parsed))
        except _NO_EXPRESSION:
            pass
    return Term(families_of(text, family))


def _from_expression(node: Any, *, depth: int) -> Tree:
    if depth > _DEEPEST:
        raise RecursionError("a license expression is nested too deeply")
    if isinstance(node, OR):
        return Choice(tuple(_from_expression(part, depth=depth + 1) for part in node.args))
    if isinstance(node, AND):
        return Both(tuple(_from_expression(part, depth=depth + 1) for part in node.args))
    return Term(families_of(str(node)) | _identifiers(node))


def _identifiers(symbol: Any) -> frozenset[str]:
    """Name a license by its SPDX identifier; with an exception, by both, for the exception only gives more leave."""
    if isinstance(symbol, LicenseWithExceptionSymbol):
        return frozenset({str(symbol).lower(), str(symbol.license_symbol.key).lower()})
    return frozenset({str(symbol.key).lower()})


@lru_cache(maxsize=1)
def _spdx() -> Licensing:
    return get_spdx_licensing()
