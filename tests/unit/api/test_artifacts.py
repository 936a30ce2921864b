"""Lists of a channel's packages and their files, and the search over all channels."""

import json
from typing import Any

import pytest

from libs.common.domain.channel import Privacy
from libs.common.domain.mirror import Filters, MirrorMode
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld
from tests.support.records import a_channel
from tests.support.world import World
from tests.unit.api.harness import AUTH, Api
from tests.unit.api.test_cves import DJANGO, take_in

ALPHA, NEWER = a_package("alpha", "1.0"), a_package("alpha", "2.0")
ON_LINUX = a_package("alpha", "2.0", subdir="linux-64")
BETA = a_package("beta", "0.5", subdir="linux-64", license_name="GPL-3.0-only")
OURS = a_package("ours", "3.0")
MAIN = "/api/channels/main/artifacts"
NOTEBOOK = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}).encode()
SUBDIRS = ("noarch", "linux-64")


async def a_world(api: Api, *packages: Any, mode: MirrorMode = MirrorMode.PASSIVE) -> World:
    """Return a world behind the API, whose mirror ran once and whose channel is published."""
    world = World((), filters=Filters(subdirs=SUBDIRS), mode=mode)
    world.offer(packages, subdirs=SUBDIRS)
    await world.run()
    await world.publish()
    api.stands_on(world)
    return world


async def get(api: Api, path: str, *, status: int = 200) -> Any:
    """Ask for something."""
    answer = await api.ask("GET", path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def upload(api: Api, filename: str, data: bytes, **fields: str) -> Any:
    """Send a file to channel main."""
    answer = await api.client.post(MAIN, data=fields, files={"content": (filename, data)}, headers=AUTH)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_channel_without_packages_has_an_empty_list(api: Api) -> None:
    """Also before it was ever published."""
    await api.holds(a_channel())

    assert await get(api, MAIN) == {"total_count": 0, "items": []}
    assert await get(api, f"{MAIN}/conda/alpha/files?limit=0") == {"total_count": 0, "items": []}
    await get(api, f"{MAIN}/conda/alpha", status=404)


async def test_there_is_one_entry_for_each_package(api: Api) -> None:
    """With what its newest version says, and how many files it has in all."""
    await a_world(api, ALPHA, NEWER, ON_LINUX, BETA)

    shown = await get(api, MAIN)

    assert shown["total_count"] == 2
    alpha, beta = shown["items"]
    assert (alpha["name"], alpha["family"], alpha["file_count"]) == ("alpha", "conda", 3)
    assert (alpha["channel"], alpha["subchannel"], alpha["privacy"]) == ("main", None, "public")
    assert alpha["metadata"]["version"] == "2.0"
    assert sorted(alpha["metadata"]["subdirs"]) == ["linux-64", "noarch"]
    assert beta["metadata"]["license"] == "GPL-3.0-only"
    assert await get(api, f"{MAIN}/conda/alpha") == alpha


@pytest.mark.parametrize(
    ("query", "names", "total"),
    [
        ("", ["alpha", "beta"], 2),
        ("?limit=1", ["alpha"], 2),
        ("?limit=1&offset=1", ["beta"], 2),
        ("?offset=5", [], 2),
        ("?q=ET", ["beta"], 1),
        ("?family=python", [], 0),
        ("?family=conda", ["alpha", "beta"], 2),
        ("?platform=noarch", ["alpha"], 1),
    ],
)
async def test_the_list_is_paged_and_narrowed(api: Api, query: str, names: list[str], total: int) -> None:
    """The count is of all that is wanted, not of the page."""
    await a_world(api, ALPHA, BETA)

    shown = await get(api, f"{MAIN}{query}")

    assert ([item["name"] for item in shown["items"]], shown["total_count"]) == (names, total)


async def test_an_unknown_family_is_told_with_those_there_are(api: Api) -> None:
    """It may be a slip."""
    await a_world(api)

    problem = await get(api, f"{MAIN}?family=conde", status=400)

    assert problem["field"] == "family"
    assert "conda" in problem["detail"]


@pytest.mark.parametrize("mode", [MirrorMode.PASSIVE, MirrorMode.ACTIVE])
async def test_files_are_told_with_their_records_and_whether_they_are_here(api: Api, mode: MirrorMode) -> None:
    """As the incumbent's client reads them."""
    await a_world(api, ALPHA, ON_LINUX, mode=mode)

    shown = await get(api, f"{MAIN}/conda/alpha/files")

    assert shown["total_count"] == 2
    on_linux, anywhere = shown["items"]
    assert [on_linux["ckey"], anywhere["ckey"]] == [ON_LINUX.path, ALPHA.path]
    record = anywhere["metadata"]["repodata_record.json"]
    assert (record["version"], record["fn"], record["subdir"]) == ("1.0", ALPHA.filename, "noarch")
    assert (anywhere["name"], anywhere["version"], anywhere["type"]) == ("alpha", "1.0", "conda_package_2")
    assert anywhere["state"] == mode.value
    assert (anywhere["size"], anywhere["sha256"]) == (len(ALPHA.data), ALPHA.sha256)
    assert anywhere["url"].endswith(f"/api/repo/main/{ALPHA.path}")
    assert (anywhere["origin"], anywhere["by"], anywhere["sbom"]) == ("mirror", None, None)
    assert anywhere["created_at"] == "2023-11-14T22:13:20.000000+00:00"
    assert "cve_score" not in anywhere


async def test_a_page_of_files_has_the_count_of_all(api: Api) -> None:
    """The client asks for none of them first, to know how many there are."""
    await a_world(api, ALPHA, NEWER, ON_LINUX)

    none = await get(api, f"{MAIN}/conda/alpha/files?limit=0")
    some = await get(api, f"{MAIN}/conda/alpha/files?limit=2000&offset=2")

    assert none == {"total_count": 3, "items": []}
    assert (some["total_count"], [item["ckey"] for item in some["items"]]) == (3, [NEWER.path])


async def test_files_are_sorted_by_version_and_found_by_path(api: Api) -> None:
    """As versions go, not as text does: people look for the newest."""
    old, ten = a_package("alpha", "1.9"), a_package("alpha", "1.10")
    await a_world(api, old, ten, ON_LINUX)
    files = f"{MAIN}/conda/alpha/files"

    newest = [item["ckey"] for item in (await get(api, f"{files}?sort=-version"))["items"]]

    assert newest == [ON_LINUX.path, ten.path, old.path]
    assert [item["ckey"] for item in (await get(api, f"{files}?sort=version"))["items"]] == newest[::-1]
    found = await get(api, f"{files}?q=NOARCH&sort=-version&limit=1")
    assert (found["total_count"], [item["ckey"] for item in found["items"]]) == (2, [ten.path])


async def test_uploads_are_told_with_who_brought_them(api: Api) -> None:
    """Once the channel is published with them; before, nobody sees them."""
    world = await a_world(api, ALPHA)
    await upload(api, OURS.filename, OURS.data)
    assert (await get(api, MAIN))["total_count"] == 1

    await world.uploads_watch().look()
    await world.publish()

    assert [item["name"] for item in (await get(api, MAIN))["items"]] == ["alpha", "ours"]
    (file,) = (await get(api, f"{MAIN}/conda/ours/files"))["items"]
    assert (file["origin"], file["by"], file["state"]) == ("uploaded", "admin", "active")


async def test_downloads_are_counted_for_files_and_packages(api: Api) -> None:
    """And sorted by, either way."""
    await a_world(api, ALPHA, NEWER, BETA)
    await api.records.history.count_downloads("e", "id-of-main", {ALPHA.path: 2, NEWER.path: 1, BETA.path: 7})

    packages = await get(api, "/api/artifacts?sort=download_count")
    down = await get(api, "/api/artifacts?sort=-download_count")
    files = await get(api, f"{MAIN}/conda/alpha/files")

    assert [(item["name"], item["download_count"]) for item in packages["items"]] == [("alpha", 3), ("beta", 7)]
    assert [item["name"] for item in down["items"]] == ["beta", "alpha"]
    assert [item["download_count"] for item in files["items"]] == [2, 1]


async def test_the_search_shows_only_channels_that_one_may_see(api: Api) -> None:
    """A private channel's packages are its own affair."""
    world = await a_world(api, ALPHA, BETA)

    found = await get(api, "/api/artifacts?q=alp&limit=50&offset=0&sort=download_count")
    assert [(item["name"], item["channel"]) for item in found["items"]] == [("alpha", "main")]
    assert (await api.client.get("/api/artifacts?q=alp")).json()["total_count"] == 1
    await world.records.channels.update(world.mirror.channel, {"privacy": Privacy.PRIVATE})
    assert (await api.client.get("/api/artifacts?q=alp")).json()["total_count"] == 0
    assert (await get(api, "/api/artifacts?q=alp"))["total_count"] == 1
    assert (await api.client.get(MAIN)).status_code == 401


async def test_a_package_is_asked_for_with_head(api: Api) -> None:
    """A script wants to know whether it is there."""
    await a_world(api, ALPHA)

    assert (await api.ask("HEAD", f"{MAIN}/conda/alpha")).status_code == 200
    assert (await api.ask("HEAD", f"{MAIN}/conda/beta")).status_code == 404


@pytest.mark.parametrize(
    ("filename", "filetype", "data", "family"),
    [
        ("a.ipynb", "jupyter_notebook", NOTEBOOK, "notebook"),
        ("env.yaml", "anaconda_env", b"name: e\nchannels: [main]\ndependencies: [python]\n", "anaconda_env"),
        ("anything.bin", "gra", b"\0\1\2", "gra"),
    ],
)
async def test_what_is_no_package_is_listed_as_its_family(
    api: Api, filename: str, filetype: str, data: bytes, family: str
) -> None:
    """Beside the packages, with one file each."""
    await a_world(api, BETA)

    shown = await upload(api, filename, data, filetype=filetype)

    assert (shown["family"], shown["name"], shown["state"]) == (family, filename, "active")
    listed = await get(api, MAIN)
    assert [item["name"] for item in listed["items"]] == sorted([filename, "beta"])
    assert (await get(api, f"{MAIN}?family={family}"))["total_count"] == 1
    (file,) = (await get(api, f"{MAIN}/{family}/{filename}/files"))["items"]
    assert (file["size"], file["type"]) == (len(data), family)
    folder = "jupyter" if family == "notebook" else family
    assert file["url"].endswith(f"/api/repo/main/{folder}/{filename}")


@pytest.mark.parametrize(
    ("filename", "filetype", "data"),
    [
        ("a.ipynb", "jupyter_notebook", b"{}"),
        ("a.ipynb", "jupyter_notebook", b"no json"),
        ("a.txt", "jupyter_notebook", NOTEBOOK),
        ("env.yml", "anaconda_env", b"- a\n- list\n"),
        ("env.yml", "anaconda_env", b"a: &x [1]\nb: *x\n"),
        ("env.yml", "anaconda_env", b"a: [unclosed"),
        ("env.txt", "anaconda_env", b"name: e\n"),
        ("p.zip", "anaconda_project", b"no zip"),
        ("p.tar.gz", "anaconda_project", b"no tar"),
        ("p.exe", "anaconda_project", b"what"),
        ("x.json", "sbom", b"{}"),
        ("x.json", "sbom", b'{"bomFormat": "CycloneDX"}'),
    ],
)
async def test_what_is_not_what_it_says_is_refused(api: Api, filename: str, filetype: str, data: bytes) -> None:
    """An SBOM of a file that the channel has not, too."""
    await api.holds(a_channel())

    files = {"content": (filename, data)}
    answer = await api.client.post(MAIN, data={"filetype": filetype}, files=files, headers=AUTH)

    assert answer.status_code == 400, answer.text
    assert await api.records.attachments.list("id-of-main") == []


@pytest.mark.parametrize("told", [{"ckey": ALPHA.path}, {"of": ALPHA.filename}, {}])
async def test_an_sbom_stands_beside_its_file(api: Api, told: dict[str, str]) -> None:
    """Named by its path, by its name, or by the SBOM's own name."""
    await a_world(api, ALPHA, NEWER)
    filename = "any.json" if told else f"{ALPHA.filename}.cdx.json"

    await upload(api, filename, b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}', filetype="sbom", **told)

    stored = await api.records.attachments.of("id-of-main", ALPHA.path)
    assert stored is not None
    files = (await get(api, f"{MAIN}/conda/alpha/files"))["items"]
    assert [item["sbom"] for item in files] == [f"{files[0]['url']}?sbom=download", None]
    assert (await get(api, MAIN))["total_count"] == 1


async def test_a_file_that_is_no_package_is_replaced_only_on_purpose(api: Api) -> None:
    """As packages are."""
    await api.holds(a_channel())
    await upload(api, "a.bin", b"one", filetype="gra")
    await upload(api, "a.bin", b"one", filetype="gra")

    files = {"content": ("a.bin", b"two")}
    refused = await api.client.post(MAIN, data={"filetype": "gra"}, files=files, headers=AUTH)
    assert refused.status_code == 409
    await upload(api, "a.bin", b"two", filetype="gra", overwrite="true")

    assert [it.size_bytes for it in await api.records.attachments.list("id-of-main")] == [3]


async def test_a_name_that_nobody_read_is_listed_and_read_when_its_files_are_asked_for(api: Api) -> None:
    """As a client's question would; the list alone asks the source nothing."""
    wheel = a_wheel("Some.Project", "1.0")
    world = PythonWorld((wheel,), eager_names=0)
    await world.run()
    await world.publish()
    api.stands_on(world)
    assert await world.listed_unread() == {"some-project"}
    world.asked_pages()

    (listed,) = (await get(api, f"{MAIN}?q=Some.Pro"))["items"]
    assert (listed["name"], listed["family"], listed["file_count"]) == ("some-project", "python", 0)
    assert listed["metadata"]["version"] == ""
    assert world.asked_pages() == []
    (file,) = (await get(api, f"{MAIN}/pypi/Some.Project/files"))["items"]
    assert (file["ckey"], file["state"], file["metadata"]["version"]) == (wheel.ckey, "passive", "1.0")
    assert world.asked_pages() == ["some-project"]


async def test_what_is_known_against_files_stands_beside_them(api: Api) -> None:
    """The highest score and the most severe status, where there is data."""
    await a_world(api, a_package("django", "1.11"), a_package("django", "4.2"))
    await take_in(api, DJANGO)

    old, new = (await get(api, f"{MAIN}/conda/django/files"))["items"]
    (package,) = (await get(api, MAIN))["items"]

    assert (old["cve_score"], old["cve_status"]) == (6.1, "Reported")
    assert old["cves"] == [{"id": "CVE-2026-1000", "score": 6.1, "status": "Reported"}]
    assert (new["cve_score"], new["cve_status"], new["cves"]) == (None, None, [])
    assert package["cve_count"] == 1
