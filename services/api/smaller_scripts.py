"""A script as people wrote it -> the same script without comments, indentation and most other space.

Rules of this file (ECMA-262 section 12):

1. Tokens stay as they are and in their order; only what is between them, and indentation in the
   text of `html` templates, gets smaller.
2. A line's end stays where a semicolon could be put in its place (section 12.10).
3. Templates have code in them, which has templates in it: that is why no search for patterns does.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class _Kind(Enum):
    SPACE = auto()
    WORD = auto()
    SIGN = auto()
    VALUE = auto()


class _Token(NamedTuple):
    kind: _Kind
    text: str


_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"' r"|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
_WORD = re.compile(r"[\w$#]+")
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_INDENTED = re.compile(r"\s*\n\s*")

_TAG_OF_MARKUP = "html"
_BEFORE_REGEX = frozenset({"return", "typeof", "case", "in", "of", "await", "yield", "void", "else", "do"})
_ENDS_VALUE = frozenset(")]}")
_GOES_ON_AFTER = frozenset("{([,;:?=&|!<>*%^~.")
_GOES_ON_BEFORE = frozenset(")]},;:?=&|*%^.")
_JOINED = frozenset("+-/")


def smaller_script(source: str) -> str:
    """Return a script that does the same; only its lines and columns are others."""
    out: list[str] = []
    before = _Token(_Kind.SPACE, "\n")
    gap = ""
    for token in _tokens(source):
        if token.kind is _Kind.SPACE:
            gap = "\n" if "\n" in token.text else " "
            continue
        out += (_needed(before, gap, token), token.text)
        before, gap = token, ""
    return "".join(out).strip()


def _needed(before: _Token, gap: str, after: _Token) -> str:
    """Return what must stay between two tokens."""
    last, first = before.text[-1], after.text[0]
    if not gap or not before.text.strip():
        return ""
    if gap == "\n" and not (_goes_on(before, last) or (after.kind is _Kind.SIGN and first in _GOES_ON_BEFORE)):
        return "\n"
    if before.kind is _Kind.WORD and (after.kind is _Kind.WORD or first in "`."):
        return " "
    return " " if last in _JOINED and first in _JOINED else ""


def _goes_on(token: _Token, last: str) -> bool:
    return token.kind is _Kind.SIGN and last in _GOES_ON_AFTER


def _tokens(source: str) -> Iterator[_Token]:
    """Cut a script into tokens; the texts of a template are tokens of their own, without what they enclose."""
    place = 0
    before = _Token(_Kind.SPACE, "")
    # What each open brace belongs to: None for one of code, else whether its template is markup.
    braces: list[bool | None] = []
    while place < len(source):
        char = source[place]
        is_markup = braces[-1] if braces and char == "}" else None
        if char == "`":
            token, place = _text(source, place, is_markup=before.text == _TAG_OF_MARKUP, braces=braces)
        elif is_markup is not None:
            braces.pop()
            token, place = _text(source, place, is_markup=is_markup, braces=braces)
        else:
            token = _code_token(source, place, before)
            place += len(token.text)
            if token.text == "{":
                braces.append(None)
            elif token.text == "}" and braces:
                braces.pop()
        yield token
        before = before if token.kind is _Kind.SPACE else token


def _text(source: str, place: int, *, is_markup: bool, braces: list[bool | None]) -> tuple[_Token, int]:
    """Read a template's text from a backtick or a closing brace on, up to the next backtick or `${`."""
    match = _TEXT.match(source, place + 1)
    end = match.end() if match else place + 1
    text = _INDENTED.sub("\n", source[place + 1 : end]) if is_markup else source[place + 1 : end]
    closing = "`" if source.startswith("`", end) else "${"
    if closing == "${":
        braces.append(is_markup)
        return _Token(_Kind.SIGN, f"{source[place]}{text}${{"), end + 2
    return _Token(_Kind.VALUE, f"{source[place]}{text}`"), end + 1


def _code_token(source: str, place: int, before: _Token) -> _Token:
    if space := _SPACE.match(source, place):
        return _Token(_Kind.SPACE, space[0])
    if string := _STRING.match(source, place):
        return _Token(_Kind.VALUE, string[0])
    if word := _WORD.match(source, place):
        return _Token(_Kind.WORD, word[0])
    if source[place] == "/" and _may_begin_regex(before) and (regex := _REGEX.match(source, place)):
        return _Token(_Kind.VALUE, regex[0])
    return _Token(_Kind.SIGN, source[place])


def _may_begin_regex(before: _Token) -> bool:
    """Tell whether a slash here begins a regular expression, by what is before it; else it divides."""
    if before.kind is _Kind.WORD:
        return before.text in _BEFORE_REGEX
    return before.kind is not _Kind.VALUE and before.text[-1:] not in _ENDS_VALUE
