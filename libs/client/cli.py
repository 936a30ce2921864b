"""The command line: finds the command, parses its options, and turns what goes wrong into one line.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

import importlib
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence

from libs.client.command import Command
from libs.client.errors import CommandFailed, UsageFailed

# One line each, here and not in the commands' files, so that help needs no package to be installed.
COMMANDS = {
    "up": "start NATS, MongoDB and Tain's services on this machine; Ctrl-C ends them",
    "login": "sign in at a server, and stay signed in",
    "logout": "end a sign-in, and forget it",
    "whoami": "show who you are at a server, and what you may do",
    "token": "make tokens for scripts and package clients; see ./tain token --help",
    "user": "make and change users; see ./tain user --help",
    "role": "say what roles may do; see ./tain role --help",
    "group": "make groups, and say what they may do in channels; see ./tain group --help",
    "channel": "make and change channels, and say who may read them; see ./tain channel --help",
    "mirror": "mirror a package channel, follow the run, and show how clients use it",
    "upload": "put package files into a channel",
    "packages": "find, copy, move and remove packages; see ./tain packages --help",
    "policy": "say what may enter channels, and why; see ./tain policy --help",
    "why": "say why a package is in a channel, or why not",
    "cve": "show and import vulnerabilities, and say how far they apply; see ./tain cve --help",
    "report": "report what packages need, and who downloaded what; see ./tain report --help",
    "status": "show channels, their mirrors and what these are doing",
    "stop": "stop a mirror's run",
    "history": "show what happened to a channel or to all, and who did it",
    "dead-letters": "show messages that could not be handled, and why",
    "garbage": "show or remove what nothing names any more",
    "verify": "compare store, catalogues and index, and repair what differs",
    "test": "run the test suite",
    "check": "check format, lint, types, import rules and generated pages",
    "bench": "run the benchmarks",
    "screenshots": "take pictures of every page of the web app",
    "lock": "pin all dependencies again, with hashes",
}

_INTERRUPTED = 130

_INTRODUCTION = """\
Tain mirrors conda, Python and R package channels, filtered by policy.

usage: ./tain COMMAND [OPTIONS]"""

_FIRST_STEPS = """\
first steps:
  ./tain up
  ./tain mirror https://conda.anaconda.org/bioconda --channel bio --subdir noarch
  ./tain mirror https://INDEX/simple --channel py            a Python index, as pip is configured with
  ./tain mirror https://REPOSITORY --type CRAN --channel r   R packages
  ./tain status

  ./tain COMMAND --help shows a command's options, with examples."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    if arguments[0] not in COMMANDS:
        _complain(f"there is no command {arguments[0]!r}; the commands are {', '.join(COMMANDS)}")
        return UsageFailed.exit_code
    try:
        return _run(arguments[0], arguments[1:])
    except CommandFailed as exc:
        _complain(str(exc))
        return exc.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left, as `head` does; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as exc:
        _complain(str(exc))
    return CommandFailed.exit_code


def _run(name: str, arguments: Sequence[str]) -> int:
    """Load a command and run it; loading only this one keeps the others' imports away."""
    command: Command = importlib.import_module(f"libs.client.commands.{name.replace('-', '_')}").COMMAND
    return command.run(_parse(name, command, arguments))


def _parse(name: str, command: Command, arguments: Sequence[str]) -> Namespace:
    """Parse a command's options; wrong ones end the process with code 2, help with code 0."""
    parser = ArgumentParser(
        prog=f"./tain {name}",
        usage=f"./tain {name} [{command.passes_on}]" if command.passes_on else None,
        description=command.about,
        epilog=f"examples:\n{command.examples}",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_options(parser)
    if command.passes_on and arguments[:1] not in (["-h"], ["--help"]):
        return Namespace(rest=tuple(arguments))
    return parser.parse_args(arguments)


def _overview() -> str:
    """List the commands."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    return "\n\n".join([_INTRODUCTION, "\n".join(["commands:", *lines]), _FIRST_STEPS])


def _complain(text: str) -> None:
    """Say what went wrong, in one line."""
    print(f"tain: {text}", file=sys.stderr)
