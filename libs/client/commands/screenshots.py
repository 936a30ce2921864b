"""`./tain screenshots`: pictures of every page of the web app, for the documentation."""

from argparse import Namespace

from libs.client.command import Command
from libs.client.tools import module, run_command

ABOUT = """\
Start an installation, fill it, and take pictures of every page of the web app, light, dark
and as on a phone, with a Chromium of this machine. They go to docs/screenshots, and
docs/web.md shows them. What follows goes to the program."""

EXAMPLES = """\
  ./tain screenshots
  ./tain screenshots --only mirrors --to pictures"""


def run(options: Namespace) -> int:
    """Take the pictures."""
    return run_command(module("tests.support.screenshots", *options.rest))


COMMAND = Command(about=ABOUT, examples=EXAMPLES, run=run, passes_on="SCREENSHOT-ARGUMENT ...")
