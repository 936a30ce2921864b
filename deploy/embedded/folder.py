"""The data folder: secrets that are made once, who uses it now, and where the server answers.

Secrets are readable by their owner alone, and each is written whole or not at all.
"""

import base64
import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.failure import StackFailed
from deploy.embedded.mongo_users import DATABASE, MongoUsers
from libs.client.endpoint import ENDPOINT_FILE, Endpoint, write_endpoint
from libs.common.contracts.permissions import USERS

ADMIN_TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name
ADMIN_PASSWORD_FILE = "admin.password"  # noqa: S105 - a file's name
SECRET_KEY_FILE = "secret.key"  # noqa: S105 - a file's name

MONGO_ADMIN = "admin"
"""The user of MongoDB who makes the other one; for people who look after it."""
MONGO_USER = "tain"
"""The user of MongoDB that the services have: it reads and writes their database alone."""

_LOCK_FILE = "lock"
_OWNER_ONLY = 0o700
_TOKEN_BYTES = 24
_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """Where one installation keeps everything."""

    path: Path

    @property
    def admin_token(self) -> Path:
        """The administrator's token, 48 hexadecimal digits: conda takes no other signs than [A-Za-z0-9-]."""
        return self.path / ADMIN_TOKEN_FILE

    @property
    def admin_password(self) -> Path:
        """The password that the first user, `admin`, is made with."""
        return self.path / ADMIN_PASSWORD_FILE

    @property
    def secret_key(self) -> Path:
        """The installation's key, with which the secrets of sources and proxies are sealed."""
        return self.path / SECRET_KEY_FILE

    def nats_credentials(self, user: str) -> Path:
        """The file that holds a NATS user's name and password, as `TAIN_NATS_CREDENTIALS_FILE` takes it."""
        return self.path / "passwords" / f"nats-{user}"

    def mongo_password(self, user: str) -> Path:
        """The file that holds the password of a MongoDB user."""
        return self.path / "passwords" / f"mongo-{user}"

    def nats_password(self, user: str) -> str:
        """Return the password of a NATS user."""
        return self.nats_credentials(user).read_text(encoding="ascii").strip().partition(":")[2]

    def nats_url(self, user: str, url: str) -> str:
        """Return the URL of our NATS with a user's name and password in it."""
        return url.replace("://", f"://{user}:{self.nats_password(user)}@", 1)

    def mongo_users(self) -> MongoUsers:
        """Return the users of our MongoDB."""
        return MongoUsers(
            admin=MONGO_ADMIN,
            admin_password=self.mongo_password(MONGO_ADMIN).read_text(encoding="ascii").strip(),
            user=MONGO_USER,
            user_password=self.mongo_password(MONGO_USER).read_text(encoding="ascii").strip(),
        )

    @property
    def blobs(self) -> Path:
        """The files of the blob store."""
        return self.path / "blobs"

    @property
    def nats(self) -> Path:
        """What NATS keeps."""
        return self.path / "nats"

    @property
    def mongo(self) -> Path:
        """What MongoDB keeps."""
        return self.path / "mongo"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.path / "logs" / f"{name}.log"

    def announce(self, url: str, *, token_file: Path, nats_url: str | None) -> None:
        """Leave word for `./tain mirror` and `./tain status` where the server answers."""
        write_endpoint(self.path, Endpoint(url=url, token_file=str(token_file), nats_url=nats_url))

    def withdraw(self) -> None:
        """Take that word back; a no-op where there is none."""
        (self.path / ENDPOINT_FILE).unlink(missing_ok=True)


@contextlib.contextmanager
def open_folder(path: Path) -> Iterator[DataFolder]:
    """Make the folder and its secrets where they are missing, and keep others out until the context ends.

    A folder that was there before keeps its mode: it may be more than ours.

    Raises:
        StackFailed: when another `./tain up` uses it, or when it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=_OWNER_ONLY)
        with (path / _LOCK_FILE).open("a+", encoding="ascii") as turn:
            _take(turn.fileno(), path)
            folder = DataFolder(path=path)
            for part in (folder.blobs, folder.nats, folder.mongo, folder.log("").parent, path / "passwords"):
                part.mkdir(mode=_OWNER_ONLY, exist_ok=True)
            _make_once(folder.admin_token, secrets.token_hex(_TOKEN_BYTES))
            _make_once(folder.admin_password, secrets.token_urlsafe(_TOKEN_BYTES))
            _make_once(folder.secret_key, base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
            for user in USERS:
                _make_once(folder.nats_credentials(user), f"{user}:{secrets.token_hex(_TOKEN_BYTES)}")
            for user in (MONGO_ADMIN, MONGO_USER):
                _make_once(folder.mongo_password(user), secrets.token_hex(_TOKEN_BYTES))
            folder.withdraw()
            try:
                yield folder
            finally:
                folder.withdraw()
    except OSError as exc:
        raise StackFailed(
            f"{exc.filename or path} can't be written ({exc.strerror}); choose another folder with --data"
        ) from exc


def mongo_url_of(user: str, url: str) -> str:
    """Return the URL of our database for one of its users; the password is not in it."""
    return f"{url.replace('://', f'://{user}@', 1)}/{DATABASE}?authSource=admin"


def _take(lock: int, path: Path) -> None:
    """Take the folder's lock, which ends with the process, and leave the process id in it for people."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
        raise StackFailed(
            f"{path} is in use by another ./tain up (process {holder or 'unknown'}); "
            "stop it, or choose another folder with --data"
        ) from exc
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def _make_once(path: Path, secret: str) -> None:
    """Write a secret where there is none yet; a crash in between leaves none."""
    if path.exists():
        return
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
