"""`./tain token` as a user types it, against the REST API over memory."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from libs.client.commands.token import VERBS
from tests.support.people import a_user
from tests.unit.api.harness import QUICK_HASHER
from tests.unit.client.served_tain import PASSWORD, ServedTain, Shell


@pytest.fixture
def signed_in(tain: ServedTain, ann: Shell) -> Shell:
    """Return the command line of `ann`, an author who owns the private channel `mine`."""
    tain.run(tain.ports.users.add(a_user("ann", password_hash=QUICK_HASHER.hash(PASSWORD))))
    ann.does("login", "--username", "ann", "--password-stdin", stdin=PASSWORD)
    ann.does("channel", "create", "mine", "--private")
    ann.does("channel", "create", "mine/stage", "--private")
    return ann


def _by(token: str, tmp_path: Path) -> tuple[str, ...]:
    """Return the options by which a command shows a token."""
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    return ("--token-file", str(file))


def test_a_token_opens_its_channel_and_is_shown_once(signed_in: Shell, tmp_path: Path) -> None:
    """And no other channel; the list never has its value."""
    token = signed_in.does("token", "create", "laptop", "--channel", "mine", "--quiet").strip()
    by = _by(token, tmp_path)

    assert len(token) == 48
    assert signed_in.does("channel", "show", "mine", *by).startswith("mine\n")
    signed_in.fails("channel", "show", "mine/stage", *by)
    signed_in.fails("channel", "edit", "mine", "--public", *by)
    listed = signed_in.does("token", "list")
    assert token not in listed
    in_30_days = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert listed.splitlines()[1].split()[:3] == ["laptop", "resource", "mine=read"]
    assert in_30_days in listed
    assert signed_in.does("token", "info", *by) == f"ends on {in_30_days}\n"


def test_a_token_may_open_several_channels_each_at_its_level(signed_in: Shell, tmp_path: Path) -> None:
    """As they are typed."""
    typed = ("--channel", "mine=read", "--channel", "mine/stage=manage", "--days", "1")
    made = json.loads(signed_in.does("token", "create", "ci", *typed, "--json"))
    by = _by(made["token"], tmp_path)

    assert "frozen" in signed_in.does("channel", "freeze", "mine/stage", *by)
    signed_in.fails("channel", "freeze", "mine", *by)
    (shown,) = json.loads(signed_in.does("token", "list", "--json"))
    assert [(it["channel"], it["subchannel"], it["level"]) for it in shown["resources"]] == [
        ("mine", None, "read"),
        ("mine", "stage", "manage"),
    ]
    assert shown["id"] == made["id"]


def test_a_token_may_carry_scopes(signed_in: Shell, tmp_path: Path) -> None:
    """Of those that are listed."""
    scopes = signed_in.does("token", "scopes").split()
    assert {"channel:view", "artifact:create"} <= set(scopes)
    assert json.loads(signed_in.does("token", "scopes", "--json")) == scopes

    token = signed_in.does("token", "create", "ci", "--scope", "channel:view", "--quiet").strip()

    assert "mine" in signed_in.does("channel", "list", *_by(token, tmp_path))
    signed_in.fails("channel", "create", "another", *_by(token, tmp_path))


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ("conda", "-c {url}/t/{token}/api/repo/mine PACKAGE"),
        ("pixi", "pixi auth login {host} --conda-token {token}"),
        ("pip", "pip install --index-url http://{token}:x-auth-token@{host}/api/repo/mine/simple/ PACKAGE"),
        ("uv", "--default-index http://{token}:x-auth-token@{host}/api/repo/mine/simple/ PACKAGE"),
        ("twine", "TWINE_REPOSITORY_URL={url}/api/repo/mine TWINE_USERNAME={token} TWINE_PASSWORD=x-auth-token"),
        ("r", 'options(repos = c(Tain = "http://{token}:x-auth-token@{host}/api/repo/mine/cran"))'),
    ],
)
def test_package_clients_are_told_in_their_own_words(
    tain: ServedTain, signed_in: Shell, client: str, words: str
) -> None:
    """To copy, below the token."""
    said = signed_in.does("token", "create", "laptop", "--channel", "mine", "--for", client)

    token = said.split()[0]
    assert words.format(url=tain.url, host=tain.url.removeprefix("http://"), token=token) in said
    assert "This is shown once" in said


def test_a_token_gets_a_new_value_and_is_revoked(signed_in: Shell, tmp_path: Path) -> None:
    """By its name or its id; the old value is worth nothing."""
    made = json.loads(signed_in.does("token", "create", "laptop", "--channel", "mine", "--json"))
    newer = signed_in.does("token", "refresh", "laptop", "--quiet").strip()

    assert "revoked" in signed_in.fails("whoami", *_by(made["token"], tmp_path))
    assert signed_in.does("whoami", *_by(newer, tmp_path)).startswith("ann")
    assert signed_in.does("token", "revoke", made["id"]) == "Revoked laptop.\n"
    signed_in.fails("whoami", *_by(newer, tmp_path))
    assert signed_in.does("token", "list").startswith("There are no tokens;")


def test_a_channels_service_account_has_tokens_of_its_own(signed_in: Shell, tmp_path: Path) -> None:
    """The account is made with the first of them."""
    account = ("--service-account", "mine")
    typed = (*account, "--level", "write", "--days", "7")
    assert "./tain token create" in signed_in.fails("token", "list", *account)

    token = signed_in.does("token", "create", "nightly", *typed, "--quiet").strip()
    signed_in.does("token", "create", "other", *account)

    assert "mine" in signed_in.does("channel", "show", "mine", *_by(token, tmp_path))
    signed_in.fails("channel", "show", "mine/stage", *_by(token, tmp_path))
    listed = signed_in.does("token", "list", *account).splitlines()[1:]
    assert [line.split()[:3] for line in listed] == [
        ["nightly", "resource", "mine=write"],
        ["other", "resource", "mine=read"],
    ]
    assert signed_in.does("token", "list").startswith("There are no tokens;")
    newer = signed_in.does("token", "refresh", "nightly", *account, "--quiet").strip()
    signed_in.does("token", "revoke", "nightly", "other", *account)
    signed_in.fails("channel", "show", "mine", *_by(newer, tmp_path))


def test_a_token_makes_no_token(signed_in: Shell, tmp_path: Path) -> None:
    """It would outlive its being revoked."""
    token = signed_in.does("token", "create", "laptop", "--channel", "mine=manage", "--quiet").strip()

    refused = signed_in.fails("token", "create", "more", "--channel", "mine", *_by(token, tmp_path))

    assert "./tain login" in refused


def test_what_the_server_refuses_is_one_line(admin: Shell, signed_in: Shell) -> None:
    """In its words."""
    admin.does("channel", "create", "theirs", "--private")
    admin.does("channel", "create", "open")
    signed_in.does("token", "create", "laptop", "--channel", "mine")
    for arguments, words in (
        (("create", "laptop", "--channel", "mine"), "there is a token 'laptop' already"),
        (("create", "x", "--channel", "theirs"), "there is no channel theirs that you may read"),
        (("create", "x", "--channel", "open=manage"), "you can't give manage on open"),
        (("create", "x", "--channel", "a/b/c"), "a/b/c"),
        (("create", "x", "--scope", "roles:edit"), "you can't give roles:edit"),
        (("create", "x", "--channel", "mine", "--expires", "2020-01-01"), "has passed"),
        (("create", "x", "--channel", "mine", "--expires", "soon"), "expires_at"),
        (("create", "x", "--channel", "mine", "--days", "99999"), "at most 3650 days"),
        (("create", "a/b", "--channel", "mine"), "name"),
        (("revoke", "none"), "there is no token 'none'"),
        (("refresh", "none"), "there is no token 'none'"),
        (("create", "x", "--service-account", "open"), "./tain login"),
    ):
        assert words in signed_in.fails("token", *arguments), arguments


def test_what_makes_no_sense_is_said_before_anything_is_sent(signed_in: Shell) -> None:
    """With code 2."""
    for arguments, words in (
        (("x",), "--channel, or scopes with --scope"),
        (("x", "--channel", "a", "--scope", "b"), "not both"),
        (("x", "--channel", "a=all"), "after the = stands one of"),
        (("x", "--channel", "a", "--level", "read"), "--channel CHANNEL=LEVEL"),
        (("x", "--channel", "a", "--days", "0"), "--days must be"),
        (("x", "--service-account", "a", "--channel", "b"), "leave out"),
    ):
        assert words in signed_in.misuses("token", "create", *arguments)
    assert signed_in.types("token", "create", "x", "--channel", "a", "--days", "9" * 30).code == 2


@pytest.mark.parametrize("name", VERBS)
def test_every_command_has_help_with_examples(ann: Shell, name: str) -> None:
    """Which begin with the command."""
    assert f"examples:\n  ./tain token {name}" in ann.does("token", name, "--help")
