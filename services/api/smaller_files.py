"""A script or style sheet as people wrote it -> the same in fewer bytes."""

import re

try:
    import minify
except ImportError:
    # There are machines that it is not built for: browsers get what is in the repository.
    minify = None

_SCRIPT = "text/javascript"
_MADE_SMALLER = frozenset({_SCRIPT, "text/css"})
_TAKEN_APART = re.compile(r"\bconst(?=\s*[\[{])")
_INDENTATION = re.compile(r"\n[ \t]+")
_AT_TAGS = re.compile(r"(?<=>)\n+|\n+(?=<)|(?<=[\w}\"]) (?=/>)")
_QUOTED = re.compile(r"(?<=\s)([\w-]+)=\"([\w-]+)\"(?=[\s/>])")


def smaller(data: bytes, media_type: str) -> bytes:
    """Return a file without comments and space, and with short names where no other file sees them.

    In the templates of pages the space of lines is left out where HTM would do it, for no other
    template spans lines, and quotes that HTM does not need. What can't be read as a script or
    style sheet stays as it is, for the browser to say what is wrong.
    """
    if minify is None or media_type not in _MADE_SMALLER:
        return data
    text = data.decode("utf-8")
    if media_type == _SCRIPT:
        # Of `const a = 1; const { b } = f({ a })` the minifier would make one declaration, with `{ b }` first:
        # it does not see uses in object literals (tdewolff-minify 2.24.12). Those of another kind stay apart.
        text = _INDENTATION.sub("\n", _TAKEN_APART.sub("let", text))
    try:
        made = str(minify.string(media_type, text))
    except minify.MinifyError:
        return data
    return (_QUOTED.sub(r"\1=\2", _AT_TAGS.sub("", made)) if media_type == _SCRIPT else made).encode()
