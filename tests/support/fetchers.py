"""Further fetchers for a running stack, as an operator starts them on other hosts."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from deploy.embedded.folder import DataFolder
from tests.support.processes import running_services
from tests.support.stack import Stack


@contextmanager
def more_fetchers(
    stack: Stack, count: int, *, settings: Mapping[str, str] | None = None
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Start so many fetchers and yield their processes once they listen; end them after."""
    data = stack.folder / "data"
    shared = {
        "TAIN_NATS_URL": f"nats://{stack.nats_url.rpartition('@')[2]}",
        "TAIN_NATS_CREDENTIALS_FILE": str(DataFolder(path=data).nats_credentials("fetcher")),
        "TAIN_BLOBS_URL": (data / "blobs").as_uri(),
        "TAIN_SECRET_KEY_FILE": str(data / "secret.key"),
        **(settings or {}),
    }
    with running_services("fetcher", data / "logs", settings=shared, each=({},) * count) as processes:
        yield processes
