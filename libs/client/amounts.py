"""Numbers as people read them."""

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_STEP = 1000


def size(size_bytes: float) -> str:
    """Return a number of bytes with a decimal unit, as in 1.5 GB."""
    place = 0
    while size_bytes >= _STEP and place < len(_UNITS) - 1:
        size_bytes /= _STEP
        place += 1
    return f"{size_bytes:.0f} {_UNITS[place]}" if place == 0 else f"{size_bytes:.1f} {_UNITS[place]}"


def files(count: int) -> str:
    """Return a number of files."""
    return f"{count:,} file" if count == 1 else f"{count:,} files"


def packages(count: int) -> str:
    """Return a number of packages."""
    return f"{count:,} package" if count == 1 else f"{count:,} packages"
