"""`./tain login`, `logout` and `whoami` as a user types them, against the REST API over memory."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from libs.client.signing_in.saved import SavedSignIns
from tests.support.people import a_user
from tests.support.real_data import ROOT
from tests.unit.api.harness import QUICK_HASHER
from tests.unit.client.served_tain import PASSWORD, ServedTain, Shell

_TIMEOUT_S = 60


def _saved(shell: Shell) -> SavedSignIns:
    return SavedSignIns(shell.home / "config" / "tain")


@pytest.fixture
def with_ann(tain: ServedTain) -> ServedTain:
    """Return the server with a user `ann`, an author."""
    tain.run(tain.ports.users.add(a_user("ann", password_hash=QUICK_HASHER.hash(PASSWORD))))
    return tain


def test_who_signs_in_is_known_from_then_on(with_ann: ServedTain, ann: Shell) -> None:
    """To every command at that server, without a word."""
    said = ann.does("login", "--username", "ann", "--password-stdin", stdin=f"{PASSWORD}\n")

    assert said == f"Signed in at {with_ann.url} as ann (author).\n"
    assert ann.does("whoami").splitlines()[:2] == [f"ann at {with_ann.url}", "roles: author"]
    assert json.loads(ann.does("whoami", "--json"))["username"] == "ann"
    assert ann.does("whoami", "--url", f"{with_ann.url}/api/").startswith("ann at")


def test_a_password_may_lie_in_a_file(with_ann: ServedTain, ann: Shell, tmp_path: Path) -> None:
    """And the server be named in the place where it is typed first."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")

    said = ann.does("login", with_ann.url, "--username", "ann", "--password-file", tmp_path / "password", "--json")

    assert json.loads(said)["username"] == "ann"
    assert PASSWORD not in _saved(ann).path.read_text()


def test_signing_out_ends_it_here_and_at_the_server(with_ann: ServedTain, ann: Shell) -> None:
    """What somebody had copied of it is worth nothing."""
    ann.does("login", "--username", "ann", "--password-stdin", stdin=PASSWORD)
    copied = _saved(ann).get(with_ann.url)

    assert ann.does("logout") == f"Signed out at {with_ann.url}.\n"
    assert ann.does("logout") == f"Nobody was signed in at {with_ann.url}.\n"
    assert "./tain login" in ann.fails("whoami")
    assert copied is not None
    _saved(ann).put(copied)
    assert "ended" in ann.fails("whoami")


def test_all_sign_ins_are_ended_at_once(with_ann: ServedTain, ann: Shell) -> None:
    """Wherever they were."""
    ann.does("login", "--username", "ann", "--password-stdin", stdin=PASSWORD)

    assert ann.does("logout", "--all") == f"Signed out at {with_ann.url}.\n"
    assert ann.does("logout", "--all") == "Nobody is signed in.\n"


def test_a_sign_in_goes_on_by_itself(with_ann: ServedTain, ann: Shell) -> None:
    """When its token ended, the next one is got."""
    ann.does("login", "--username", "ann", "--password-stdin", stdin=PASSWORD)
    before = _saved(ann).get(with_ann.url)
    assert before is not None
    _saved(ann).put(msgspec.structs.replace(before, expires_at=0.0))

    assert ann.does("whoami").startswith("ann at")

    after = _saved(ann).get(with_ann.url)
    assert after is not None
    assert after.refresh_token != before.refresh_token


@pytest.mark.usefixtures("with_ann")
def test_too_many_failures_say_how_long_to_wait(ann: Shell) -> None:
    """Also to who then knows the password; the name of nobody is told the same."""
    for name in ("ann", "nobody"):
        login = ("login", "--username", name, "--password-stdin")
        for _ in range(5):
            assert ann.fails(*login, stdin="wrong") == "tain: the user name or the password is wrong"

        refused = ann.fails(*login, stdin=PASSWORD)

        assert refused.startswith("tain: too many sign-ins failed; wait before the next one; try again in ")
        assert refused.endswith(" seconds")


def test_who_is_disabled_is_told_so(with_ann: ServedTain, ann: Shell) -> None:
    """The right password shows that it is theirs to know."""
    with_ann.run(with_ann.ports.users.update("id-of-ann", {"is_disabled": True}))

    refused = ann.fails("login", "--username", "ann", "--password-stdin", stdin=PASSWORD)

    assert refused == "tain: the account ann is disabled; ask your administrator"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("login", "http://a.example", "--url", "http://b.example"), "name the server once"),
        (("login", "--client-id", "x"), "go together"),
        (("login", "--client-id", "x", "--client-secret-file", "y"), "has no OpenID provider"),
        (("login",), "use --username"),
        (("logout", "--all", "http://a.example"), "or write --all"),
    ],
)
def test_what_makes_no_sense_is_said(ann: Shell, arguments: tuple[str, ...], words: str) -> None:
    """In one line, with code 2."""
    assert words in ann.misuses(*arguments)


def test_without_a_password_nothing_is_sent(ann: Shell) -> None:
    """And it is said what is missing."""
    login = ("login", "--username", "ann")

    assert "--password-stdin" in ann.fails(*login)
    assert "no password was given" in ann.fails(*login, "--password-stdin")
    assert "can't be read" in ann.fails(*login, "--password-file", "not-there")
    assert "./tain up" in ann.fails("login", "http://127.0.0.1:1")


@pytest.fixture
def on_terminal(ann: Shell) -> Callable[..., tuple[int, str]]:
    """Return a way to type a command on a terminal, a line for each question."""

    def type_(*arguments: str, lines: tuple[str, ...]) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "libs.client", *arguments],
            env=os.environ | ann.environ | {"PYTHONPATH": str(ROOT)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            # Without a terminal of its own it asks on standard input.
            start_new_session=True,
        )
        os.close(theirs)
        try:
            said = "".join(_answered(ours, lines))
            return process.wait(_TIMEOUT_S), said
        finally:
            process.kill()
            process.wait()
            os.close(ours)

    return type_


def _answered(terminal: int, lines: tuple[str, ...]) -> Iterator[str]:
    """Yield what is written to a terminal, and type a line after each question, which ends with a colon."""
    left = iter(lines)
    while True:
        try:
            part = os.read(terminal, 4096).decode()
        except OSError:  # as Linux tells that the other end is closed
            return
        if not part:
            return
        yield part
        if part.endswith(": "):
            os.write(terminal, f"{next(left)}\n".encode())


@pytest.mark.parametrize(
    ("tries", "code"), [(("wrong", PASSWORD), 0), (("wrong",) * 3, 1), (("\x04",), 1)], ids=["second", "none", "left"]
)
def test_who_mistypes_is_asked_again(
    with_ann: ServedTain, on_terminal: Callable[..., tuple[int, str]], tries: tuple[str, ...], code: int
) -> None:
    """Twice, and nothing of what was typed is shown."""
    ended, said = on_terminal("login", "--username", "ann", lines=tries)

    assert ended == code, said
    assert PASSWORD not in said
    assert "Traceback" not in said
    assert said.count("the user name or the password is wrong") == tries.count("wrong")
    assert (f"Signed in at {with_ann.url} as ann" in said) is (code == 0)
