"""The solver's account of a conflict -> lines for people."""

import re

_BEGINNING = "Cannot solve the request because of:"
_TREE = re.compile(r"^[│├└─ ]*")
_STEP = 3
"""Characters of a step in the solver's tree."""

_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"^The following packages are incompatible$", r"these can't be installed together:"),
        (r"^No candidates were found for (.+?)(?: \*)?\.$", r"nothing in the channel matches \1"),
        (r"^(.+?)(?: \*)?, for which no candidates were found\.$", r"\1, which nothing in the channel matches"),
        (r"^(.+?)(?: \*)? cannot be installed because there are no viable options:$", r"\1 can't be installed:"),
        (r"^(.+?)(?: \*)?, which cannot be installed because .*:$", r"\1, which can't be installed:"),
        (r"^(.+?)(?: \*)?,? (?:which )?can be installed with any of the following options:$", r"\1, which can only be"),
        (r"^(.+) would require$", r"\1, which needs"),
        (r"^(.+), which conflicts with the versions reported above\.$", r"\1, which clashes with what is named above"),
    )
)


def reasons_of(message: str) -> tuple[str, ...]:
    """Return the lines of a solver's message, each indented by two blanks for a step down; unknown ones as they are."""
    lines: list[str] = []
    for line in message.removeprefix(_BEGINNING).splitlines():
        text = line.strip()
        if not text:
            continue
        bare = _TREE.sub("", line)
        lines.append("  " * ((len(line) - len(bare)) // _STEP) + _plain(bare.strip()))
    return tuple(lines)


def _plain(text: str) -> str:
    for pattern, words in _WORDS:
        if pattern.match(text):
            return pattern.sub(words, text)
    return text
