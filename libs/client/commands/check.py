"""`./tain check`: everything about the code that a tool can tell."""

import importlib.util
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from libs.client.command import Command
from libs.client.tools import module, program, run_command

ABOUT = "Check format, lint, types, import rules and generated pages. All run, even when one fails."

EXAMPLES = """\
  ./tain check
  ./tain check --fix        mend first what can be mended: format, lint, generated pages"""

_BOOTSTRAP = "tain"  # has no extension, so the tools must be told
_GENERATED = "libs.client.flow_docs"
_PERMISSIONS = "deploy.nats_permissions"


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `check`."""
    parser.add_argument("--fix", action="store_true", help="mend first what can be mended")


def run(options: Namespace) -> int:
    """Run all checks, and name those that failed."""
    if options.fix:
        _mend()
    failed = [name for name, command in _checks() if _fails(name, command)]
    print(f"check: failed: {', '.join(failed)}" if failed else "check: all is well", flush=True)
    return 1 if failed else 0


def _mend() -> None:
    """Let the tools mend what they can; the checks then tell what is left."""
    run_command(module("ruff", "check", "--fix", "--quiet", "--exit-zero", ".", _BOOTSTRAP))
    run_command(module("ruff", "format", "--quiet", ".", _BOOTSTRAP))
    if importlib.util.find_spec(_GENERATED) is not None:
        run_command(module(_GENERATED))
        run_command(module(_PERMISSIONS))


def _checks() -> Iterator[tuple[str, Sequence[str]]]:
    """Name the checks and their commands."""
    yield "format", module("ruff", "format", "--check", ".", _BOOTSTRAP)
    yield "lint", module("ruff", "check", ".", _BOOTSTRAP)
    yield "types", module("mypy")
    yield "types of the bootstrap", module("mypy", _BOOTSTRAP)
    yield "import rules", program("lint-imports")
    if importlib.util.find_spec(_GENERATED) is not None:
        yield "generated pages", module(_GENERATED, "--check")
        yield "permissions of NATS", module(_PERMISSIONS, "--check")


def _fails(name: str, command: Sequence[str]) -> bool:
    """Run one check, and say how long it took."""
    began = time.monotonic()
    print(f"== {name}", flush=True)
    code = run_command(command)
    print(f"   {time.monotonic() - began:.1f} s", flush=True)
    return code != 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)
