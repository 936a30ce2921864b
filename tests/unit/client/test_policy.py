"""`./tain policy` as a user types it, against the REST API over memory."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import yaml
from litestar import Litestar
from litestar.testing import TestClient

from libs.client.client import Client
from libs.client.commands.policy import COMMAND, VERBS
from libs.client.errors import ClientError, CommandFailed, UsageFailed
from libs.client.policies.policy_client import PolicyClient
from tests.support.policies import YAML_POLICY
from tests.support.records import a_channel, a_mirror
from tests.unit.api.harness import TOKEN, Web

Types = Callable[..., str]
URL = "http://testserver.local"


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient[Litestar]]:
    """Return a server with a channel `main`, and `main/stage` with a mirror `forge`."""
    web = Web()
    with TestClient(web.app, base_url=URL) as running, running.portal() as portal:
        portal.call(web.ports.channels.add, a_channel("main"))
        portal.call(web.ports.channels.add, a_channel("main/stage"))
        portal.call(web.ports.mirrors.add, a_mirror("forge", channel="main/stage"))
        yield running


@pytest.fixture
def types(server: TestClient[Litestar], capsys: pytest.CaptureFixture[str]) -> Iterator[Types]:
    """Return a way to type `./tain policy …` and to read what it says; no policy is left after."""
    client = PolicyClient(Client(URL, token=TOKEN, transport=server._transport))

    def type_(*arguments: str | Path) -> str:
        parser = ArgumentParser(prog="policy", allow_abbrev=False)
        COMMAND.add_options(parser)
        parsed = parser.parse_args([*map(str, arguments)])
        verb = VERBS[parsed.verb]
        assert verb.run(msgspec.convert(vars(parsed), verb.options), client) == 0
        return capsys.readouterr().out

    yield type_
    for channel, mirror in (("main", None), ("main/stage", None), ("main/stage", "forge")):
        client.unassign(channel, mirror=mirror)
    for policy in client.list():
        client.delete(policy.name)


@pytest.fixture
def freeze(server: TestClient[Litestar]) -> Iterator[Callable[[str], None]]:
    """Return a way to freeze a channel until the end of the test."""
    frozen = []

    def set_(channel: str, behavior: str) -> None:
        admin = {"Authorization": f"Bearer {TOKEN}"}
        sent = {"indexing_behavior": behavior}
        assert server.put(f"/api/channels/{channel}", json=sent, headers=admin).status_code == 200

    def freeze_(channel: str) -> None:
        frozen.append(channel)
        set_(channel, "frozen")

    yield freeze_
    for channel in frozen:
        set_(channel, "default")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Return a file with the policy `production`."""
    path = tmp_path / "production.yaml"
    path.write_bytes(YAML_POLICY)
    return path


def test_a_policy_is_made_of_options(types: Types) -> None:
    """And read back in plain words."""
    made = types("create", "servers", "--platform", "linux-64", "--license-not", "GPL,AGPL", "--description", "Ours.")
    shown = types("show", "servers")

    assert made.splitlines() == [
        "Made policy servers, revision 1 (2 rules)",
        "  platform     Keep only files for linux-64.",
        "  license-not  Leave out files under the license GPL or AGPL.",
    ]
    assert shown.splitlines()[0].startswith("servers, revision 1 of 2026-05-17")
    assert shown.splitlines()[1:3] == ["Ours.", "Assigned to: nothing; ./tain policy assign puts it to work"]
    assert shown.splitlines()[-1] == made.splitlines()[-1]


def test_a_policy_is_made_of_a_file(types: Types, document: Path) -> None:
    """Under its own name, or under another one."""
    assert types("create", "--file", document).startswith("Made policy production, revision 1 (4 rules)")
    assert types("create", "other", "--file", document).startswith("Made policy other, revision 1 (4 rules)")
    assert json.loads(types("show", "other", "--json"))["rule_count"] == 4


def test_an_edit_keeps_what_is_not_typed(types: Types) -> None:
    """A rule that is typed anew stays in its place; others are taken out by their ids."""
    types("create", "servers", "--platform", "linux-64", "--newest", "3", "--description", "Ours.")
    edited = types("edit", "servers", "--platform", "osx-64", "--exclude", "x", "--remove", "newest", "--name", "all")
    again = types("edit", "all", "--platform", "osx-64")
    plain = types("edit", "all", "--description", "")

    assert edited.splitlines() == [
        "Saved policy all, revision 2 (2 rules)",
        "  platform    Keep only files for osx-64.",
        "  exclusions  Leave out files matching x.",
    ]
    assert again.startswith("Nothing new in policy all, revision 2")
    assert plain.startswith("Saved policy all, revision 3")
    assert types("show", "all", "--revision", "1").splitlines()[1] == "Ours."


def test_a_difference_is_shown_rule_by_rule(types: Types) -> None:
    """What came, went and changed."""
    types("create", "servers", "--platform", "linux-64", "--newest", "3")
    types("edit", "servers", "--platform", "osx-64", "--exclude", "x", "--remove", "newest")

    assert types("diff", "servers", "1").splitlines() == [
        "From revision 1 to 2:",
        "+ exclusions: Leave out files matching x.",
        "- newest: Keep only files of the newest 3 versions.",
        "~ platform: Keep only files for osx-64.",
        "  was: Keep only files for linux-64.",
    ]
    assert types("diff", "servers", "2", "2").splitlines()[1:] == ["no rule differs"]
    assert json.loads(types("diff", "servers", "2", "1", "--json"))["from"] == 2


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_can_be_imported(types: Types, document: Path, tmp_path: Path, form: str) -> None:
    """On any server; what is there already is edited, and nothing where it is the same."""
    out = tmp_path / f"out.{form}"
    assert types("import", document).startswith("Made policy production")
    types("export", "production", "--format", form, "--output", out)
    assert types("import", out).startswith("Nothing new in policy production, revision 1")
    out.write_text(out.read_text().replace("14", "7"))

    assert types("import", out).startswith("Saved policy production, revision 2")
    assert "at least 7 days old" in types("show", "production")
    assert yaml.safe_load(types("export", "production", "--revision", "1")) == yaml.safe_load(YAML_POLICY)


def test_a_document_is_checked(types: Types, document: Path) -> None:
    """By the server, which stores nothing."""
    checked = types("validate", document)

    assert checked.startswith("Policy production can be saved (4 rules):\n  platforms  Keep only")
    assert types("list").startswith("There are no policies")


def test_policies_are_assigned_and_listed_with_their_places(types: Types) -> None:
    """Why one is in force is said each time."""
    types("create", "a")
    types("create", "b", "--newest", "1")

    assert types("assign", "a", "main") == (
        "Policy 'a' of channel main decides for all its mirrors without one of their own.\n"
    )
    assert types("assign", "b", "main/stage", "--mirror", "forge").splitlines() == [
        "Mirror 'forge' has a policy of its own.",
        "  newest  Keep only files of the newest version.",
    ]
    rows = [line.split() for line in types("list").splitlines()]
    assert [(row[0], row[-1]) for row in rows[1:]] == [("a", "main"), ("b", "forge)")]
    assert [item["name"] for item in json.loads(types("list", "--json"))] == ["a", "b"]
    assert "neither mirror 'forge' nor" in types("unassign", "main/stage", "--mirror", "forge").lower()
    assert json.loads(types("unassign", "main", "--json"))["policy"] is None
    assert types("delete", "a").startswith("Deleted policy a;")


def test_a_frozen_channel_is_named(types: Types, freeze: Callable[[str], None]) -> None:
    """Where a policy is assigned, saved and listed: what its clients read stays for now."""
    types("create", "a")
    freeze("main")

    assert "channel main is frozen" in types("assign", "a", "main")
    assert types("edit", "a", "--newest", "1").splitlines()[-1].startswith("Channel main is frozen: clients read")
    assert types("list").splitlines()[-1].endswith("main (frozen)")


def test_a_policy_without_rules_says_so(types: Types) -> None:
    """It lets everything in."""
    types("create", "open")

    assert "No rules: everything may enter." in types("show", "open")


def test_what_the_server_refuses_is_one_line(types: Types) -> None:
    """In its words."""
    types("create", "a")
    types("assign", "a", "main")
    for arguments, words in (
        (("create", "a"), "there is a policy 'a' already"),
        (("delete", "a"), "assigned to channel main"),
        (("show", "none"), "there is no policy 'none'"),
        (("create", "b", "--exclude", "numpy >=>1"), "rules[0].where.spec[0]"),
        (("create", "b", "--license", "NO SUCH"), "rules[0].where.license.in[0]"),
        (("create", "b", "--created-after", "today"), "rules[0].where.created.from"),
        (("assign", "none", "main"), "there is no policy 'none'"),
        (("assign", "a", "none"), "there is no such channel"),
        (("show", "a/b"), "no policy's name"),
        (("show", ".."), "no policy's name"),
    ):
        with pytest.raises(ClientError) as caught:
            types(*arguments)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)


def test_what_is_typed_wrong_is_said_before_anything_is_sent(types: Types, document: Path, tmp_path: Path) -> None:
    """Wrong usage, files that are not there, and documents that are none."""
    types("create", "a")
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"name": "x", "rulse": []}')
    for arguments, kind, words in (
        (("create",), UsageFailed, "--file"),
        (("create", "x", "--file", document, "--newest", "1"), UsageFailed, "leave out"),
        (("edit", "a", "--remove", "none"), UsageFailed, "has no rule 'none'"),
        (("create", "--file", tmp_path / "none"), CommandFailed, "none can't be read: No such file"),
        (("import", document, wrong), CommandFailed, "wrong.json: rulse: there is no such field"),
        (("export", "a", "--output", tmp_path), CommandFailed, "can't be written"),
        (("assign", "a", "main", "--mirror", "none"), CommandFailed, "has no mirror 'none'"),
    ):
        with pytest.raises(kind) as caught:
            types(*arguments)
        assert words in str(caught.value)
    assert [item["name"] for item in json.loads(types("list", "--json"))] == ["a"]


@pytest.mark.parametrize("name", VERBS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Which begin with the command."""
    parser = ArgumentParser()
    COMMAND.add_options(parser)
    with pytest.raises(SystemExit) as left:
        parser.parse_args([name, "--help"])

    assert left.value.code == 0
    assert f"examples:\n  ./tain policy {name}" in capsys.readouterr().out
