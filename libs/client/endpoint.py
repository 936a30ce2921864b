"""Where a running `./tain up` answers, as it writes it into its data folder."""

import os
from pathlib import Path

import msgspec

ENDPOINT_FILE = "endpoint.json"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A server's URL, the file that holds its administrator's token, and its own NATS, if it runs one.

    `nats_url` has the password of other systems in it, so that the file is its owner's alone.
    """

    url: str
    token_file: str
    nats_url: str | None = None


def write_endpoint(folder: Path, endpoint: Endpoint) -> None:
    """Leave the endpoint in the folder, whole or not at all."""
    fresh = folder / f"{ENDPOINT_FILE}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(endpoint))
    fresh.replace(folder / ENDPOINT_FILE)


def read_endpoint(folder: Path) -> Endpoint | None:
    """Return the endpoint that was left in the folder; None where none can be read."""
    try:
        return msgspec.json.decode((folder / ENDPOINT_FILE).read_bytes(), type=Endpoint)
    except (OSError, msgspec.DecodeError):
        return None
