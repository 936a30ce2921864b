"""`./tain user`, `role` and `group` as a user types them, against the REST API over memory."""

import json
from pathlib import Path

import pytest

from libs.client.commands import group, role, user
from tests.unit.client.served_tain import PASSWORD, Shell


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table, by blanks, without its head."""
    return [line.split() for line in text.splitlines()[1:]]


def signs_in(shell: Shell, name: str, password: str = PASSWORD) -> str:
    """Sign somebody in."""
    return shell.does("login", "--username", name, "--password-stdin", stdin=password)


def test_a_user_is_made_and_signs_in(admin: Shell, ann: Shell) -> None:
    """With the roles and groups that were typed; without roles as an author."""
    admin.does("group", "create", "science")
    typed = ("--role", "author", "--role", "admin", "--group", "science", "--email", "ann@example.org")
    made = admin.does("user", "create", "ann", *typed, "--password-stdin", stdin=f"{PASSWORD}\n")
    admin.does("user", "create", "bob", "--no-password")

    assert rows(made)[0][:2] == ["ann", "author,"]
    assert signs_in(ann, "ann").endswith("as ann (author, admin).\n")
    shown = json.loads(admin.does("user", "show", "ann", "--json"))
    assert (shown["groups"], shown["email"], shown["signs_in_by"]) == (["science"], "ann@example.org", "password")
    listed = [
        (it["username"], it["roles"], it["signs_in_by"]) for it in json.loads(admin.does("user", "list", "--json"))
    ]
    assert listed[1:] == [("ann", ["author", "admin"], "password"), ("bob", ["author"], "none")]
    assert [row[0] for row in rows(admin.does("user", "list"))] == ["admin", "ann", "bob"]


def test_a_user_is_edited(admin: Shell) -> None:
    """What is typed is replaced, what is not stays."""
    admin.does("user", "create", "ann", "--no-password", "--email", "ann@example.org")

    admin.does("user", "edit", "ann", "--no-roles", "--email", "a@example.org")
    shown = json.loads(admin.does("user", "edit", "ann", "--role", "admin", "--json"))

    assert (shown["roles"], shown["email"]) == (["admin"], "a@example.org")


def test_who_is_disabled_is_kept_out_until_enabled(admin: Shell, ann: Shell) -> None:
    """Sign-ins that were there included."""
    admin.does("user", "create", "ann", "--password-stdin", stdin=PASSWORD)
    signs_in(ann, "ann")

    assert admin.does("user", "disable", "ann") == "ann is kept out.\n"
    assert "./tain login" in ann.fails("whoami")
    assert "ann (disabled)" in admin.does("user", "list")
    assert admin.does("user", "enable", "ann") == "ann is let in again.\n"
    signs_in(ann, "ann")
    assert ann.does("whoami").startswith("ann")


def test_passwords_are_changed(admin: Shell, ann: Shell, tmp_path: Path) -> None:
    """One's own, which leaves one signed in, and somebody's, which does not."""
    (tmp_path / "old").write_text(PASSWORD)
    admin.does("user", "create", "ann", "--password-stdin", stdin=PASSWORD)
    signs_in(ann, "ann")
    own = ("user", "password", "--old-password-file", tmp_path / "old", "--password-stdin")

    assert ann.does(*own, stdin="another horse").startswith("Your password is changed;")
    assert ann.does("whoami").startswith("ann")
    assert "wrong" in ann.fails(*own, stdin="a third horse")
    assert "at least 8" in admin.fails("user", "password", "ann", "--password-stdin", stdin="short")
    said = admin.does("user", "password", "ann", "--password-stdin", stdin="a fourth horse")
    assert said.startswith("The password of ann is changed")
    assert "./tain login" in ann.fails("whoami")
    signs_in(ann, "ann", "a fourth horse")


def test_a_user_who_owns_channels_is_not_deleted_before_they_are_given_away(admin: Shell, ann: Shell) -> None:
    """Or somebody is named who gets them."""
    admin.does("user", "create", "ann", "--password-stdin", stdin=PASSWORD)
    signs_in(ann, "ann")
    ann.does("channel", "create", "mine", "--private")

    refused = admin.fails("user", "delete", "ann")
    assert refused.startswith("tain: ann alone owns ann, mine; say who shall own them with --reassign-to NAME")
    assert admin.does("user", "delete", "ann", "--reassign-to", "admin") == "Removed ann, with all tokens.\n"
    assert "owners: admin" in admin.does("channel", "show", "mine")


def test_a_role_is_made_edited_given_and_deleted(admin: Shell, ann: Shell) -> None:
    """Levels that are not typed stay as they are."""
    admin.does("user", "create", "ann", "--password-stdin", "--no-roles", stdin=PASSWORD)
    made = admin.does("role", "create", "curator", "--level", "channel=write", "--description", "Makes channels")

    assert rows(made)[0] == ["curator", "channel=write", "none", "Makes", "channels"]
    admin.does("role", "edit", "curator", "--level", "policy=read")
    shown = json.loads(admin.does("role", "show", "curator", "--json"))
    assert {word: level for word, level in shown["levels"].items() if level != "none"} == {
        "channel": "write",
        "policy": "read",
    }
    admin.does("user", "edit", "ann", "--role", "curator")
    signs_in(ann, "ann")
    ann.does("channel", "create", "mine")
    assert "ann" in admin.fails("role", "delete", "curator")
    admin.does("user", "edit", "ann", "--no-roles")
    assert admin.does("role", "delete", "curator") == "Removed the role curator.\n"
    assert admin.does("role", "list").count("(built in)") == 3
    assert [it["name"] for it in json.loads(admin.does("role", "list", "--json"))] == ["everyone", "author", "admin"]


def test_a_group_is_made_filled_and_let_into_a_channel(admin: Shell, ann: Shell) -> None:
    """And taken off again, with what its members saw by it."""
    admin.does("user", "create", "ann", "--password-stdin", stdin=PASSWORD)
    admin.does("channel", "create", "main", "--private")
    signs_in(ann, "ann")
    admin.does("group", "create", "science", "--description", "The labs", "--role", "author")
    assert "./tain channel list" in ann.fails("channel", "show", "main")

    assert admin.does("group", "add", "science", "ann", "admin").splitlines()[0] == "ann is in science."
    assert admin.does("group", "grant", "science", "main", "read").startswith("Members of science may read in main")

    assert ann.does("channel", "show", "main").startswith("main\n")
    assert rows(admin.does("group", "list", "--channel", "main")) == [["science", "read"]]
    assert json.loads(admin.does("group", "list", "--channel", "main", "--json")) == [
        {"name": "science", "level": "read"}
    ]
    assert rows(admin.does("group", "show", "science"))[0][:2] == ["science", "admin,"]
    assert "main" in admin.fails("group", "delete", "science")
    admin.does("group", "revoke", "science", "main")
    ann.fails("channel", "show", "main")
    admin.does("group", "remove", "science", "ann", "admin")
    admin.does("group", "edit", "science", "--description", "Nobody")
    assert json.loads(admin.does("group", "list", "--json"))[0]["members"] == []
    admin.does("group", "delete", "science")
    assert admin.does("group", "list").startswith("There are no groups;")


def test_what_the_server_refuses_is_one_line(admin: Shell) -> None:
    """In its words."""
    admin.does("user", "create", "ann", "--no-password")
    admin.does("group", "create", "science")
    for arguments, words in (
        (("user", "create", "ann", "--no-password"), "there is a user ann already"),
        (("user", "create", "a b", "--no-password"), "name"),
        (("user", "create", "bob", "--no-password", "--role", "none"), "none"),
        (("user", "create", "bob", "--no-password", "--email", "nowhere"), "email"),
        (("user", "show", "nobody"), "there is no user"),
        (("user", "create", "bob", "--no-password", "--role", "everyone"), "leave it out"),
        (("user", "delete", "admin"), "administrator"),
        (("user", "disable", "admin"), "administrator"),
        (("role", "edit", "author", "--level", "cve=write"), "author"),
        (("role", "create", "author"), "author"),
        (("role", "show", "none"), "there is no role"),
        (("group", "create", "science"), "science"),
        (("group", "add", "science", "nobody"), "there is no user"),
        (("group", "grant", "science", "none", "read"), "no such channel"),
    ):
        assert words in admin.fails(*arguments), arguments
    admin.does("channel", "create", "main")
    assert "there is no group" in admin.fails("group", "grant", "none", "main", "read")


def test_what_makes_no_sense_is_said_before_anything_is_sent(admin: Shell) -> None:
    """With code 2."""
    for arguments, words in (
        (("user", "create", "ann", "--no-password", "--password-stdin"), "--no-password"),
        (("user", "edit", "ann"), "say what to change"),
        (("user", "edit", "ann", "--role", "a", "--no-roles"), "--no-roles"),
        (("user", "password", "ann", "--old-password-file", "x"), "leave out NAME"),
        (("role", "create", "x", "--level", "chanel=write"), "channel.mirror"),
        (("role", "create", "x", "--level", "channel"), "CATEGORY=LEVEL"),
        (("role", "edit", "author"), "say what to change"),
        (("group", "edit", "science"), "say what to change"),
    ):
        assert words in admin.misuses(*arguments)
    assert admin.types("group", "grant", "science", "main", "all").code == 2
    assert "--password-stdin" in admin.fails("user", "create", "ann")


def test_who_may_not_is_told_so(admin: Shell, ann: Shell) -> None:
    """An author manages nobody."""
    admin.does("user", "create", "ann", "--password-stdin", stdin=PASSWORD)
    signs_in(ann, "ann")

    for arguments in (("user", "list"), ("role", "create", "x"), ("group", "create", "x")):
        assert "./tain login" in ann.fails(*arguments)


@pytest.mark.parametrize(
    "verb", [f"{word} {name}" for word, it in (("user", user), ("role", role), ("group", group)) for name in it.VERBS]
)
def test_every_command_has_help_with_examples(admin: Shell, verb: str) -> None:
    """Which begin with the command."""
    assert f"examples:\n  ./tain {verb}" in admin.does(*verb.split(), "--help")
