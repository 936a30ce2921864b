"""What ends `./tain up` with one plain line."""


class StackFailed(Exception):
    """The stack can't start or go on; the message says why and what to do."""
