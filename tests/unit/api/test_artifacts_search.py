"""Finding packages: what is wanted of them, in which order, over one channel and over all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.mirror import MirrorMode, MirrorType
from services.api.artifacts.listed_packages import ListedPackage, find_listed
from services.api.moments import moment_of_ms
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld
from tests.support.records import a_channel
from tests.unit.api.harness import Api
from tests.unit.api.test_artifacts import ALPHA, BETA, MAIN, NEWER, NOTEBOOK, a_world, get, upload
from tests.unit.api.test_cves import DJANGO, take_in

EVERYTHING = "/api/artifacts"
ZETA = a_package("zeta", "1.0")
DASK, DASK_CORE, MY_DASK = a_package("dask", "1.0"), a_package("dask-core", "1.0"), a_package("a-dask", "1.0")


def names(shown: Any) -> list[str]:
    """Return the names of a page."""
    return [item["name"] for item in shown["items"]]


@pytest.mark.parametrize("where", [MAIN, EVERYTHING])
async def test_names_that_begin_with_the_text_come_first(api: Api, where: str) -> None:
    """The one that is the text before all; who wants them by name says so."""
    await a_world(api, DASK_CORE, DASK, MY_DASK, ZETA)

    assert names(await get(api, f"{where}?q=dask")) == ["dask", "dask-core", "a-dask"]
    assert names(await get(api, f"{where}?q=DASK&limit=1&offset=1")) == ["dask-core"]
    assert names(await get(api, f"{where}?q=dask&sort=name")) == ["a-dask", "dask", "dask-core"]
    assert names(await get(api, f"{where}?sort=-name")) == ["zeta", "dask-core", "dask", "a-dask"]


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("file_count", ["beta", "zeta", "alpha"]),
        ("-file_count", ["alpha", "beta", "zeta"]),
        ("-size", ["alpha", "zeta", "beta"]),
        ("updated_at", ["zeta", "alpha", "beta"]),
        ("-updated_at", ["beta", "alpha", "zeta"]),
    ],
)
@pytest.mark.parametrize("where", [MAIN, EVERYTHING])
async def test_packages_are_sorted_by_what_is_known_of_them(api: Api, where: str, sort: str, found: list[str]) -> None:
    """Those that are equal by name."""
    zeta = a_package("zeta", "1.0", timestamp_ms=1_600_000_000_000, padding_bytes=99)
    beta = a_package("beta", "0.5", timestamp_ms=1_800_000_000_000)
    await a_world(api, ALPHA, NEWER, beta, zeta)

    shown = await get(api, f"{where}?sort={sort}")

    assert names(shown) == found
    sizes = {item["name"]: (item["file_count"], item["size"]) for item in shown["items"]}
    assert sizes["alpha"] == (2, len(ALPHA.data) + len(NEWER.data))


async def test_a_package_is_as_new_as_its_newest_file(api: Api) -> None:
    """By conda's summary; of others by their records."""
    await a_world(api, ALPHA, a_package("alpha", "0.1", timestamp_ms=1_800_000_000_000))

    assert [item["updated_at"] for item in (await get(api, MAIN))["items"]] == ["2027-01-15T08:00:00.000000+00:00"]


async def test_projects_are_sorted_by_their_newest_file_too(api: Api) -> None:
    """Their records are read for that; of names that nobody read it is not known, and they come last."""
    old = a_wheel("old", "1.0", uploaded_at="2024-01-01T00:00:00Z")
    new = a_wheel("young", "1.0", uploaded_at="2025-01-01T00:00:00Z")
    world = PythonWorld((old, new, a_wheel("unread", "1.0")), eager_names=0)
    await world.run()
    await world.publish()
    api.stands_on(world)
    for name in ("old", "young"):
        await get(api, f"{MAIN}/python/{name}/files")
    await world.run()
    await world.publish()

    assert names(await get(api, f"{MAIN}?sort=-updated_at")) == ["young", "old", "unread"]
    assert names(await get(api, f"{MAIN}?sort=updated_at")) == ["old", "young", "unread"]


@pytest.mark.parametrize("mode", [MirrorMode.PASSIVE, MirrorMode.ACTIVE])
async def test_packages_are_told_apart_by_whether_their_files_are_stored(api: Api, mode: MirrorMode) -> None:
    """By the mode of the mirrors that bring them; what people put in is stored."""
    await a_world(api, ALPHA, mode=mode)
    await upload(api, "a.ipynb", NOTEBOOK)
    other = {"active": "passive", "passive": "active"}[mode.value]

    shown = await get(api, f"{MAIN}?state={mode.value}")

    assert [item["state"] for item in shown["items"] if item["family"] == "conda"] == [mode.value]
    assert "alpha" not in names(await get(api, f"{MAIN}?state={other}"))
    assert "a.ipynb" in names(await get(api, f"{MAIN}?state=active"))
    assert "a.ipynb" not in names(await get(api, f"{MAIN}?state=passive"))


async def test_packages_with_vulnerabilities_are_found(api: Api) -> None:
    """With the highest score; without data nothing is said of any."""
    await a_world(api, a_package("django", "1.11"), ALPHA)
    assert "cve_score" not in (await get(api, MAIN))["items"][0]
    await take_in(api, DJANGO)

    shown = await get(api, f"{MAIN}?has_cves=true")

    assert (shown["total_count"], names(shown)) == (1, ["django"])
    assert [item["cve_score"] for item in (await get(api, MAIN))["items"]] == [None, 6.1]
    assert (shown["items"][0]["cve_count"], shown["items"][0]["cve_score"]) == (1, 6.1)


@pytest.mark.parametrize("sort", ["name", "-name", "match", "-download_count", "-updated_at", "size", "-file_count"])
async def test_pages_of_several_channels_make_the_whole_list(api: Api, sort: str) -> None:
    """None is left out and none comes twice, in whatever order: files that are no packages among them."""
    await a_world(api, ALPHA, BETA, ZETA)
    await api.holds(a_channel("other"))
    await upload(api, "b.ipynb", NOTEBOOK)
    for name in ("c.ipynb", "a.ipynb"):
        answer = await api.client.post(
            "/api/channels/other/artifacts",
            files={"content": (name, NOTEBOOK)},
            headers={"X-Auth": "a-token-for-tests-only"},
        )
        assert answer.status_code == 201, answer.text

    whole = names(await get(api, f"{EVERYTHING}?sort={sort}"))
    paged = [names(await get(api, f"{EVERYTHING}?sort={sort}&limit=1&offset={at}"))[0] for at in range(len(whole))]

    assert sorted(whole) == ["a.ipynb", "alpha", "b.ipynb", "beta", "c.ipynb", "zeta"]
    assert paged == whole


async def test_an_order_that_there_is_not_is_refused(api: Api) -> None:
    """With the field at fault."""
    await a_world(api)

    assert (await get(api, f"{MAIN}?sort=colour", status=400))["field"] == "sort"


@given(st.lists(st.tuples(st.text("ab", max_size=3), st.sampled_from(MirrorType)), unique=True))
def test_one_package_is_found_among_all(packages: list[tuple[str, MirrorType]]) -> None:
    """By name and type, and nothing where it is not there."""
    listed = [
        ListedPackage(name, name, type_, (), 1, 1, "active", None)
        for name, type_ in sorted(packages, key=lambda it: (it[0], it[1].value))
    ]

    for one in listed:
        assert find_listed(listed, one.type, one.name) is one
    assert find_listed(listed, MirrorType.CONDA, "c") is None


@pytest.mark.parametrize("told", [-1, 10**18, -(10**18)])
def test_what_no_calendar_has_is_no_moment(told: int) -> None:
    """Records of sources may say anything."""
    assert moment_of_ms(told) is None
