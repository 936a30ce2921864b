"""`./tain channel` as a user types it, against the REST API over memory."""

import json

import pytest

from tests.support.packages import a_package
from tests.support.people import a_user
from tests.support.records import a_mirror
from tests.support.uploading_world import UploadingWorld
from tests.unit.client.served_tain import ServedTain, Shell


def test_a_channel_is_made_shown_and_listed(tain: ServedTain, admin: Shell) -> None:
    """With who owns it, and where clients read it."""
    made = admin.does("channel", "create", "main", "--private", "--description", "What production runs on")
    admin.does("channel", "create", "main/stage")

    assert made.splitlines() == [
        "main",
        "What production runs on",
        "privacy: private",
        "owners: admin",
        "published: nothing yet",
        f"clients read it at {tain.url}/api/repo/main",
    ]
    assert "subchannels: 1" in admin.does("channel", "show", "main")
    rows = [line.split() for line in admin.does("channel", "list").splitlines()[1:]]
    assert rows == [["main", "private", "0", "0", "-", "admin"], ["main/stage", "public", "0", "0", "-", "admin"]]
    assert [it["privacy"] for it in json.loads(admin.does("channel", "list", "--json"))] == ["private", "public"]
    assert json.loads(admin.does("channel", "show", "main", "--json"))["owners"] == ["admin"]


@pytest.mark.parametrize("privacy", ["private", "authenticated", "public"])
def test_who_may_read_it_is_changed(admin: Shell, privacy: str) -> None:
    """What is not typed stays."""
    admin.does("channel", "create", "main", "--description", "Ours")

    edited = admin.does("channel", "edit", "main", f"--{privacy}")

    assert edited.splitlines()[1:3] == ["Ours", f"privacy: {privacy}"]


def test_owners_are_replaced(tain: ServedTain, admin: Shell) -> None:
    """By all that are typed, who must be there."""
    tain.run(tain.ports.users.add(a_user("ann")))
    admin.does("channel", "create", "main")

    assert "owners: ann, admin" in admin.does("channel", "edit", "main", "--owner", "ann", "--owner", "admin")
    assert "there is no user 'nobody'" in admin.fails("channel", "edit", "main", "--owner", "nobody")


def test_channels_are_frozen_and_unfrozen(admin: Shell) -> None:
    """Again changes nothing."""
    admin.does("channel", "create", "main")
    admin.does("channel", "create", "main/stage")

    assert admin.does("channel", "freeze", "main", "main/stage").count("is frozen") == 2
    assert "frozen: clients read this revision" in admin.does("channel", "show", "main/stage")
    assert "main (frozen)" in admin.does("channel", "list")
    admin.does("channel", "freeze", "main")
    admin.does("channel", "unfreeze", "main", "main/stage")
    assert "frozen" not in admin.does("channel", "list")


def test_an_empty_channel_is_deleted_at_once(admin: Shell) -> None:
    """Nothing is lost with it."""
    admin.does("channel", "create", "main")

    assert admin.does("channel", "delete", "main") == "Deleted main.\n"
    assert admin.does("channel", "list").startswith("There are no channels that you may see;")


def test_what_is_in_a_channel_goes_only_where_that_is_meant(tain: ServedTain, admin: Shell) -> None:
    """Packages that people brought are nowhere else."""
    world = UploadingWorld()
    tain.stand_on(world)
    tain.run(world.upload(a_package("ours")))
    tain.run(world.fill())
    tain.run(world.publish())
    tain.run(world.records.mirrors.add(a_mirror()))
    admin.does("channel", "create", "main/stage")

    refused = admin.misuses("channel", "delete", "main")

    assert "main has 1 file, 1 mirror, 1 subchannel, which go with it; write --yes" in refused
    assert "published: revision 1, 1 file" in admin.does("channel", "show", "main")
    assert admin.does("channel", "delete", "main", "--yes").startswith("Deleted main, with 1 file")


def test_what_is_wrong_is_one_line(admin: Shell) -> None:
    """In the server's words, or before anything is sent."""
    admin.does("channel", "create", "main")

    assert "say what to change: --private" in admin.misuses("channel", "edit", "main")
    for arguments, words in (
        (("create", "main"), "there is a channel main already"),
        (("create", "Not a name"), "name"),
        (("create", "none/stage"), "there is no such channel"),
        (("create", "a/b/c"), "too many parts"),
        (("edit", "none", "--private"), "there is no such channel"),
        (("show", "none"), "there is no channel none that you may see"),
        (("delete", "none"), "there is no channel none that you may see"),
        (("freeze", "none"), "there is no such channel"),
    ):
        assert words in admin.fails("channel", *arguments)
    assert admin.types("channel", "edit", "main", "--private", "--public").code == 2


def test_a_stranger_sees_nothing_of_a_private_channel(admin: Shell, ann: Shell) -> None:
    """Neither in the list nor by name; and makes none."""
    admin.does("channel", "create", "main", "--private")
    admin.does("channel", "create", "open")

    assert [line.split()[0] for line in ann.does("channel", "list").splitlines()[1:]] == ["open"]
    assert "./tain login" in ann.fails("channel", "show", "main")
    assert "./tain login" in ann.fails("channel", "create", "mine")


def test_what_was_published_is_listed_compared_and_gone_back_to(tain: ServedTain, admin: Shell) -> None:
    """The list says why each revision was made; a preview changes nothing."""
    world = UploadingWorld([a_package("alpha")])
    tain.run(_publish_twice(world))
    tain.stand_on(world)

    listed = admin.does("channel", "revisions", "main").splitlines()
    preview = admin.does("channel", "rollback", "main", "--to", "1", "--preview")
    done = admin.does("channel", "rollback", "main", "--to", "1")

    assert [line.split()[0] for line in listed] == ["Revision", "2", "1"]
    assert ("+1 -1 ~0" in listed[1], "run 2 of forge" in listed[1]) == (True, True)
    assert "packages: 1 added, 1 removed, 0 changed" in preview
    assert done.splitlines()[0] == "main shows what revision 1 had, as revision 3."
    assert "frozen" in done
    assert "admin rolled back to 1" in admin.does("channel", "revisions", "main", "--limit", "1")
    assert "and 2 older" in admin.does("channel", "revisions", "main", "--limit", "1")


def test_what_a_revision_changed_is_shown_file_by_file(tain: ServedTain, admin: Shell) -> None:
    """Against the one before, any other, or nothing."""
    world = UploadingWorld([a_package("alpha")])
    tain.run(_publish_twice(world))
    tain.stand_on(world)

    changes = admin.does("channel", "changes", "main", "2").splitlines()

    assert changes[0] == "revision 2 against revision 1"
    assert [line.strip().split()[:2] for line in changes[3:]] == [
        ["-", "alpha"],
        ["-", a_package("alpha").path],
        ["+", "beta"],
        ["+", a_package("beta").path],
    ]
    assert admin.does("channel", "changes", "main", "1").startswith("revision 1 against nothing\n")
    assert "beta" not in admin.does("channel", "changes", "main", "2", "--search", "ALPHA")
    assert json.loads(admin.does("channel", "changes", "main", "2", "--against", "1", "--json"))["revision"] == 2
    assert json.loads(admin.does("channel", "revisions", "main", "--json"))["total_count"] == 2
    assert json.loads(admin.does("channel", "rollback", "main", "--to", "1", "--preview", "--json"))["against"] == 2
    assert json.loads(admin.does("channel", "rollback", "main", "--to", "1", "--json"))["revision"] == 3


def test_a_roll_back_that_can_not_be_is_one_plain_line(tain: ServedTain, admin: Shell) -> None:
    """Of a channel without revisions, and to one that there is not."""
    admin.does("channel", "create", "empty")
    assert admin.does("channel", "revisions", "empty") == "Nothing of empty was published yet.\n"
    assert "nothing to roll back to" in admin.fails("channel", "rollback", "empty", "--to", "1")
    world = UploadingWorld([a_package("alpha")])
    tain.run(_publish_twice(world))
    tain.stand_on(world)

    assert "has no revision 9" in admin.fails("channel", "rollback", "main", "--to", "9")
    assert "is what clients read now" in admin.fails("channel", "rollback", "main", "--to", "2")


async def _publish_twice(world: UploadingWorld) -> None:
    await world.mirrored()
    await world.publish()
    world.offer([a_package("beta")])
    await world.mirrored()
    await world.publish()
