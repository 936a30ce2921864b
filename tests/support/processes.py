"""Service processes of a test's own, as an operator starts them on other hosts."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.eventually import eventually
from tests.support.real_data import ROOT

_START_TIMEOUT_S = 60


@contextmanager
def running_services(
    service: str, logs: Path, *, settings: Mapping[str, str], each: tuple[Mapping[str, str], ...] = ({},)
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Start a service once for each further settings, and yield the processes once they listen; end them after."""
    names = [name for name in os.environ if not name.startswith("TAIN_")]
    environment = {name: os.environ[name] for name in names} | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    logs.mkdir(parents=True, exist_ok=True)
    written = [logs / f"another-{service}-{number}.log" for number in range(len(each))]
    processes = []
    for log, own in zip(written, each, strict=True):
        with log.open("wb") as output:
            command = [sys.executable, "-P", "-m", f"services.{service}"]
            values = {**environment, **settings, **own}
            processes.append(subprocess.Popen(command, env=values, stdout=output, stderr=output))
    try:
        eventually(
            lambda: all("service_started" in log.read_text() for log in written),
            within_s=_START_TIMEOUT_S,
            what=f"each {service} to listen",
        )
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
