"""Packages of one's own: real clients bring them, real clients install them, and they move between channels."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command_line import CommandLine
from tests.support.cran_packages import an_r_package
from tests.support.dying_api import let_api_die
from tests.support.eventually import eventually
from tests.support.packages import a_package
from tests.support.python_clients import ClientFailed, pip_install, with_token
from tests.support.python_packages import PythonFile, a_wheel, an_sdist
from tests.support.r import needs_r
from tests.support.r_client import available, r_install
from tests.support.solve import Order, install
from tests.support.stack import Stack

WHEEL, SDIST = a_wheel("Ours.Core", "1.0"), an_sdist("ours-tool", "2.0", requires=["Ours.Core"])
R = an_r_package("ourR", "1.1", License="MIT + file LICENSE")
ALPHA, COPYLEFT = a_package("ouralpha", "1.0"), a_package("ourbeta", "1.0", license_name="GPL-3.0-only")
LATER = a_package("ouralpha", "2.0")
NO_GPL = {"name": "no-gpl", "rules": [{"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL"]}}}]}
_PASSWORD = "a password of bob's own"
_PUBLISHED_S = 30
_REVOKED_S = 5
_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def private(stack: Stack) -> str:
    """Return a private channel with a subchannel, empty."""
    stack.api.create_channel("own", privacy="private")
    stack.api.create_channel("own/stage", privacy="private")
    return "own"


@pytest.fixture(scope="module")
def bob(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Return the command line of a new user who is signed in, and whom the first administrator made."""
    admin, bob = (CommandLine(stack.url, tmp_path_factory.mktemp(name)) for name in ("admin", "bob"))
    admin.does("login", "--username", "admin", "--password-file", stack.folder / "data" / "admin.password")
    admin.does("user", "create", "bob", "--role", "author", "--password-stdin", stdin=f"{_PASSWORD}\n")
    assert admin.does("logout").startswith("Signed out")
    bob.does("login", "--username", "bob", "--password-stdin", stdin=f"{_PASSWORD}\n")
    return bob


@pytest.fixture
def made(stack: Stack, channel: str) -> Iterator[str]:
    """Return a public channel of this test alone."""
    stack.api.create_channel(channel)
    yield channel
    stack.api.delete_channel(channel)


def twine(stack: Stack, channel: str, folder: Path, *files: PythonFile, fails: int = 0) -> str:
    """Upload with twine, and return what it said; it must succeed, or end with another status.

    Raises:
        AssertionError: when it does not, with what it said.
    """
    paths = [folder / file.filename for file in files]
    for path, file in zip(paths, files, strict=True):
        path.write_bytes(file.data)
    call = [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", "--verbose"]
    call += ["--config-file", str(folder / "no-such-file")]
    call += ["--repository-url", stack.channel_url(channel), "-u", stack.token, "-p", "x-auth-token"]
    done = subprocess.run(
        [*call, *map(str, paths)], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, cwd=folder
    )
    said = done.stdout + done.stderr
    assert done.returncode == fails, said
    return " ".join(said.split())


def upload(stack: Stack, channel: str, filename: str, data: bytes, **fields: str) -> dict[str, Any]:
    """Upload over REST as the incumbent's client does, and return what is shown."""
    answer = stack.api.http.post(f"/channels/{channel}/artifacts", data=fields, files={"content": (filename, data)})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def names(stack: Stack, channel: str) -> list[str]:
    """Return the names of a channel's packages."""
    path = channel.replace("/", "/subchannels/")
    return [item["name"] for item in stack.api.call("GET", f"/channels/{path}/artifacts", expect=200)["items"]]


def wait_for(stack: Stack, channel: str, *wanted: str) -> None:
    """Wait until these are the packages of a channel."""
    eventually(
        lambda: names(stack, channel) == sorted(wanted),
        within_s=_PUBLISHED_S,
        what=f"{channel} to have {', '.join(wanted) or 'nothing'}",
    )


def bulk(stack: Stack, channel: str, action: str, *items: dict[str, str], **target: str) -> dict[str, Any]:
    """Ask for a job, wait for its end, and return what became of it."""
    path = f"/channels/{channel.replace('/', '/subchannels/')}/artifacts/bulk"
    job = stack.api.call("PUT", path, {"action": action, "items": [*items], **target}, expect=202)
    return eventually(
        lambda: (
            shown
            if (shown := stack.api.call("GET", f"{path}/{job['job_id']}", expect=200))["status"] in ("done", "failed")
            else None
        ),
        within_s=_PUBLISHED_S,
        what=f"the job to {action}",
    )


def test_twine_uploads_what_pip_installs(stack: Stack, private: str, tmp_path: Path) -> None:
    """A wheel, and an sdist that needs it, from a private channel; twine shows why a file is refused."""
    twine(stack, private, tmp_path, WHEEL, SDIST)
    again = twine(stack, private, tmp_path, WHEEL)
    other = a_wheel("Ours.Core", "1.0", license_expression="BSD-3-Clause")
    refused = twine(stack, private, tmp_path, other, fails=1)

    eventually(
        lambda: {"ours-core", "ours-tool"} <= set(names(stack, private)),
        within_s=_PUBLISHED_S,
        what="the uploads to show",
    )
    assert "200" in again
    assert "409 Conflict" in refused
    assert "already has another" in refused
    index = with_token(f"{stack.channel_url(private)}/simple", stack.token)
    with pip_install("ours-tool", index=index) as installed:
        assert installed.versions() == {"ours_tool": "2.0", "ours_core": "1.0"}
        assert installed.imported("ours_core") == "1.0"
    auth = httpx.BasicAuth(stack.token, "x-auth-token")
    metadata = httpx.get(f"{stack.channel_url(private)}/{WHEEL.ckey}.metadata", auth=auth)
    assert metadata.content == WHEEL.metadata


@needs_r
def test_curl_uploads_what_r_installs(stack: Stack, private: str, tmp_path: Path) -> None:
    """With the token in X-Auth on the way in, and as a user in the URL on the way out."""
    (tmp_path / R.filename).write_bytes(R.data)
    url = stack.channel_url(private)
    call = ["curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "-H", f"X-Auth: {stack.token}"]
    call += ["-F", "filetype=cran_source_package", "-F", f"content=@{R.filename}", url]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    eventually(lambda: "ourR" in names(stack, private), within_s=_PUBLISHED_S, what="the upload to show")
    with r_install("ourR", repository=with_token(f"{url}/cran", stack.token)) as library:
        assert library.versions() == {"ourR": "1.1"}


_WAYS: dict[str, Callable[[Stack, str], str]] = {
    "at the root": lambda stack, channel: f"{stack.url}/t/{stack.token}/api/repo/{channel}",
    "before the channel": lambda stack, channel: f"{stack.url}/api/repo/t/{stack.token}/{channel}",
}


@pytest.mark.parametrize("way", _WAYS)
def test_a_conda_package_is_installed_from_a_private_channel(stack: Stack, private: str, way: str) -> None:
    """With the token in the path, in both of the places where conda puts it."""
    upload(stack, f"{private}/stage", ALPHA.filename, ALPHA.data, filetype="conda1", size=str(len(ALPHA.data)))
    eventually(lambda: "ouralpha" in names(stack, f"{private}/stage"), within_s=_PUBLISHED_S, what="the upload to show")

    url = _WAYS[way](stack, f"{private}/stage")
    with install(Order(channels=(url,), specs=("ouralpha",))) as installed:
        assert installed.has(ALPHA.installed_path)
    assert httpx.get(f"{stack.channel_url(private)}/stage/{ALPHA.path}").status_code == httpx.codes.UNAUTHORIZED


def test_a_policy_leaves_uploads_out_and_a_frozen_channel_lets_them_wait(stack: Stack, made: str) -> None:
    """As it does with what mirrors bring."""
    policy = stack.api.call("POST", "/policies", NO_GPL | {"name": f"no-gpl-{made}"}, expect=201)
    stack.api.update_channel(made, policy=policy["id"])
    upload(stack, made, ALPHA.filename, ALPHA.data)
    upload(stack, made, COPYLEFT.filename, COPYLEFT.data)
    wait_for(stack, made, "ouralpha")
    stack.settle()
    assert names(stack, made) == ["ouralpha"]

    stack.api.update_channel(made, policy=None)
    wait_for(stack, made, "ouralpha", "ourbeta")
    stack.api.update_channel(made, indexing_behavior="frozen")
    upload(stack, made, LATER.filename, LATER.data)
    stack.settle()
    files = f"/channels/{made}/artifacts/conda/ouralpha/files"
    assert stack.api.call("GET", files, expect=200)["total_count"] == 1
    stack.api.update_channel(made, indexing_behavior="default")
    eventually(
        lambda: stack.api.call("GET", files, expect=200)["total_count"] == 2,
        within_s=_PUBLISHED_S,
        what="the waiting upload to show",
    )


def test_packages_are_copied_moved_and_deleted(stack: Stack, made: str) -> None:
    """Between a channel and its subchannel, with their bytes and records."""
    stack.api.create_channel(f"{made}/stage")
    upload(stack, made, ALPHA.filename, ALPHA.data)
    upload(stack, made, COPYLEFT.filename, COPYLEFT.data)
    wait_for(stack, made, "ouralpha", "ourbeta")
    target = {"target_channel": made, "target_subchannel": "stage"}

    copied = bulk(stack, made, "copy", {"name": "ouralpha", "family": "conda", "ckey": ALPHA.path}, **target)
    moved = bulk(stack, made, "move", {"name": "ourbeta", "family": "conda"}, **target)

    assert (copied["status"], copied["failures"], moved["failures"]) == ("done", [], [])
    wait_for(stack, f"{made}/stage", "ouralpha", "ourbeta")
    wait_for(stack, made, "ouralpha")
    assert httpx.get(f"{stack.channel_url(made)}/stage/{COPYLEFT.path}").content == COPYLEFT.data
    assert bulk(stack, f"{made}/stage", "delete", {"name": "ourbeta", "family": "conda"})["failures"] == []
    wait_for(stack, f"{made}/stage", "ouralpha")


def test_a_job_goes_on_where_a_killed_api_left_it(stack: Stack, made: str) -> None:
    """The one that took it up dies in the middle of it; another one brings it to its end."""
    stack.api.create_channel(f"{made}/stage")
    for package in (ALPHA, COPYLEFT):
        upload(stack, made, package.filename, package.data)
    wait_for(stack, made, "ouralpha", "ourbeta")
    items = [{"name": name, "family": "conda"} for name in ("ouralpha", "ourbeta")]
    body = {"action": "move", "items": items, "target_channel": made, "target_subchannel": "stage"}

    let_api_die(stack, "PUT", f"/channels/{made}/artifacts/bulk", body)

    wait_for(stack, f"{made}/stage", "ouralpha", "ourbeta")
    wait_for(stack, made)


def test_notebooks_and_sboms_are_had_from_a_public_channel(stack: Stack, made: str, private: str) -> None:
    """Without a token there, and only there."""
    notebook, sbom = b'{"nbformat": 4, "metadata": {}, "cells": []}', b'{"bomFormat": "CycloneDX"}'
    upload(stack, made, ALPHA.filename, ALPHA.data)
    upload(stack, made, "ours.ipynb", notebook, filetype="jupyter_notebook")
    upload(stack, private, "ours.ipynb", notebook, filetype="jupyter_notebook")
    upload(stack, made, f"{ALPHA.filename}.json", sbom, filetype="sbom")

    seen = httpx.get(f"{stack.channel_url(made)}/jupyter/ours.ipynb")
    told = httpx.get(f"{stack.channel_url(made)}/{ALPHA.path}?sbom=download")
    by_name = httpx.get(f"{stack.channel_url(made)}/{ALPHA.filename}?sbom=download")

    assert (seen.status_code, seen.content) == (200, notebook)
    assert (told.content, by_name.content) == (sbom, sbom)
    assert told.headers["content-disposition"] == f'attachment; filename="{ALPHA.filename}.json"'
    assert httpx.get(f"{stack.channel_url(made)}/{COPYLEFT.path}?sbom=download").status_code == 404
    assert httpx.get(f"{stack.channel_url(private)}/jupyter/ours.ipynb").status_code == 401


def test_a_user_of_the_command_line_uploads_for_pip_and_revokes(
    stack: Stack, bob: CommandLine, channel: str, tmp_path: Path
) -> None:
    """With the line that a token was told with; nothing of what was secret stands in a log."""
    wheel = tmp_path / WHEEL.filename
    wheel.write_bytes(WHEEL.data)
    bob.does("channel", "create", channel, "--private")
    said = bob.does("token", "create", channel, "--channel", channel, "--for", "pip")
    token, index = said.split()[0], said.split("--index-url ")[1].split()[0]

    assert bob.does("upload", wheel, "--channel", channel) == f"{WHEEL.ckey} is in {channel}\n"
    eventually(lambda: names(stack, channel) == ["ours-core"], within_s=_PUBLISHED_S, what="the upload to show")
    with pip_install("ours-core", index=index) as installed:
        assert installed.versions() == {"ours_core": "1.0"}
    bob.does("packages", "remove", channel, "ours-core", "--family", "python")

    assert bob.does("token", "revoke", channel) == f"Revoked {channel}.\n"
    url = f"{stack.channel_url(channel)}/simple/"
    refused = eventually(
        lambda: answer if (answer := httpx.get(url, auth=(token, "x-auth-token"))).is_error else None,
        within_s=_REVOKED_S,
        what="the token to be refused",
    )
    assert refused.status_code == httpx.codes.UNAUTHORIZED
    with pytest.raises(ClientFailed):
        pip_install("ours-core", index=index).__enter__()
    logs = stack.logs()
    assert token not in logs
    assert _PASSWORD not in logs


@needs_r
def test_r_reads_by_the_line_that_a_token_was_told_with(
    stack: Stack, bob: CommandLine, channel: str, tmp_path: Path
) -> None:
    """What was uploaded from the command line."""
    (tmp_path / R.filename).write_bytes(R.data)
    bob.does("channel", "create", channel, "--private")
    bob.does("upload", tmp_path / R.filename, "--channel", channel, "--type", "cran_source_package")
    said = bob.does("token", "create", channel, "--channel", channel, "--for", "r")
    eventually(lambda: names(stack, channel) == ["ourR"], within_s=_PUBLISHED_S, what="the upload to show")

    assert available(said.split('Tain = "')[1].split('"')[0]) == {"ourR": "1.1"}


def test_who_signed_out_is_nobody(stack: Stack, bob: CommandLine, tmp_path: Path) -> None:
    """And signs in again; what only the signed-in may is refused with what to type."""
    again = CommandLine(stack.url, tmp_path)
    again.does("login", "--username", "bob", "--password-stdin", stdin=_PASSWORD)
    assert again.does("whoami").startswith(f"bob at {stack.url}\nroles: author\n")

    assert again.does("logout") == f"Signed out at {stack.url}.\n"

    assert "./tain login" in again.fails("whoami")
    assert bob.does("whoami").startswith("bob at")
