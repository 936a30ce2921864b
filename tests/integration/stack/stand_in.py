"""A stand-in for every service: answers `/readyz` as the api, and notes what happens to it.

A file beside it sways it: `fails` makes it end at once, `hangs` makes it deaf to SIGTERM.
"""

import os
import signal
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent


EVENTS = HERE.parent.parent / "events"


class ReadyHandler(BaseHTTPRequestHandler):
    """Answers every GET: with 200 once all five services have started, else with 503."""

    def do_GET(self) -> None:
        """Say whether all are there."""
        started = {line.split()[0] for line in EVENTS.read_text().splitlines() if " started " in line}
        self.send_response(200 if len(started) == len(list(HERE.parent.iterdir())) else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def note(event: str) -> None:
    """Append to the common log of events."""
    with EVENTS.open("a") as events:
        events.write(f"{HERE.name} {event}\n")


def is_nats_there() -> bool:
    """Tell whether NATS still answers."""
    parts = urlsplit(os.environ["TAIN_NATS_URL"])
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1):
            return True
    except OSError:
        return False


def end(number: int, frame: FrameType | None) -> None:
    """Leave in order, unless this one hangs."""
    del number, frame
    if (HERE / "hangs").exists():
        note("was asked to end")
        return
    note(f"ended, nats there: {is_nats_there()}, token told: {'TAIN_ADMIN_TOKEN_FILE' in os.environ}")
    sys.exit(0)


if __name__ == "__main__":
    if (HERE / "fails").exists():
        sys.exit("the stand-in was told to fail")
    signal.signal(signal.SIGTERM, end)
    note(f"started {os.getpid()}")
    if HERE.name == "fetcher":
        # A child of its own, which knows nothing of ending.
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()", os.environ["TAIN_BLOBS_URL"]])
    if HERE.name == "api":
        address = (os.environ["TAIN_HOST"], int(os.environ["TAIN_PORT"]))
        ThreadingHTTPServer(address, ReadyHandler).serve_forever()
    while True:
        signal.pause()
