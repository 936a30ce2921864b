"""`./tain lock`: pin all dependencies again, with hashes and without any index's address."""

import importlib.util
from argparse import Namespace

from libs.client.command import Command
from libs.client.errors import CommandFailed
from libs.client.tools import module, run_command

ABOUT = """\
Resolve pyproject.toml again and write requirements.lock and requirements-dev.lock: exact
versions for all platforms, a hash for every file, and no index's address. Versions stay as
they are where they still fit; what follows goes to the resolver (uv pip compile)."""

EXAMPLES = """\
  ./tain lock
  ./tain lock --upgrade
  ./tain lock --upgrade-package httpx"""

_SHAPE = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet")
_DEV, _RUN = "requirements-dev.lock", "requirements.lock"


def run(options: Namespace) -> int:
    """Pin for developers first, then for running with the same versions: what is tested is what runs."""
    if importlib.util.find_spec("uv") is None:
        raise CommandFailed("uv is not in .venv: add it to the dev group of pyproject.toml, or pip install uv there")
    compile_ = ("pip", "compile", *_SHAPE, *options.rest, "pyproject.toml")
    return run_command(module("uv", *compile_, "--group", "dev", "--output-file", _DEV)) or run_command(
        module("uv", *compile_, "--constraint", _DEV, "--output-file", _RUN)
    )


COMMAND = Command(about=ABOUT, examples=EXAMPLES, run=run, passes_on="UV-ARGUMENT ...")
