"""Sign-ins that were saved, by server: one file that only its owner reads.

It is written whole or not at all, under a lock, so that commands that run at the same time
don't undo each other's.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from libs.client.errors import CommandFailed

_FILE = "credentials.json"
_LOCK = "credentials.lock"
_OWNER_ONLY = 0o600
_FOLDER_MODE = 0o700


class SignIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sign-in; `expires_at` is the access token's end in seconds since 1970.

    `provider` says where an OpenID provider renews it, None where the server itself does.
    """

    url: str
    username: str
    access_token: str
    refresh_token: str | None = None
    expires_at: float = 0.0
    provider: "Provider | None" = None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The OpenID provider behind a sign-in."""

    kind: Literal["oidc"] = "oidc"
    token_endpoint: str
    client_id: str


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds, by server."""

    servers: dict[str, SignIn] = {}


class SavedSignIns:
    """The file of one person; `folder` is made when something is saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._folder / _FILE

    def get(self, url: str) -> SignIn | None:
        """Return the sign-in at a server; None where there is none.

        Raises:
            CommandFailed: when others could read the file, or it can't be read.
        """
        return self._read().servers.get(server_key(url))

    def all(self) -> tuple[SignIn, ...]:
        """Return all sign-ins, by server.

        Raises:
            CommandFailed: as `get`.
        """
        return tuple(sign_in for _, sign_in in sorted(self._read().servers.items()))

    def put(self, sign_in: SignIn) -> None:
        """Save a sign-in in place of the server's last one.

        Raises:
            CommandFailed: as `get`, or when it can't be written.
        """
        with self.lock():
            self.put_locked(sign_in)

    def put_locked(self, sign_in: SignIn) -> None:
        """Save a sign-in, by who holds the lock."""
        self._write({**self._read().servers, server_key(sign_in.url): sign_in})

    def forget(self, url: str) -> SignIn | None:
        """Remove the sign-in at a server and return what it was.

        Raises:
            CommandFailed: as `put`.
        """
        with self.lock():
            servers = dict(self._read().servers)
            gone = servers.pop(server_key(url), None)
            if gone is not None:
                self._write(servers)
            return gone

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other commands from changing the file until the context ends.

        Raises:
            CommandFailed: when the folder can't be written.
        """
        try:
            self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            turn = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
        except OSError as exc:
            raise CommandFailed(f"{self._folder} can't be written ({exc.strerror}); set XDG_CONFIG_HOME") from exc
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield
        finally:
            os.close(turn)

    def _read(self) -> _Saved:
        try:
            with self.path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise CommandFailed(f"others can read {self.path}; run chmod 600 on it, and sign in anew")
                return msgspec.json.decode(file.read(), type=_Saved)
        except FileNotFoundError:
            return _Saved()
        except OSError as exc:
            raise CommandFailed(f"{self.path} can't be read: {exc.strerror}") from exc
        except msgspec.DecodeError as exc:
            raise CommandFailed(f"{self.path} is damaged; remove it, and sign in with ./tain login") from exc

    def _write(self, servers: Mapping[str, SignIn]) -> None:
        fresh = self.path.with_name(f"{_FILE}.new")
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(_Saved(servers=dict(servers)))))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as exc:
            raise CommandFailed(f"{self.path} can't be written ({exc.strerror}); set XDG_CONFIG_HOME") from exc


def saved_sign_ins(environ: Mapping[str, str]) -> SavedSignIns:
    """Return the file of whoever runs the command (XDG Base Directory Specification)."""
    base = environ.get("XDG_CONFIG_HOME") or "~/.config"
    return SavedSignIns(Path(base).expanduser() / "tain")


def server_key(url: str) -> str:
    """Write a server's URL in one way."""
    return url.rstrip("/").removesuffix("/api").lower()
