"""What ends a command with one plain line on standard error."""


class CommandFailed(Exception):
    """The command can't do what was asked; the message says why and what to do (exit code 1)."""

    exit_code = 1


class UsageFailed(CommandFailed):
    """What was typed makes no sense together (exit code 2)."""

    exit_code = 2


class ClientError(CommandFailed):
    """The server refused a request or gave no answer; `code` is the server's stable word for it."""

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
