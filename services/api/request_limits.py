"""How many parameters a request may have, and how slowly its body may come.

What a request may weigh before it reaches the application is in `bounded_http.py`; how large a
body may be is a matter of each route.
"""

import asyncio

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

from libs.common.domain.errors import InvalidInput
from services.api.problems import TooSlow

MOST_PARAMETERS = 100
_GRACE_S = 20.0
_LEAST_BYTES_PER_S = 1024


class RequestLimits(ASGIMiddleware):
    """Refuses what no client of ours sends, and what would keep a connection busy for ever.

    A body has `grace_s` to come, and a second more for each `least_bytes_per_s` of it; only the
    time in which the application waits for it counts.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, *, grace_s: float = _GRACE_S, least_bytes_per_s: int = _LEAST_BYTES_PER_S) -> None:
        self._grace_s = grace_s
        self._least_bytes_per_s = least_bytes_per_s

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass a request on within its limits.

        Raises:
            InvalidInput: for too many parameters in the address.
            TooSlow: to the application, when a body comes too slowly.
        """
        if scope.get("query_string", b"").count(b"&") >= MOST_PARAMETERS:
            raise InvalidInput(f"the address has more than {MOST_PARAMETERS} parameters; send fewer", field="query")
        await next_app(scope, self._paced(receive), send)

    def _paced(self, receive: Receive) -> Receive:
        waited_s, received, is_whole = 0.0, 0, False

        async def receive_in_time() -> HTTPReceiveMessage:
            nonlocal waited_s, received, is_whole
            if is_whole:
                # What comes now is that the client left, however long that takes.
                return await receive()  # type: ignore[return-value]
            loop = asyncio.get_running_loop()
            started = loop.time()
            left_s = self._grace_s + received / self._least_bytes_per_s - waited_s
            try:
                async with asyncio.timeout(left_s):
                    message: HTTPReceiveMessage = await receive()  # type: ignore[assignment]
            except TimeoutError as exc:
                raise TooSlow(
                    "the body came too slowly; it must bring "
                    f"{self._least_bytes_per_s:,} bytes a second after the first {self._grace_s:g} seconds"
                ) from exc
            waited_s += loop.time() - started
            if message["type"] == "http.request":
                # Both may be left out (ASGI: "http.request").
                received += len(message.get("body", b""))
                is_whole = not message.get("more_body", False)
            else:
                is_whole = True
            return message

        return receive_in_time
