"""Wheels of real projects, as pip gets them wherever it is configured to."""

import email
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.python_packages import UPLOADED_AT, PythonFile, normalised

_TIMEOUT_S = 100


class NoIndex(Exception):
    """pip can't get them; the message is the last that it said."""


def download_wheels(projects: Sequence[str], folder: Path) -> tuple[PythonFile, ...]:
    """Let pip download a wheel of each project, for this Python, into a folder.

    Raises:
        NoIndex: when it can't get all of them.
    """
    call = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    try:
        done = subprocess.run(
            [*call, "--dest", str(folder), *projects], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise NoIndex(f"pip took more than {_TIMEOUT_S} s") from exc
    if done.returncode:
        raise NoIndex(done.stderr.strip().rpartition("\n")[2])
    return tuple(map(_read, sorted(folder.glob("*.whl"))))


def _read(path: Path) -> PythonFile:
    with zipfile.ZipFile(path) as archive:
        inside = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(inside)
    told = email.message_from_bytes(metadata)
    return PythonFile(
        project=normalised(told["Name"]),
        version=told["Version"],
        filename=path.name,
        data=path.read_bytes(),
        metadata=metadata,
        requires_python=told["Requires-Python"],
        yanked=False,
        uploaded_at=UPLOADED_AT,
        provenance=None,
        is_wheel=True,
    )
