"""Further fetchers for a running stack, as an operator starts them on other hosts."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.eventually import eventually
from tests.support.real_data import ROOT
from tests.support.stack import Stack

_START_TIMEOUT_S = 30


@contextmanager
def more_fetchers(
    stack: Stack, count: int, *, settings: Mapping[str, str] | None = None
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Start so many fetchers and yield their processes once they listen; end them after."""
    data = stack.folder / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
    environment |= {
        "TAIN_NATS_URL": stack.nats_url,
        "TAIN_BLOBS_URL": (data / "blobs").as_uri(),
        "TAIN_SECRET_KEY_FILE": str(data / "secret.key"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **(settings or {}),
    }
    logs = [data / "logs" / f"another-fetcher-{number}.log" for number in range(count)]
    processes = []
    for log in logs:
        with log.open("wb") as output:
            command = [sys.executable, "-P", "-m", "services.fetcher"]
            processes.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
    try:
        eventually(
            lambda: all("service_started" in log.read_text() for log in logs),
            within_s=_START_TIMEOUT_S,
            what="more fetchers to listen",
        )
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
