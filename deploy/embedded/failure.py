"""What ends `./tain up` with one plain line."""


class StackFailed(Exception):
    """The stack can't start or go on; the message says why and what to do."""


class ServerNotFound(Exception):
    """A server's program is not on this machine; the message names the choices."""


class ServerFailed(Exception):
    """A server did not start; the message says why and what to do."""
