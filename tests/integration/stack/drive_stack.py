"""Runs the stack with stand-in services: `python drive_stack.py ROOT DATA`."""

import asyncio
import os
import sys
from pathlib import Path

from deploy.embedded.failure import StackFailed
from deploy.embedded.stack import Plan, Running, run_stack


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _ready(running: Running) -> None:
    _say(f"ready at {running.url}")


if __name__ == "__main__":
    _plan = Plan(folder=Path(sys.argv[2]), host="127.0.0.1", port=0, fetchers=2)
    try:
        asyncio.run(run_stack(_plan, environ=os.environ, say=_say, on_ready=_ready, root=Path(sys.argv[1])))
    except StackFailed as exc:
        sys.exit(f"failed: {exc}")
