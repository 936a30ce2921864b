"""Runs the real stack for a test that kills its parts: `python drive_mortal_stack.py DATA PORT FETCHERS`."""

import asyncio
import os
import sys
from pathlib import Path

from deploy.embedded.stack import Plan, Running, run_stack
from deploy.embedded.supervise import Pauses

_SOON = Pauses(first_s=0.2, most_s=1.0, settled_s=1.0)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _ready(running: Running) -> None:
    _say(f"ready at {running.url}")


if __name__ == "__main__":
    _plan = Plan(
        folder=Path(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), fetchers=int(sys.argv[3]), pauses=_SOON
    )
    asyncio.run(run_stack(_plan, environ=os.environ, say=_say, on_ready=_ready))
