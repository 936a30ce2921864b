"""A folder as a web server in a process of its own, where speed is measured."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve the folder's files while the block runs; yields the URL."""
    command = [sys.executable, "-m", "tests.support.static_server", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise RuntimeError("the server has no output to read its port from")
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/channel"
        finally:
            process.terminate()


async def _serve(folder: Path) -> None:
    app = web.Application()
    app.router.add_static("/channel", folder)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
