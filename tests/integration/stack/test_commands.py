"""`./tain mirror`, `status` and `stop` as a user types them, against a running `./tain up`."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.stack import ROOT
from tests.integration.stack.running import running_up
from tests.support.cran_packages import an_r_package
from tests.support.cran_source import WITHOUT_R, render_repository
from tests.support.python_index import Habits, Metadata, PageForm, render_list, render_page
from tests.support.python_packages import PythonFile, a_wheel

_TIMEOUT_S = 90


class User:
    """Types commands, and reads what they say."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.source = folder / "source"
        self.other = folder / "other"
        self.outside = Path(__file__).resolve().parent

    def types(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Run `./tain ARGUMENT…` and return its exit code, output and complaints."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TAIN_")}
        environ |= {"PYTHONPATH": str(ROOT), "TAIN_DATA": str(self.data)}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "libs.client", *map(str, arguments)],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    """Return somebody at a running installation."""
    folder = tmp_path_factory.mktemp("user")
    who = User(folder)
    for source in (who.source, who.other):
        _make_source(source)
    with running_up(who.data, "--port", "0", "--allow-file-source", str(folder)) as up:
        up.wait_for("Tain is up:")
        yield who
        up.end()


def test_mirror_does_the_main_job_in_one_command(user: User) -> None:
    """From nothing to lines that can be pasted; and the same again changes nothing."""
    code, output, complaints = user.types("mirror", user.source, "--channel", "first/stage", "--subdir", "noarch")
    again = user.types("mirror", user.source, "--channel", "first/stage")
    mistyped = user.types("mirror", user.source, "--channel", "first/stage", "--subdir", "linux-46")

    assert code == 0, complaints
    assert "conda knows no subdir" not in complaints
    assert "conda knows no subdir linux-46, only noarch, " in " ".join(mistyped[2].split())
    assert "Made channel first (public)\nMade channel first/stage (public)\n" in complaints
    assert output.startswith("Run 1 of first-stage completed: 2 files (passive)\nPublished revision 1.\n")
    assert "/api/repo/first/stage PACKAGE" in output
    assert again[0] == 0, again[2]
    assert again[1].startswith(
        "Run 2 of first-stage completed: 2 files (passive)\nNothing new; clients read revision 1."
    )


def test_what_is_not_typed_again_stays(user: User) -> None:
    """Adding a filter must not drop another, nor mode and cron; specs take the place of exclusions."""
    first = user.types("mirror", user.source, "--channel", "kept", "--subdir", "noarch", "--cron", "5 4 * * *")
    user.types("mirror", user.source, "--channel", "kept", "--exclude", "a")
    second = user.types("mirror", user.source, "--channel", "kept", "--spec", "a")
    mirror = _status(user)["kept"]["mirrors"][0]

    assert (first[0], second[0]) == (0, 0), first[2] + second[2]
    assert mirror["filters"] == {"subdirs": ["noarch"], "only_specs": ["a"]}
    assert (mirror["cron"], mirror["mirror_mode"]) == ("5 4 * * *", "passive")
    assert mirror["sync_state"]["count"]["passive"] == 1


def test_an_edit_that_does_not_name_them_keeps_proxy_and_removals(user: User) -> None:
    """The password too, which nobody is shown."""
    proxy = "http://me:secret@proxy.example:3128"
    user.types("mirror", user.source, "--channel", "proxied", "--proxy", proxy, "--upstream-removals", "keep")
    edited = user.types("mirror", user.source, "--channel", "proxied", "--cron", "5 4 * * *")
    mirror = _status(user)["proxied"]["mirrors"][0]

    assert edited[0] == 0, edited[2]
    assert (mirror["cron"], mirror["proxy"]) == ("5 4 * * *", "http://****@proxy.example:3128")
    assert mirror["upstream_removals"] == "keep"


def test_another_source_needs_a_name(user: User) -> None:
    """A slip in the channel's name must not turn its mirror round."""
    user.types("mirror", user.source, "--channel", "turned")
    refused = user.types("mirror", user.other, "--channel", "turned")
    second = user.types("mirror", user.other, "--channel", "turned", "--name", "turned-second")

    assert refused[0] == 2
    assert "write --name" in refused[2]
    assert second[0] == 0, second[2]
    assert len(_status(user)["turned"]["mirrors"]) == 2


def test_a_source_that_is_not_allowed_leaves_no_channel(user: User) -> None:
    """The answer is the command that allows it."""
    code, _, complaints = user.types("mirror", user.outside, "--channel", "never/made")

    assert code == 1
    assert complaints.endswith(f"./tain up --allow-file-source {user.outside}\n")
    assert not {"never", "never/made"} & _status(user).keys()


def test_a_run_that_fails_says_why(user: User) -> None:
    """A folder without an index, for example."""
    empty = user.source.parent / "empty"
    empty.mkdir()
    code, _, complaints = user.types("mirror", empty, "--channel", "failing")

    assert code == 1
    assert complaints.splitlines()[-1].startswith("tain: the run failed: ")


def test_stop_tells_where_the_mirror_is(user: User) -> None:
    """Nothing to stop is no failure; a mirror that is not there is one."""
    user.types("mirror", user.source, "--channel", "calm")

    assert user.types("stop", "calm", "calm")[:2] == (0, "calm is not running (completed)\n")
    assert user.types("stop", "calm", "nothing")[0] == 1


def test_a_folder_of_python_projects_is_told_by_its_address(user: User) -> None:
    """What was guessed is said, and so is how pip and uv read the result; the token's place where one is needed."""
    wheel = a_wheel("alpha", "1.0")
    simple = _make_index(user.source.parent / "python" / "simple", wheel)
    code, output, complaints = user.types("mirror", simple, "--channel", "py", "--privacy", "private")
    chosen = user.types("mirror", simple, "--channel", "py", "--project", "al*,beta")

    assert code == 0, complaints
    assert "Mirrors a Python index, since its address ends in /simple; --type says otherwise" in complaints
    assert output.startswith("Run 1 of py completed: 1 file (passive)\nPublished revision 1.\n")
    assert "<TOKEN>:x-auth-token@" in output
    assert "/api/repo/py/simple" in output
    assert chosen[0] == 0, chosen[2]
    assert _status(user)["py"]["mirrors"][0]["filters"] == {"projects": ["al*", "beta"]}


def test_a_folder_of_r_packages_is_told_by_what_lies_in_it(user: User) -> None:
    """In a channel that has a mirror of another type already, it gets a name of its own."""
    folder = user.source.parent / "r"
    for path, data in render_repository((an_r_package("alpha"),), WITHOUT_R).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    user.types("mirror", user.source, "--channel", "mixed")
    code, output, complaints = user.types("mirror", folder, "--channel", "mixed")
    refused = user.types(
        "mirror", folder / "src" / "contrib", "--channel", "mixed", "--name", "other", "--type", "CRAN"
    )

    assert code == 0, complaints
    assert "Mirrors R packages, since it has src/contrib/PACKAGES" in complaints
    assert output.startswith("Run 1 of mixed-r completed: 1 file (passive)\n")
    assert "/api/repo/mixed/cran" in output
    assert refused[0] == 1
    assert "write it without /src/contrib" in refused[2]


def test_status_has_a_line_for_each_mirror(user: User) -> None:
    """Whole lines, so that grep finds what belongs together."""
    user.types("mirror", user.source, "--channel", "seen", "--privacy", "private")
    lines = user.types("status")[1].splitlines()

    line = next(line for line in lines if line.startswith("seen (private)"))
    assert line.split()[2:8] == ["1:", "2", "seen", "conda", "passive", "completed"]


def _status(user: User) -> dict[str, dict[str, Any]]:
    """Return what `status --json` says, by channel."""
    found = json.loads(user.types("status", "--json")[1])
    return {_key(status["channel"]): status for status in found}


def _key(channel: dict[str, str | None]) -> str:
    return f"{channel['parent']}/{channel['name']}" if channel["parent"] else str(channel["name"])


def _make_source(folder: Path) -> None:
    """Make a channel of two packages whose files nobody asks for."""
    subdir = folder / "noarch"
    subdir.mkdir(parents=True)
    records = {f"{name}-1.0-0.conda": _record(name) for name in ("a", "b")}
    index = {"info": {"subdir": "noarch"}, "packages": {}, "packages.conda": records, "repodata_version": 1}
    (subdir / "repodata.json").write_text(json.dumps(index))


def _make_index(folder: Path, wheel: PythonFile) -> Path:
    """Make a simple index of one project, as it is carried over on a disk."""
    page = render_page(wheel.project, (wheel,), form=PageForm.PLAIN, habits=Habits(metadata=Metadata.ABSENT))
    files = {
        "index.html": render_list((wheel.project,), form=PageForm.PLAIN, serials={}),
        f"{wheel.project}/index.html": page,
        f"../files/{wheel.filename}": wheel.data,
    }
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def _record(name: str) -> dict[str, object]:
    return {
        "name": name,
        "version": "1.0",
        "build": "0",
        "build_number": 0,
        "depends": [],
        "subdir": "noarch",
        "noarch": "generic",
        "size": 3,
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
    }
