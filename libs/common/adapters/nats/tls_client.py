"""A client of NATS that says who it is by TLS or not at all."""

from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError


class NoTlsOffered(NatsError):
    """The server, or who stands between, would have us go on in the open."""

    def __str__(self) -> str:
        return "NATS does not offer TLS"


class TlsClient(Client):
    """Stops before it names user, password or token in the open, also when it comes back after a break.

    Whether there is TLS is what the server says of itself, and whoever stands between can change it:
    so nothing is sent where it says no. Where it says yes, the handshake proves it.
    """

    def _connect_command(self) -> bytes:
        # The one line that holds secrets; nats-py offers no other place between hearing and saying.
        info: dict[str, Any] = self._server_info
        if not info.get("tls_required"):
            raise NoTlsOffered
        return super()._connect_command()
