"""`./tain upload` and `./tain packages` as a user types them, against the REST API over memory."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.client.commands.packages import VERBS
from libs.common.domain.mirror import Filters, MirrorMode
from tests.support.packages import Package, a_package
from tests.support.people import a_user
from tests.support.python_packages import a_wheel
from tests.support.records import a_channel
from tests.support.uploading_world import UploadingWorld
from tests.unit.api.harness import QUICK_HASHER
from tests.unit.client.served_tain import PASSWORD, ServedTain, Shell

ALPHA, NEWER, BETA = a_package("alpha", "1.0"), a_package("alpha", "2.0"), a_package("beta", "0.5")
OURS, OTHER_OURS = a_package("ours", "3.0"), a_package("ours", "3.0", license_name="BSD-3-Clause")
WHEEL = a_wheel("Our.Tool", "1.0")


@pytest.fixture
def world(tain: ServedTain) -> UploadingWorld:
    """Return a world whose channel `main` mirrors alpha and beta, with an empty subchannel `stage`."""
    world = UploadingWorld((), filters=Filters(subdirs=("noarch",)), mode=MirrorMode.PASSIVE)
    world.offer((ALPHA, NEWER, BETA))
    tain.run(world.mirrored())
    tain.run(world.publish())
    tain.run(world.records.channels.add(a_channel("main/stage")))
    tain.stand_on(world)
    return world


@pytest.fixture
def published(tain: ServedTain, world: UploadingWorld) -> Callable[[], None]:
    """Return a way to let the scheduler and the indexer do their work."""

    def publish() -> None:
        tain.run(world.fill())
        tain.run(world.publish())

    return publish


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[[Package], Path]:
    """Return a way to have a package as a file."""

    def write(package: Package) -> Path:
        path = tmp_path / package.filename
        path.write_bytes(package.data)
        return path

    return write


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table, by blanks, without its head."""
    return [line.split() for line in text.splitlines()[1:]]


@pytest.mark.usefixtures("world")
def test_packages_and_their_files_are_listed_and_found(admin: Shell) -> None:
    """Page by page, and as JSON for scripts."""
    assert rows(admin.does("packages", "list", "main")) == [
        ["alpha", "2.0", "conda", "main", "2", "0"],
        ["beta", "0.5", "conda", "main", "1", "0"],
    ]
    assert admin.does("packages", "list", "main", "--limit", "1").splitlines()[-1].startswith("and 1 more;")
    assert rows(admin.does("packages", "list", "main", "--offset", "1"))[0][0] == "beta"
    assert rows(admin.does("packages", "search", "ET"))[0][0] == "beta"
    assert admin.does("packages", "search", "none").startswith("No channel that you may see")
    assert json.loads(admin.does("packages", "search", "al", "--json"))["items"][0]["file_count"] == 2
    files = rows(admin.does("packages", "files", "main", "alpha"))
    assert [(row[0], row[-1]) for row in files] == [(ALPHA.path, "passive"), (NEWER.path, "passive")]
    assert json.loads(admin.does("packages", "files", "main", "alpha", "--json"))[0]["ckey"] == ALPHA.path
    assert admin.does("packages", "files", "main", "none") == "main has no package none of the family conda.\n"
    assert admin.does("packages", "list", "main/stage") == "main/stage has no packages.\n"


def test_files_are_uploaded(
    admin: Shell, file_of: Callable[[Package], Path], published: Callable[[], None], tmp_path: Path
) -> None:
    """Of any ecosystem; the same again changes nothing, other bytes are refused unless that is meant."""
    wheel = tmp_path / WHEEL.filename
    wheel.write_bytes(WHEEL.data)

    said = admin.does("upload", file_of(OURS), wheel, "--channel", "main")
    published()

    assert said.splitlines() == [f"{OURS.path} is in main", f"{WHEEL.ckey} is in main"]
    assert {row[0] for row in rows(admin.does("packages", "list", "main"))} == {"alpha", "beta", "our-tool", "ours"}
    assert rows(admin.does("packages", "files", "main", "ours"))[0][-1] == "active"
    admin.does("upload", file_of(OURS), "--channel", "main")
    assert OTHER_OURS.filename in admin.fails("upload", file_of(OTHER_OURS), "--channel", "main")
    (stored,) = json.loads(admin.does("upload", file_of(OTHER_OURS), "--channel", "main", "--overwrite", "--json"))
    assert stored["ckey"] == OURS.path


def test_a_file_that_is_refused_stops_no_other(
    admin: Shell, file_of: Callable[[Package], Path], tmp_path: Path
) -> None:
    """Each has its line."""
    broken = tmp_path / "broken-1.0-0.conda"
    broken.write_bytes(b"no archive")
    admin.does("channel", "create", "main")

    said = admin.types("upload", broken, file_of(OURS), "--channel", "main")

    assert said.code == 1
    assert said.out == f"{OURS.path} is in main\n"
    assert said.err.startswith("tain: broken-1.0-0.conda: ")
    assert said.err.count("\n") == 1


def test_an_sbom_is_told_whose_it_is(admin: Shell, file_of: Callable[[Package], Path], tmp_path: Path) -> None:
    """By the path of a file of the channel."""
    sbom = tmp_path / "ours.json"
    sbom.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6"}')
    admin.does("channel", "create", "main")
    admin.does("upload", file_of(OURS), "--channel", "main")
    typed = ("upload", sbom, "--channel", "main", "--type", "sbom")

    assert admin.does(*typed, "--of", OURS.path).endswith(" is in main\n")
    assert "ours.json: " in admin.fails(*typed, "--of", "noarch/none-1.0-0.conda")


def test_without_a_channel_the_default_one_is_meant(
    tain: ServedTain, ann: Shell, file_of: Callable[[Package], Path]
) -> None:
    """Which everybody gets with the first sign-in."""
    tain.run(tain.ports.users.add(a_user("ann", password_hash=QUICK_HASHER.hash(PASSWORD))))
    ann.does("login", "--username", "ann", "--password-stdin", stdin=PASSWORD)

    assert ann.does("upload", file_of(OURS)) == f"{OURS.path} is in ann\n"
    ann.does("channel", "create", "mine")
    assert ann.does("channel", "default", "mine") == "Uploads that name no channel go to mine.\n"
    assert ann.does("whoami").splitlines()[-1] == "default channel: mine"
    assert ann.does("upload", file_of(OURS)) == f"{OURS.path} is in mine\n"
    ann.does("channel", "default", "--none")
    assert "name one with --channel" in ann.fails("upload", file_of(OURS))
    assert "or write --none" in ann.misuses("channel", "default")
    assert "there is no channel none" in ann.fails("channel", "default", "none")


@pytest.mark.usefixtures("world")
def test_packages_are_copied_moved_and_removed(
    admin: Shell, file_of: Callable[[Package], Path], published: Callable[[], None]
) -> None:
    """Whole ones, and single files; each is followed to its end."""
    admin.does("upload", file_of(OURS), "--channel", "main")
    published()

    copied = admin.does("packages", "copy", "main", f"alpha::{ALPHA.path}", "beta", "--to", "main/stage")
    moved = json.loads(admin.does("packages", "move", "main", "ours", "--to", "main/stage", "--json"))

    assert copied == f"Copied {ALPHA.path}, beta to main/stage.\n"
    assert (moved["status"], moved["done"], moved["failures"]) == ("done", 1, [])
    assert admin.does("packages", "remove", "main/stage", "ours") == "Removed ours from main/stage.\n"
    assert "has no such package" in admin.fails("packages", "remove", "main/stage", "ours")


@pytest.mark.usefixtures("world")
def test_what_was_taken_out_is_listed_and_let_in_again(admin: Shell) -> None:
    """By a package's name, a file's path, or the id of the removal."""
    assert admin.does("packages", "removals", "main") == "Nothing was taken out of main by hand.\n"
    admin.does("packages", "remove", "main", "beta", f"alpha::{ALPHA.path}")

    shown = rows(admin.does("packages", "removals", "main"))
    removals = json.loads(admin.does("packages", "removals", "main", "--json"))

    assert [row[:3] for row in shown] == [[ALPHA.path, "admin", shown[0][2]], ["all", "of", "beta"]]
    assert [(it["name"], it["ckey"], it["by"]) for it in removals] == [
        ("alpha", ALPHA.path, "admin"),
        ("beta", None, "admin"),
    ]
    said = admin.does("packages", "restore", "main", "beta", removals[0]["id"])
    assert said == f"beta is let in again.\n{ALPHA.path} is let in again.\n"
    assert "'beta' was not taken out of main" in admin.fails("packages", "restore", "main", "beta")


def test_a_job_that_can_not_do_all_says_what_it_could_not(
    tain: ServedTain, world: UploadingWorld, admin: Shell
) -> None:
    """In a line each, with code 1."""
    world.upstream.files.pop(next(url for url in world.upstream.files if url.endswith(BETA.path)))

    said = admin.types("packages", "copy", "main", "alpha", "beta", "--to", "main/stage")

    assert said.code == 1
    assert said.out == "Copied alpha, beta to main/stage, but for 1 file.\n"
    assert said.err.startswith(f"tain: {BETA.path}: ")
    staged = tain.run(world.records.uploads.list("id-of-main/stage"))
    assert {upload.ckey for upload in staged} == {ALPHA.path, NEWER.path}


@pytest.mark.usefixtures("world")
def test_what_is_wrong_is_one_line(admin: Shell, ann: Shell, tmp_path: Path) -> None:
    """In the server's words, or before anything is sent."""
    (tmp_path / "what.xyz").write_bytes(b"?")
    for arguments, words in (
        (("upload", "none.whl", "--channel", "main"), "there is no file none.whl"),
        (("upload", tmp_path / "what.xyz", "--channel", "none"), "there is no such channel"),
        (("upload", tmp_path / "what.xyz", "--channel", "main"), "--type"),
        (("upload", tmp_path / "what.xyz", "--channel", "main", "--type", "x"), "there is no filetype 'x'"),
        (("packages", "list", "none"), "there is no such channel"),
        (("packages", "copy", "main", "alpha", "--to", "none"), "there is no channel none"),
        (("packages", "copy", "main", "alpha", "--to", "main"), "the target is the channel"),
        (("packages", "copy", "main", "none", "--to", "main/stage"), "has no such package of conda none"),
        (("packages", "copy", "main", "alpha::noarch/x.conda", "--to", "main/stage"), "has no such file"),
    ):
        assert words in admin.fails(*arguments), arguments
    assert "names no package" in admin.misuses("packages", "remove", "main", "::x")
    assert "must be 0 or more" in admin.types("packages", "list", "main", "--offset", "-1").err
    assert "./tain login" in ann.fails("packages", "remove", "main", "alpha")


@pytest.mark.parametrize("name", VERBS)
def test_every_command_has_help_with_examples(ann: Shell, name: str) -> None:
    """Which begin with the command."""
    assert f"examples:\n  ./tain packages {name}" in ann.does("packages", name, "--help")
