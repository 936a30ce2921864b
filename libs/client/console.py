"""Where tables are printed."""

from rich.console import Console

_FILE_WIDTH = 200


def table_console() -> Console:
    """Return a console; a file or a pipe has no width, and what greps it wants whole lines."""
    console = Console()
    return console if console.is_terminal else Console(width=_FILE_WIDTH)
