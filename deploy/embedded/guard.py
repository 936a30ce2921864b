"""Ends what a killed `./tain up` could not end itself, its services' own children too.

Run as `python -I guard.py`. It reads `watch PID` and `forget PID` from standard input,
where PID leads a session, until the other side is gone: in order, with nothing left to
watch, or by a kill. The kernel ends children with their parent on Linux alone, and
nowhere the children of children.
"""

import contextlib
import os
import signal
import sys
import time

_GRACE_S = 8.0
_POLL_S = 0.05


def main() -> None:
    """Listen until the supervisor is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        word, _, pid = line.partition(" ")
        (watched.add if word == "watch" else watched.discard)(int(pid))
    _signal(watched, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_S
    while any(map(_is_there, watched)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    _signal(watched, signal.SIGKILL)


def _signal(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
