"""`./tain test`: the whole test suite, against real NATS and MongoDB."""

from argparse import Namespace

from libs.client.command import Command
from libs.client.tools import module, run_command

ABOUT = """\
Run the whole test suite, against real NATS and MongoDB, three files of tests at once. What
follows goes to pytest, which then runs one test after the other."""

_THREE_FILES_AT_ONCE = ("-n", "3", "--dist", "loadfile")
"""Most tests of whole installations wait for something: three keep two cores busy.

Each worker has servers of its own.
"""

EXAMPLES = """\
  ./tain test
  ./tain test -k stop -x
  ./tain test tests/unit"""


def run(options: Namespace) -> int:
    """Run pytest."""
    return run_command(module("pytest", *(options.rest or _THREE_FILES_AT_ONCE)))


COMMAND = Command(about=ABOUT, examples=EXAMPLES, run=run, passes_on="PYTEST-ARGUMENT ...")
