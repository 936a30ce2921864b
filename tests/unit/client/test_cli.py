"""The command line itself: help, exit codes, one plain line for what goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from libs.client.cli import COMMANDS, main
from libs.client.tools import ROOT


def test_without_a_command_it_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing that anybody types."""
    assert main([]) == 0

    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert "./tain up" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is listed is there, and shows how it is used."""
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])

    assert left.value.code == 0
    assert f"examples:\n  ./tain {name}" in capsys.readouterr().out


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer lists what there is."""
    assert main(["mirorr"]) == 2
    assert capsys.readouterr().err.startswith("tain: there is no command 'mirorr'; the commands are up, login")


def test_a_failure_is_one_line_and_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts look at the code, people at the line."""
    assert main(["status", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--fetchers", "0"], "--fetchers must be from 1 to 64", id="no_fetchers"),
        pytest.param(["--port", "70000"], "--port must be from 0 to 65535", id="port_too_high"),
        pytest.param(["--allow-file-source", "/nowhere/at/all"], "is no folder", id="no_folder"),
    ],
)
def test_senseless_options_of_up_are_wrong_usage(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Better before the start than in a service's log."""
    assert main(["up", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", ["history", "dead-letters"])
@pytest.mark.parametrize("limit", ["0", "-3", "1001", "ten"])
def test_a_senseless_limit_is_wrong_usage(command: str, limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to show must mean that nothing is there."""
    with pytest.raises(SystemExit) as left:
        main([command, f"--limit={limit}"])

    assert left.value.code == 2
    assert f"must be from 1 to 1000, not '{limit}'" in capsys.readouterr().err


def test_the_list_of_commands_needs_no_library() -> None:
    """It is shown before the environment is made, by whatever Python is there."""
    bare = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {_LIST}"]
    shown = subprocess.run(bare, check=True, capture_output=True, text=True)

    assert "./tain up" in shown.stdout


_LIST = "from libs.client.cli import main; sys.exit(main(['--help']))"
