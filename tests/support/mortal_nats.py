"""A real nats-server that a test may kill and start again."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from deploy.embedded.servers import Server, start_nats


class MortalNats:
    """A server of this test alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Server = start_nats(folder)

    @property
    def url(self) -> str:
        """Where it is, before and after."""
        return self._server.url

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._server.process.kill()
        self._server.process.wait()

    def start(self, *, without_data: bool) -> None:
        """Start it again where it was."""
        if without_data:
            shutil.rmtree(self._folder)
        self._server = start_nats(self._folder, port=urlsplit(self.url).port or 0)
