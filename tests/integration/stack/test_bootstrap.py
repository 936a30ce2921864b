"""`./tain` on a fresh machine: its own environment, made once, whole or not at all.

The copy under test installs one tiny package from a folder, by pip's own settings, and
its command line only says that it was reached.
"""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy.embedded.stack import ROOT
from tests.support.eventually import eventually

_TIMEOUT_S = 90


class Copy:
    """A checkout that holds nothing but what the bootstrap needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.wheels = folder / "wheels"
        client = self.folder / "libs" / "client"
        client.mkdir(parents=True)
        (client / "__main__.py").write_text("import sys, tiny\nprint('reached', tiny.WORD, *sys.argv[1:])\n")
        shutil.copy(ROOT / "tain", self.folder / "tain")
        self.lock(_make_wheel(self.wheels))

    def lock(self, digest: str) -> None:
        """Pin the tiny package to a digest."""
        (self.folder / "requirements.lock").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `./tain` as a user does, in another folder."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return subprocess.Popen(
            [sys.executable, str(self.folder / "tain"), *arguments],
            cwd=self.wheels,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run `./tain` and return its exit code, output and complaints."""
        with self.start(*arguments) as process:
            output, complaints = process.communicate(timeout=_TIMEOUT_S)
            return process.returncode, output, complaints


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a fresh copy."""
    return Copy(tmp_path)


def test_two_first_starts_at_once_make_one_environment(copy: Copy) -> None:
    """A second terminal must not spoil what the first is making; and the next start makes nothing."""
    both = [copy.start("status"), copy.start("status")]
    told = [process.communicate(timeout=_TIMEOUT_S) for process in both]
    again = copy.run("mirror", "--json")

    assert [process.returncode for process in both] == [0, 0]
    assert [output for output, _ in told] == ["reached gold status\n"] * 2
    assert sum("making .venv" in complaints for _, complaints in told) == 1
    assert again == (0, "reached gold mirror --json\n", "")


def test_an_environment_that_was_killed_half_made_is_made_again(copy: Copy) -> None:
    """`kill -9` in the middle leaves something that looks like an environment, and is none."""
    mark = copy.folder / ".venv" / ".tain-making"
    with copy.start("status") as first:
        eventually(mark.exists, within_s=30, what="the environment to be begun")
        os.killpg(first.pid, signal.SIGKILL)
    code, output, complaints = copy.run("status")

    assert (code, output) == (0, "reached gold status\n")
    assert "making .venv" in complaints
    assert not mark.exists()


def test_a_file_with_another_hash_is_refused_in_one_line(copy: Copy) -> None:
    """What the lock does not name is never installed, and never taken for ready."""
    right = (copy.folder / "requirements.lock").read_text()
    copy.lock("0" * 64)
    code, output, complaints = copy.run("status")
    (copy.folder / "requirements.lock").write_text(right)
    mended = copy.run("status")

    assert (code, output) == (1, "")
    assert "tain: could not install requirements.lock: ERROR:" in complaints.splitlines()[-1]
    assert mended[:2] == (0, "reached gold status\n")


def test_help_needs_no_environment(copy: Copy) -> None:
    """Who only looks should not wait a minute."""
    client = copy.folder / "libs" / "client" / "__main__.py"
    client.write_text("import sys\nprint('help')\n")

    assert copy.run("--help") == (0, "help\n", "")
    assert not (copy.folder / ".venv").exists()


def _make_wheel(folder: Path) -> str:
    """Write the wheel of the tiny package, and return its digest."""
    folder.mkdir()
    path = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": b"WORD = 'gold'\n",
        "tiny-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_record_digest(data)},{len(data)}\n" for name, data in files.items())
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
        wheel.writestr("tiny-1.0.dist-info/RECORD", f"{record}tiny-1.0.dist-info/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record_digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
