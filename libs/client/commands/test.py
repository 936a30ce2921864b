"""`./tain test`: the whole test suite, against real NATS and MongoDB."""

from argparse import Namespace

from libs.client.command import Command
from libs.client.tools import module, run_command

ABOUT = "Run the whole test suite, against real NATS and MongoDB. What follows goes to pytest."

EXAMPLES = """\
  ./tain test
  ./tain test -k stop -x
  ./tain test tests/unit"""


def run(options: Namespace) -> int:
    """Run pytest."""
    return run_command(module("pytest", *options.rest))


COMMAND = Command(about=ABOUT, examples=EXAMPLES, run=run, passes_on="PYTEST-ARGUMENT ...")
