"""`upload`, `copy`, `move`, `remove`, `search`: sections 10 and 17 of rest-api.md."""

import json

import pytest

from libs.common.domain.channel import IndexingBehavior
from tests.contract.rest.conftest import NUMPY
from tests.contract.rest.replay import Client
from tests.support.packages import a_package
from tests.support.records import a_channel
from tests.support.world import World
from tests.unit.api.harness import Api

TINY = a_package("tiny", "1.0", license_name="MIT")
FILES = {
    "env.yaml": b"name: e\ndependencies:\n- six\n",
    "book.ipynb": json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(),
}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/channels/main/artifacts", "main"),
        ("/channels/main/stage/artifacts", "main/stage"),
        ("/channels/main/subchannels/stage/artifacts", "main/stage"),
    ],
    ids=["channel", "short", "long"],
)
async def test_upload_conda(client: Client, api: Api, path: str, key: str) -> None:
    """200 or 201 with the file; the short address of a subchannel is the one that the client uses."""
    await api.holds(a_channel("main"), a_channel("main/stage"))
    name = TINY.path.rpartition("/")[2]
    file = await client.upload(path, name, TINY.data, filetype="conda1", expect=201)

    assert (file["ckey"], file["family"], file["state"]) == (TINY.path, "conda", "active")
    assert "/".join(filter(None, (file["channel"], file["subchannel"]))) == key
    assert file["url"].endswith(f"/api/repo/{key}/{TINY.path}")


@pytest.mark.parametrize(
    ("filename", "filetype", "family"),
    [("env.yaml", "anaconda_env", "anaconda_env"), ("book.ipynb", "jupyter_notebook", "notebook")],
    ids=["env", "ipynb"],
)
async def test_upload_other(client: Client, api: Api, filename: str, filetype: str, family: str) -> None:
    """What is no package is listed under its own family."""
    await api.holds(a_channel("main"))
    file = await client.upload("/channels/main/artifacts", filename, FILES[filename], filetype=filetype, expect=201)

    assert file["family"] == family


async def test_upload_without_a_token(client: Client, api: Api) -> None:
    """401 asks for a login, and the command is repeated then."""
    await api.holds(a_channel("main"))
    client.token = None

    await client.upload("/channels/main/artifacts", "tiny.conda", TINY.data, filetype="conda1", expect=401)


async def test_copy_a_file(client: Client, api: Api, world: World) -> None:
    """The list of files first, as a file is named; then the job, which is 202."""
    del world
    await api.holds(a_channel("main/stage"))
    files = await client.call("GET", "/channels/main/artifacts/conda/numpy/files", expect=200)
    item = {"name": "numpy", "family": "conda", "ckey": files["items"][0]["ckey"]}
    body = {"action": "copy", "items": [item], "target_channel": "main", "target_subchannel": "stage"}

    await client.call("PUT", "/channels/main/artifacts/bulk", body, expect=202)


async def test_move_a_package(client: Client, api: Api, world: World) -> None:
    """No `ckey`: the whole package."""
    del world
    await api.holds(a_channel("target"))
    body = {"action": "move", "items": [{"name": "numpy", "family": "conda"}], "target_channel": "target"}

    await client.call("PUT", "/channels/main/artifacts/bulk", body, expect=202)


async def test_remove_a_file(client: Client, world: World) -> None:
    """A delete names no target."""
    del world
    item = {"name": "numpy", "family": "conda", "ckey": NUMPY.path}

    await client.call("PUT", "/channels/main/artifacts/bulk", {"action": "delete", "items": [item]}, expect=202)


async def test_bulk_on_a_frozen_channel(client: Client, api: Api, world: World) -> None:
    """400, which the client shows as `channel is frozen`."""
    await world.records.channels.update(world.mirror.channel, {"indexing_behavior": IndexingBehavior.FROZEN})
    del api
    body = {"action": "delete", "items": [{"name": "numpy", "family": "conda"}]}

    await client.call("PUT", "/channels/main/artifacts/bulk", body, expect=400)


async def test_bulk_of_what_is_not_there(client: Client, world: World) -> None:
    """409 with `code` and `message`, and never 404: that the client takes for a lack of rights."""
    del world
    missing = {"action": "delete", "items": [{"name": "nothing", "family": "conda"}]}
    nowhere = {"action": "copy", "items": [{"name": "numpy", "family": "conda"}], "target_channel": "nowhere"}
    first = await client.call("PUT", "/channels/main/artifacts/bulk", missing, expect=409)
    second = await client.call("PUT", "/channels/main/artifacts/bulk", nowhere, expect=409)

    for answer in (first, second):
        assert answer.keys() >= {"code", "message"}


async def test_search(client: Client, world: World) -> None:
    """Over all channels, by downloads; also with a type and a platform."""
    del world
    found = await client.call("GET", "/artifacts?q=num&limit=50&offset=0&sort=download_count", expect=200)
    downwards = await client.call("GET", "/artifacts?q=&limit=50&offset=0&sort=-download_count", expect=200)

    assert [item["name"] for item in found["items"]] == ["numpy"]
    assert downwards["total_count"] == 2


async def test_sbom_asks_for_the_count_first(client: Client, world: World) -> None:
    """`limit=0` is the question how many there are."""
    del world
    counted = await client.call("GET", "/channels/main/artifacts/conda/numpy/files?limit=0", expect=200)

    assert (counted["total_count"], counted["items"]) == (1, [])
