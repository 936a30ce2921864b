"""A script or style sheet as people wrote it -> the same in fewer bytes."""

try:
    import minify
except ImportError:
    # There are machines that it is not built for: browsers get what is in the repository.
    minify = None

_MADE_SMALLER = frozenset({"text/javascript", "text/css"})


def smaller(data: bytes, media_type: str) -> bytes:
    """Return a file without comments and space, and with short names where no other file sees them.

    What can't be read as a script or style sheet stays as it is, for the browser to say what is wrong.
    """
    if minify is None or media_type not in _MADE_SMALLER:
        return data
    try:
        return str(minify.string(media_type, data.decode("utf-8"))).encode()
    except minify.MinifyError:
        return data
