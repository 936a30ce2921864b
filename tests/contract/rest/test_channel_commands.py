"""`channel` and `wizard`: what they send, and what they read of the answers (rest-api.md sections 5, 7, 13)."""

import pytest

from tests.contract.rest.replay import Client
from tests.support.records import an_entry
from tests.support.world import World
from tests.unit.api.harness import Api

SHOWN = {
    "name", "description", "privacy", "artifact_count", "download_count", "mirror_count", "subchannel_count",
    "created", "updated", "indexing_behavior", "owners", "id", "group_count", "filters",
}  # fmt: skip


async def test_channel_create(client: Client) -> None:
    """201 exactly; a channel that names no privacy is public, a subchannel says whose it is."""
    channel = await client.call("POST", "/channels", {"name": "main"}, expect=201)
    subchannel = await client.call("POST", "/channels/main/subchannels", {"name": "stage"}, expect=201)

    assert (channel["privacy"], "parent" in channel) == ("public", False)
    assert (subchannel["name"], subchannel["parent"]) == ("stage", "main")
    assert channel.keys() >= SHOWN


async def test_channel_list(client: Client) -> None:
    """The account's own channels."""
    await client.call("POST", "/channels", {"name": "main"}, expect=201)
    listed = await client.call("GET", "/account/channels", expect=200)

    assert (listed["total_count"], listed["items"][0].keys() >= SHOWN) == (1, True)


async def test_channel_show(client: Client) -> None:
    """With its subchannels, which are a request of their own; both of a subchannel, too."""
    await client.call("POST", "/channels", {"name": "main"}, expect=201)
    await client.call("POST", "/channels/main/subchannels", {"name": "stage"}, expect=201)
    channel = await client.call("GET", "/channels/main", expect=200)
    below = await client.call("GET", "/channels/main/subchannels", expect=200)
    stage = await client.call("GET", "/channels/main/subchannels/stage", expect=200)

    assert channel.keys() >= SHOWN
    assert channel["subchannel_count"] == 1
    assert below["items"] == [stage]


async def test_channel_remove(client: Client) -> None:
    """202: the work goes on; of a subchannel, too."""
    await client.call("POST", "/channels", {"name": "main"}, expect=201)
    await client.call("POST", "/channels/main/subchannels", {"name": "stage"}, expect=201)
    await client.call("DELETE", "/channels/main/subchannels/stage", expect=202)
    await client.call("DELETE", "/channels/main", expect=202)
    await client.call("GET", "/channels/main", expect=404)


async def test_channel_lock_and_freeze(client: Client) -> None:
    """`--lock`, `--soft-lock`, `--unlock`, `--freeze`, `--unfreeze`: one key each; 200 or 204."""
    await client.call("POST", "/channels", {"name": "main"}, expect=201)
    for privacy in ("private", "authenticated", "public"):
        changed = await client.call("PUT", "/channels/main", {"privacy": privacy}, expect=200)
        assert changed["privacy"] == privacy
    for behavior in ("frozen", "default"):
        changed = await client.call("PUT", "/channels/main", {"indexing_behavior": behavior}, expect=200)
        assert (changed["indexing_behavior"], changed["privacy"]) == (behavior, "public")


@pytest.mark.usefixtures("world")
async def test_channel_history(client: Client, api: Api) -> None:
    """The short view prints `data.ckey` and `data.artifact_family`."""
    data = {"ckey": "linux-64/x.conda", "artifact_family": "conda"}
    await api.records.history.add(an_entry("e1", event_type="artifact_registered", data=data))
    listed = await client.call("GET", "/channels/main/history?offset=0&limit=50", expect=200)

    (entry,) = listed["items"]
    assert entry.keys() == {"event_id", "event_type", "created", "data", "meta"}
    assert entry["data"] == data


async def test_channel_list_packages(client: Client, world: World) -> None:
    """With a page and without one; `subchannel`, `metadata` and its `version` are always there."""
    del world
    everything = await client.call("GET", "/channels/main/artifacts", expect=200)
    page = await client.call("GET", "/channels/main/artifacts?offset=1&limit=50", expect=200)

    assert (everything["total_count"], page["total_count"], len(page["items"])) == (2, 2, 1)
    for item in everything["items"]:
        assert item.keys() >= {
            "name", "family", "channel", "subchannel", "privacy", "metadata", "download_count", "file_count",
            "cve_count", "updated_at",
        }  # fmt: skip
        assert item["metadata"].keys() >= {
            "name", "version", "license", "subdirs", "build_number", "summary", "description", "home", "dev_url",
            "doc_url", "install_cmd",
        }  # fmt: skip


async def test_channel_list_files(client: Client, world: World) -> None:
    """`version`, `fn` and `subdir` of a conda file are in its `repodata_record.json`."""
    del world
    listed = await client.call("GET", "/channels/main/artifacts/conda/numpy/files", expect=200)

    (file,) = listed["items"]
    assert file.keys() >= {
        "ckey", "name", "family", "type", "channel", "subchannel", "metadata", "signatures", "created_at",
        "updated_at", "state", "size", "url",
    }  # fmt: skip
    assert file["metadata"].keys() == {"about.json", "index.json", "repodata_record.json"}
    assert file["metadata"]["repodata_record.json"].keys() >= {"version", "fn", "subdir"}


async def test_wizard(client: Client) -> None:
    """All channels that one may see: name, privacy, owners, mirror_count."""
    await client.call("POST", "/channels", {"name": "main"}, expect=201)
    listed = await client.call("GET", "/channels", expect=200)

    assert listed["items"][0].keys() >= {"name", "privacy", "owners", "mirror_count"}
