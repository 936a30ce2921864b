"""Fill a running `./tain up` as the tests and the screenshots do: `python -m tests.support.seed_stack URL DATA`.

What an earlier call left is taken away first. The sources run as long as this does: until Ctrl-C passive
files can be fetched, and the slow mirror goes on.
"""

import sys
import threading
from pathlib import Path

from deploy.embedded.folder import DataFolder
from tests.support.api import Api
from tests.support.seeded import running_sources, seed, unseed


def main(url: str, data: Path) -> None:
    """Seed, say so, and keep the sources running."""
    api = Api(url.rstrip("/"), DataFolder(path=data).admin_token.read_text(encoding="ascii").strip())
    with running_sources() as sources:
        unseed(api)
        seed(api, sources)
        sys.stderr.write("seeded; Ctrl-C ends the sources\n")
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except KeyboardInterrupt:
        sys.exit(0)
