"""What ends a command with one plain line on standard error."""

_AWAY_STATUSES = (502, 503, 504)


class CommandFailed(Exception):
    """The command can't do what was asked; the message says why and what to do (exit code 1)."""

    exit_code = 1


class UsageFailed(CommandFailed):
    """What was typed makes no sense together (exit code 2)."""

    exit_code = 2


class ClientError(CommandFailed):
    """The server refused a request or gave no answer; `code` is the server's stable word for it.

    `words` are the server's alone, without what to type then.
    `may_pass` tells that the same request can be answered later: the server, or what it
    stands on, is away.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        is_away: bool = False,
        words: str | None = None,
    ) -> None:
        super().__init__(message)
        self.words = words or message
        self.status = status
        self.code = code
        self.may_pass = is_away or status in _AWAY_STATUSES
