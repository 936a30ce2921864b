"""What can go wrong with one file of a source."""

import msgspec


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What goes wrong with a file."""


class Corrupt(Fault, frozen=True, kw_only=True):
    """The right number of wrong bytes."""


class Truncated(Fault, frozen=True, kw_only=True):
    """The connection ends in the middle of the file, wherever a request begins."""


class Missing(Fault, frozen=True, kw_only=True):
    """404, although the index names the file."""


class WrongSize(Fault, frozen=True, kw_only=True):
    """A body that is whole by HTTP, but longer than its record says."""


class ServerError(Fault, frozen=True, kw_only=True):
    """503, as many times as said, then the file; always where not said."""

    times: int | None = None


class Held(Fault, frozen=True, kw_only=True):
    """Half of the body, and the rest when the test calls `release`."""


class Slow(Fault, frozen=True, kw_only=True):
    """The right bytes in small pieces with pauses between them."""

    pieces: int = 10
    pause_s: float = 0.05
