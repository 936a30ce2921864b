"""`python -m services.api`: serve the REST API and packages until SIGTERM or SIGINT."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop

from libs.common.domain.errors import InvalidInput, TainError
from libs.common.runtime.logging import setup_logging
from libs.common.runtime.settings import read_settings
from services.api.app import END_STREAMS, create_app
from services.api.bounded_http import BoundedHttp
from services.api.settings import Settings
from services.api.trusted_proxies import read_trusted_proxies

_GRACE_S = 3
_BACKLOG = 2048
_LOG = structlog.get_logger()


def main() -> None:
    """Run the api as the process's main work; what can't be used ends it with one plain line."""
    setup_logging("api")
    try:
        settings = read_settings(Settings, os.environ)
        setup_logging("api", level=settings.log_level, format=settings.log_format)
        uvloop.run(serve(settings))
    except TainError as exc:
        _LOG.error("service_failed", code=exc.code, reason=exc.message)
        sys.exit(1)


async def serve(settings: Settings) -> None:
    """Serve until a signal comes, then let open requests end for a few seconds.

    Raises:
        InvalidInput: for settings that can't be used, such as a taken port.
        StoreUnavailable: when NATS or MongoDB does not answer at the start.
    """
    proxies = read_trusted_proxies(settings.trusted_proxies)
    with _listening(settings) as listener:
        async with create_app(settings) as app:
            server = _Server(
                uvicorn.Config(
                    app,
                    http=BoundedHttp,
                    ws="none",
                    lifespan="on",
                    log_config=None,
                    # It would log whole addresses, which may hold tokens.
                    access_log=False,
                    server_header=False,
                    # Whoever is not named may write what it likes into these headers.
                    proxy_headers=bool(proxies),
                    forwarded_allow_ips=proxies,
                    # An open stream must not hold up the end.
                    timeout_graceful_shutdown=_GRACE_S,
                ),
                end_streams=app.state[END_STREAMS],
            )
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, server.handle_exit, number, None)
            await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn's way raises them again at its end and so skips our closing.

    At its end it first ends the streams that would go on for ever.
    """

    def __init__(self, config: uvicorn.Config, *, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let open requests end, for as long as the config says."""
        self._end_streams()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as exc:
        raise InvalidInput(
            f"can't listen on {settings.host} port {settings.port}: {exc.strerror or exc}; "
            "set TAIN_PORT or TAIN_HOST to another one",
            field="TAIN_PORT",
        ) from exc
    with listener:
        yield listener


if __name__ == "__main__":
    main()
