"""Looking on while the server is away: what it works at outlives one look without an answer."""

import time
from collections.abc import Callable
from typing import TypeVar

from libs.client.errors import ClientError

T = TypeVar("T")
Sleep = Callable[[float], None]

AWAY_S = 60.0
"""How long a server may be away: a killed process is back within seconds, a machine within a minute."""

_PAUSE_S = 0.5


def patiently(look: Callable[[], T], *, away_s: float = AWAY_S, sleep: Sleep = time.sleep) -> T:
    """Return what `look` sees, though the server is away for a while; only for what changes nothing there.

    Raises:
        ClientError: what `look` raises, when the server refuses, or stays away for longer.
    """
    away_since: float | None = None
    while True:
        try:
            return look()
        except ClientError as exc:
            now = time.monotonic()
            away_since = now if away_since is None else away_since
            if not exc.may_pass or now - away_since >= away_s:
                raise
        sleep(_PAUSE_S)
