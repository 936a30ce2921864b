"""`./tain bench`: how fast it is, next to peers in the same run."""

from argparse import Namespace

from libs.client.command import Command
from libs.client.tools import module, run_command

ABOUT = "Run the benchmarks. What follows goes to them; ./tain bench -- --help shows what they take."

EXAMPLES = """\
  ./tain bench"""


def run(options: Namespace) -> int:
    """Run the benchmarks."""
    rest = options.rest[1:] if options.rest[:1] == ("--",) else options.rest
    return run_command(module("tests.benchmarks", *rest))


COMMAND = Command(about=ABOUT, examples=EXAMPLES, run=run, passes_on="BENCHMARK-ARGUMENT ...")
