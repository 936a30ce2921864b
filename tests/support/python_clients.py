"""pip and uv as package clients: without caches, and with all of this machine's own indexes switched off."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

_TIMEOUT_S = 100
_UV_ALONE = {"UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_RETRIES": "0", "UV_NO_PROGRESS": "1"}
_OWN_SETTINGS = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "TAIN_")


class ClientFailed(Exception):
    """The client could not do it; the message is its own."""


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that a client installed into, and what the client said."""

    folder: Path
    output: str

    def versions(self) -> dict[str, str]:
        """Return the version of every project that stands in it, by the names of their `.dist-info`."""
        stems = (path.name.removesuffix(".dist-info") for path in self.folder.glob("*.dist-info"))
        return dict(stem.rsplit("-", 1) for stem in stems)

    def imported(self, module: str) -> str:
        """Import a module of it in a process of its own, and return its `VERSION`."""
        return self.run(f"import {module}; print({module}.VERSION)")

    def run(self, program: str) -> str:
        """Run a program with it in a process of its own, and return what it printed.

        Raises:
            ClientFailed: when it fails, with its own words.
        """
        return _run([sys.executable, "-c", program], settings={"PYTHONPATH": str(self.folder)}).strip()


def pip(command: str, *arguments: str, index: str, settings: Mapping[str, str] | None = None) -> str:
    """Run `pip COMMAND` on this index alone and return what it printed.

    Raises:
        ClientFailed: with pip's own words.
    """
    quiet = ("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--retries", "0")
    call = [sys.executable, "-m", "pip", *quiet, command, "--index-url", index, *arguments]
    return _run(call, settings={"PIP_CONFIG_FILE": os.devnull, **(settings or {})})


def uv_pip(command: str, *arguments: str, index: str, settings: Mapping[str, str] | None = None) -> str:
    """Run `uv pip COMMAND` on this index alone and return what it printed.

    Raises:
        ClientFailed: with uv's own words.
    """
    uv = Path(sys.executable).with_name("uv")
    call = [str(uv), "pip", command, "--default-index", index, "--no-cache", "--python", sys.executable, *arguments]
    return _run(call, settings={**_UV_ALONE, "UV_NO_CONFIG": "1", **(settings or {})})


def uv_project(command: str, *arguments: str, folder: Path) -> str:
    """Run `uv COMMAND` on the project in a folder, whose own pyproject.toml names its index.

    Raises:
        ClientFailed: with uv's own words.
    """
    uv = Path(sys.executable).with_name("uv")
    call = [str(uv), command, "--project", str(folder), "--no-cache", "--python", sys.executable, *arguments]
    return _run(call, settings=_UV_ALONE)


@contextmanager
def pip_install(*arguments: str, index: str) -> Iterator[Installed]:
    """Install into a new folder with pip; it goes at the end.

    Raises:
        ClientFailed: with pip's own words.
    """
    with tempfile.TemporaryDirectory(prefix="tain-pip-") as folder:
        output = pip("install", "--target", folder, *arguments, index=index)
        yield Installed(folder=Path(folder), output=output)


@contextmanager
def uv_install(*arguments: str, index: str) -> Iterator[Installed]:
    """Install into a new folder with uv; it goes at the end.

    Raises:
        ClientFailed: with uv's own words.
    """
    with tempfile.TemporaryDirectory(prefix="tain-uv-") as folder:
        output = uv_pip("install", "--target", folder, *arguments, index=index)
        yield Installed(folder=Path(folder), output=output)


def pip_download(*arguments: str, index: str) -> frozenset[str]:
    """Download without dependencies, and return the names of the files that came.

    Raises:
        ClientFailed: with pip's own words.
    """
    with tempfile.TemporaryDirectory(prefix="tain-download-") as folder:
        pip("download", "--no-deps", "--dest", folder, *arguments, index=index)
        return frozenset(path.name for path in Path(folder).iterdir())


def pip_report(*arguments: str, index: str) -> dict[str, str]:
    """Resolve with pip and return the version that it would install of each project.

    Raises:
        ClientFailed: with pip's own words.
    """
    with tempfile.TemporaryDirectory(prefix="tain-report-") as folder:
        report = Path(folder) / "report.json"
        call = ("--dry-run", "--ignore-installed", "--report", str(report), "--target", folder)
        pip("install", *call, *arguments, index=index)
        told: dict[str, Any] = msgspec.json.decode(report.read_bytes())
    return {item["metadata"]["name"]: item["metadata"]["version"] for item in told["install"]}


def uv_resolve(*specs: str, index: str, options: tuple[str, ...] = ()) -> dict[str, str]:
    """Resolve with uv, downloading as little as it can, and return the version of each project.

    Raises:
        ClientFailed: with uv's own words.
    """
    with tempfile.TemporaryDirectory(prefix="tain-resolve-") as folder:
        wanted = Path(folder) / "requirements.in"
        wanted.write_text("\n".join(specs), encoding="utf-8")
        lines = uv_pip("compile", "--no-header", "--no-annotate", *options, str(wanted), index=index).splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def with_token(url: str, token: str) -> str:
    """Put a token into a URL where pip, uv and R look for a user."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{token}:x-auth-token@{rest}"


def _run(call: list[str], *, settings: Mapping[str, str]) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    environment = {**kept, "NO_PROXY": "*", "no_proxy": "*", **settings}
    with tempfile.TemporaryDirectory(prefix="tain-client-") as folder:
        done = subprocess.run(
            call, cwd=folder, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    if done.returncode:
        raise ClientFailed(f"{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr
