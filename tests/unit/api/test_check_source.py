"""Trying a source, over REST: what it is and has, or why it can't be mirrored."""

import asyncio
import gzip
from typing import Any

import msgspec
import pytest

from libs.common.adapters.memory.upstream import MemoryUpstream
from libs.common.domain.errors import SourceNotAllowed, TainError, UpstreamRefused, UpstreamUnavailable
from libs.common.domain.errors import UpstreamUnreachable as Unreachable
from services.api.sources import look_around, try_source
from tests.support.conda_index import Form, render_channel
from tests.support.packages import a_package
from tests.support.records import a_channel, a_mirror
from tests.unit.api.harness import SEAL, Api

ROOT = "https://source.example/forge"
PACKAGES = (a_package("alpha", "1.0"), a_package("alpha", "2.0"), a_package("beta", "1.0"))
JSON = "application/vnd.pypi.simple.v1+json"
LIST = {"meta": {"api-version": "1.4"}, "projects": [{"name": "demo", "_last-serial": 1}, {"name": "Other_One"}]}
R_INDEX = b"Package: abc\nVersion: 1.0\n\nPackage: xyz\nVersion: 2.0\nDepends: R (>= 4.1)\n"
LOGIN = b"<!doctype html><html><title>Sign in</title><form></form></html>"


def conda_at(root: str = ROOT, *forms: Form, subdirs: tuple[str, ...] = ("noarch", "linux-64")) -> dict[str, bytes]:
    """Return the files of a conda channel."""
    files = render_channel(PACKAGES, forms or (Form.ZST,), subdirs=subdirs)
    return {f"{root}/{path}": data for path, data in files.items()}


def r_at(root: str = ROOT) -> dict[str, bytes]:
    """Return the indexes of an R repository with binaries."""
    packed = gzip.compress(R_INDEX)
    folders = ("src/contrib", "bin/windows/contrib/4.4", "bin/macosx/big-sur-arm64/contrib/4.5")
    return {f"{root}/{folder}/PACKAGES.gz": packed for folder in folders}


def python_at(upstream: MemoryUpstream, root: str = ROOT, **changes: Any) -> None:
    """Let a source have a list of projects."""
    upstream.files[f"{root}/"] = msgspec.json.encode(LIST | changes)
    upstream.content_types[f"{root}/"] = JSON


async def check(api: Api, *, status: int = 200, **wish: Any) -> Any:
    """Have a source checked."""
    sent = {"mirror_type": "conda", "source_root": ROOT} | wish
    answer = await api.ask("POST", "/api/mirrors/check-source", json=sent)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("form", [Form.SHARDS, Form.ZST, Form.JSON, Form.BZ2])
async def test_a_conda_channel_shows_its_subdirs_and_their_packages(api: Api, form: Form) -> None:
    """In whatever form its index is; the sum has each name once."""
    api.upstream.files = conda_at(ROOT, form)

    found = await check(api)

    assert (found["reachable"], found["problem"], found["type_guess"]) == (True, None, "conda")
    assert [(it["name"], it["packages"]) for it in found["subdirs"]] == [("noarch", 2), ("linux-64", 0)]
    assert found["packages"] == 2
    assert found["sample"] == ["alpha", "beta"]
    assert found["index_bytes"] == sum(it["index_bytes"] for it in found["subdirs"]) > 0
    assert all(proxy is None for proxy in api.upstream.proxies)
    assert set(api.upstream.homes) == {ROOT}


async def test_a_large_index_is_seen_and_not_counted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for all of it; its size is known all the same."""
    monkeypatch.setattr(look_around, "_COUNTED_BYTES", 64)
    api.upstream.files = conda_at(ROOT, Form.JSON)

    found = await check(api)

    large = found["subdirs"][0]
    assert (large["name"], large["packages"], large["files"]) == ("noarch", None, None)
    assert large["index_bytes"] == len(api.upstream.files[f"{ROOT}/noarch/repodata.json"])
    assert found["packages"] is None


async def test_a_python_index_shows_its_projects(api: Api) -> None:
    """And whether it is JSON, and tells of each project when it changed."""
    python_at(api.upstream)
    some = await check(api, mirror_type="python_simple")
    python_at(api.upstream, projects=[{"name": "demo", "_last-serial": 1}])
    all_ = await check(api, mirror_type="python_simple")

    assert (some["reachable"], some["type_guess"]) == (True, "python_simple")
    assert (some["projects"], some["packages"], some["subdirs"]) == (2, None, [])
    assert (some["is_json"], some["has_serials"], some["sample"]) == (True, False, ["demo", "other-one"])
    assert all_["has_serials"] is True


async def test_an_r_repository_shows_its_folders_and_releases_of_r(api: Api) -> None:
    """By the words that filters have for them."""
    api.upstream.files = r_at()

    found = await check(api, mirror_type="CRAN")

    assert (found["reachable"], found["type_guess"], found["packages"]) == (True, "CRAN", 2)
    assert [it["name"] for it in found["subdirs"]] == ["src/contrib", "windows/4.4", "macosx/big-sur-arm64/4.5"]
    assert found["r_versions"] == ["4.4", "4.5"]


async def test_what_it_is_is_found_out_where_nobody_says(api: Api) -> None:
    """In the order in which one is not taken for another."""
    api.upstream.files = r_at()

    assert (await check(api, mirror_type=None))["type_guess"] == "CRAN"


@pytest.mark.parametrize(
    ("wanted", "is_really", "detail"),
    [
        ("conda", "python_simple", "this is a Python index, not a conda channel"),
        ("CRAN", "conda", "this is a conda channel, not a repository of R packages"),
        ("python_simple", "CRAN", "this is a repository of R packages, not a Python index"),
    ],
)
async def test_a_source_of_another_type_is_named(api: Api, wanted: str, is_really: str, detail: str) -> None:
    """With what to choose instead."""
    if is_really == "python_simple":
        python_at(api.upstream)
    else:
        api.upstream.files = conda_at() if is_really == "conda" else r_at()

    found = await check(api, mirror_type=wanted)

    assert (found["reachable"], found["type_guess"]) == (False, is_really)
    assert (found["problem"]["code"], found["problem"]["detail"]) == ("other_type", detail)
    assert "Choose the type" in found["problem"]["hint"]


async def test_a_listing_of_folders_is_no_list_of_projects(api: Api) -> None:
    """Its links look the same; a channel behind it is one."""
    api.upstream.files = conda_at()
    api.upstream.files[f"{ROOT}/"] = b'<title>Index of /</title><a href="noarch/">noarch/</a>'
    api.upstream.content_types[f"{ROOT}/"] = "text/html"

    found = await check(api, mirror_type="python_simple")

    assert (found["type_guess"], found["problem"]["code"]) == ("conda", "other_type")


@pytest.mark.parametrize(
    ("type_", "entered", "right", "how"),
    [
        ("conda", f"{ROOT}/linux-64", ROOT, "without /linux-64"),
        ("conda", f"{ROOT}/noarch/repodata.json", ROOT, "without /noarch/repodata.json"),
        ("python_simple", "https://source.example", "https://source.example/simple", "with /simple"),
    ],
)
async def test_an_address_beside_the_right_one_is_put_right(
    api: Api, type_: str, entered: str, right: str, how: str
) -> None:
    """It suggests the one that works."""
    if type_ == "conda":
        api.upstream.files = conda_at()
    else:
        python_at(api.upstream, right)

    problem = (await check(api, mirror_type=type_, source_root=entered))["problem"]

    assert (problem["code"], problem["suggestion"]) == ("other_address", right)
    assert how in problem["detail"]


ERRORS: dict[str, tuple[TainError, str, str]] = {
    "no such host": (Unreachable("https://source.example can't be reached: there is no such host"), "host", "proxy"),
    "not now": (UpstreamUnavailable("it can't be had now (503)"), "503", "Try again"),
    "refused": (UpstreamRefused("it may not be read (401)"), "401", "password"),
    "forbidden host": (SourceNotAllowed("the source leads to 10.0.0.1"), "10.0.0.1", "operator"),
}


@pytest.mark.parametrize(("error", "detail", "hint"), ERRORS.values(), ids=ERRORS)
async def test_a_source_that_does_not_answer_as_it_should_says_why(
    api: Api, error: TainError, detail: str, hint: str
) -> None:
    """And what to do about it; this is an answer, and no error of the server."""
    for subdir in ("noarch", "linux-64"):
        for name in ("repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json", "repodata.json.bz2"):
            api.upstream.errors[f"{ROOT}/{subdir}/{name}"] = [error] * 9

    found = await check(api)

    assert (found["reachable"], found["problem"]["code"]) == (False, error.code)
    assert detail in found["problem"]["detail"]
    assert hint in found["problem"]["hint"]


async def test_nothing_at_all_says_what_was_looked_for(api: Api) -> None:
    """A server that answers 404 to everything."""
    problem = (await check(api))["problem"]

    assert problem["code"] == "upstream_missing"
    assert "no repodata" in problem["detail"]


async def test_a_page_to_log_in_on_is_no_index(api: Api) -> None:
    """Some servers answer 200 to whatever they are asked."""
    api.upstream.files = {
        f"{ROOT}/noarch/{name}": LOGIN for name in ("repodata_shards.msgpack.zst", "repodata.json.zst", "repodata.json")
    }

    problem = (await check(api))["problem"]

    assert problem["code"] == "unreadable_index"
    assert "log in" in problem["detail"]


async def test_what_was_found_in_time_is_shown(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """One index that never comes does not hide the others."""
    monkeypatch.setattr(try_source, "WITHIN_S", 0.2)
    api.upstream.files = conda_at()
    api.upstream.gates[f"{ROOT}/linux-64/repodata.json.zst"] = asyncio.Event()

    found = await check(api)

    assert (found["reachable"], found["is_partial"], found["packages"]) == (True, True, None)
    assert ("noarch", 2) in [(it["name"], it["packages"]) for it in found["subdirs"]]


async def test_a_source_that_keeps_silent_is_not_waited_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so."""
    monkeypatch.setattr(try_source, "WITHIN_S", 0.1)
    api.upstream.files = {f"{ROOT}/noarch/repodata.json": b"{}"}
    api.upstream.gates[f"{ROOT}/noarch/repodata.json"] = asyncio.Event()

    assert (await check(api))["problem"]["code"] == "timeout"


async def test_a_masked_source_is_tried_with_its_secret_and_shown_without(api: Api) -> None:
    """The secret is that of the mirror; nothing of it is in the answer."""
    real = "https://ann:s3cret@source.example/forge"
    mirror = a_mirror(source_root="https://****@source.example/forge", sealed_source=SEAL.seal(real))
    await api.holds(a_channel(), mirror)
    api.upstream.files = conda_at(real)
    wish = {"source_root": mirror.source_root, "channel": "main", "mirror_id": mirror.id}

    answer = await api.ask("POST", "/api/mirrors/check-source", json=wish)

    assert answer.json()["reachable"] is True
    assert answer.json()["source_root"] == mirror.source_root
    assert "s3cret" not in answer.text
    assert (await check(api, source_root=mirror.source_root, status=400))["field"] == "source_root"


async def test_a_proxy_is_asked_through(api: Api) -> None:
    """Every request goes by it."""
    api.upstream.files = conda_at()

    await check(api, proxy="http://proxy.example:3128")

    assert set(api.upstream.proxies) == {"http://proxy.example:3128"}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"source_root": "ftp://x/y"}, "source_root"),
        ({"source_root": f"{ROOT}/src/contrib", "mirror_type": "CRAN"}, "source_root"),
        ({"proxy": "socks5://x"}, "proxy"),
        ({"mirror_type": "npm"}, "mirror_type"),
        ({"mirror_id": "x"}, "channel"),
    ],
)
async def test_what_can_be_no_source_is_refused_by_its_field(api: Api, wish: dict[str, str], field: str) -> None:
    """As creating a mirror of it would be."""
    assert (await check(api, status=400, **wish))["field"] == field
    assert not api.upstream.requests


async def test_a_folder_that_is_not_allowed_is_told_as_a_problem(api: Api) -> None:
    """The person can do nothing, the operator can."""
    found = await check(api, source_root="file:///etc")

    assert (found["reachable"], found["problem"]["code"]) == (False, "source_not_allowed")
