"""A mirrored repository of R packages as R, renv and pak see it."""

import base64
import gzip
from typing import Any

import httpx
import pytest

from libs.common.contracts.messages import ArtifactServed
from libs.common.domain.channel import Privacy
from libs.common.domain.mirror import Filters, MirrorMode, MirrorType
from libs.common.domain.policy import Action, Where
from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from tests.support.cran_packages import RPackage, an_archived_package, an_r_package
from tests.support.cran_source import WITHOUT_R, render_repository
from tests.support.records import a_rule
from tests.support.world import ROOT, World
from tests.unit.serving.real_site import BASE, RealSite
from tests.unit.serving.world import TOKEN

ALPHA, BETA = an_r_package("alpha", "1.0"), an_r_package("beta", "2.0", License="MIT + file LICENSE")
OLD = an_archived_package("alpha", "0.9")
WINDOWS = an_r_package("alpha", "1.0", folder="bin/windows/contrib/4.3")
PACKAGES = "cran/src/contrib/PACKAGES"
ARCHIVE = "src/contrib/Meta/archive.rds"


def archived(package: RPackage) -> ArchivedFile:
    """Return what the archive's list says of a package."""
    return ArchivedFile(
        package=package.name,
        version=package.version,
        size_bytes=len(package.data),
        modified_ms=1_709_251_200_000,
    )


async def a_site(*packages: RPackage, **mirror: Any) -> RealSite:
    """Return a site whose channel shows these packages."""
    packages = packages or (ALPHA, BETA, OLD)
    world = World(type=MirrorType.CRAN, **mirror)
    files = render_repository(packages, WITHOUT_R)
    files[ARCHIVE] = render_archive([archived(package) for package in packages if package.is_archived])
    world.upstream.files = {f"{ROOT}/{path}": data for path, data in files.items()}
    await world.run()
    await world.publish()
    world.asked()
    return RealSite(world)


@pytest.mark.parametrize("mode", MirrorMode)
async def test_r_finds_and_gets_packages(mode: MirrorMode) -> None:
    """In each form of the index, and from the archive; active mirrors without their source."""
    site = await a_site(mode=mode)
    if mode is MirrorMode.ACTIVE:
        site.world.upstream.files.clear()
    plain, packed, rds = [await site.get(f"{PACKAGES}{ending}") for ending in ("", ".gz", ".rds")]
    files = [await site.get(package.ckey) for package in (ALPHA, BETA, OLD)]

    assert [line for line in plain.text.splitlines() if line.startswith("Package:")] == [
        "Package: alpha",
        "Package: beta",
    ]
    assert gzip.decompress(packed.content) == plain.content
    assert [got.headers["Content-Type"] for got in (plain, packed, rds)] == [
        "text/plain; charset=utf-8",
        "application/gzip",
        "application/octet-stream",
    ]
    assert [got.content for got in files] == [package.data for package in (ALPHA, BETA, OLD)]
    assert (await site.get(f"cran/{ARCHIVE}")).status_code == 200


async def test_no_answer_has_an_encoding() -> None:
    """R would unpack `PACKAGES.gz` and sources twice."""
    site = await a_site()
    answers = [
        await site.get(path, Accept_Encoding="gzip, deflate") for path in (f"{PACKAGES}.gz", PACKAGES, ALPHA.ckey)
    ]

    assert all("Content-Encoding" not in got.headers for got in answers)


async def test_a_file_whose_digest_is_only_known_when_it_came_is_one_file() -> None:
    """The archive tells sizes and dates alone: the tag is the same before and after."""
    site = await a_site()
    head = await site.get(OLD.ckey, method="HEAD")
    part = await site.get(OLD.ckey, Range="bytes=10-19")
    file = await site.get(OLD.ckey)
    same = await site.get(OLD.ckey, If_None_Match=head.headers["ETag"])

    assert head.headers["ETag"] == file.headers["ETag"]
    assert int(head.headers["Content-Length"]) == len(OLD.data)
    assert (part.status_code, part.content) == (206, OLD.data[10:20])
    assert same.status_code == 304
    assert len([path for path in site.world.asked() if path == OLD.path]) == 1


async def test_a_file_that_is_not_what_its_md5_says_never_comes_whole() -> None:
    """As with any digest."""
    site = await a_site()
    site.world.upstream.files[f"{ROOT}/{ALPHA.path}"] = ALPHA.data[:-1] + b"x"

    assert (await site.get(ALPHA.ckey)).status_code == 502


async def test_a_policy_holds_for_all_folders_at_once() -> None:
    """What it leaves out can't be had, by no address."""
    site = await a_site()
    await site.get(ALPHA.ckey)
    await site.world.put_policy(a_rule("mit", action=Action.EXCLUDE, where=Where(name=("beta",))))
    await site.world.look_at_rules()
    await site.world.publish()

    assert "beta" not in (await site.get(PACKAGES)).text
    assert (await site.get(BETA.ckey)).status_code == 404
    assert (await site.get(ALPHA.ckey)).status_code == 200


async def test_binaries_lie_in_their_folders() -> None:
    """Those of other versions of R have an empty index: R goes on to the sources then."""
    site = await a_site(ALPHA, WINDOWS, filters=Filters(subdirs=("bin/windows/contrib/4.3",)))
    there = await site.get("cran/bin/windows/contrib/4.3/PACKAGES")
    file = await site.get(WINDOWS.ckey)
    empty = [await site.get(f"cran/bin/windows/contrib/4.4/PACKAGES{ending}") for ending in ("", ".gz", ".rds")]

    assert "Package: alpha" in there.text
    assert file.content == WINDOWS.data
    assert [got.status_code for got in empty] == [200] * 3
    assert empty[0].content == b""


@pytest.mark.parametrize(
    "path",
    [
        "cran/src/contrib/gamma_1.0.tar.gz",
        "cran/src/contrib/alpha_9.0.tar.gz",
        "cran/src/contrib/beta_1.0.tar.gz",
        "cran/src/contrib/Archive/alpha/%2e%2e%2fbeta_2.0.tar.gz",
        "cran/src/contrib/",
        "cran/web/packages/packages.rds",
        "cran/src/contrib/METADATA2.gz",
    ],
)
async def test_what_is_not_there_is_404(path: str) -> None:
    """Clients try, and go on."""
    site = await a_site()

    assert (await site.get(path)).status_code == 404
    assert site.world.asked() == []


async def test_r_sends_its_token_in_the_repositorys_address() -> None:
    """As user, or in the path; without one nothing is told, and R is asked for it."""
    site = await a_site()
    await site.world.records.channels.update(site.world.mirror.channel, {"privacy": Privacy.PRIVATE})
    login = base64.b64encode(f"{TOKEN}:x-auth-token".encode()).decode()
    refused = [await site.get(path) for path in (PACKAGES, ALPHA.ckey, "cran/src/contrib/gamma_1.0.tar.gz")]
    by_user = await site.get(ALPHA.ckey, Authorization=f"Basic {login}")
    by_path = await site.http.get(f"/t/{TOKEN}{BASE}/{ALPHA.ckey}")

    assert {(got.status_code, got.headers["WWW-Authenticate"]) for got in refused} == {(401, 'Basic realm="Tain"')}
    assert by_user.content == by_path.content == ALPHA.data


async def test_packages_are_counted_and_indexes_are_not() -> None:
    """Those of the archive too."""
    site = await a_site()
    for path in (PACKAGES, f"{PACKAGES}.gz", f"cran/{ARCHIVE}", ALPHA.ckey, OLD.ckey):
        await site.get(path)
    await site.serving.counts.flush()

    (counted,) = [message for message in site.world.bus.said if isinstance(message, ArtifactServed)]
    assert counted.counts == {ALPHA.ckey: 1, OLD.ckey: 1}


async def test_all_ecosystems_share_a_channel_without_clashing() -> None:
    """What the channel does not have is empty in each, and never another's."""
    site = await a_site()
    answers = {
        path: await site.get(path)
        for path in ("simple/", "noarch/repodata.json", "noarch/repodata.json.zst", PACKAGES, "channeldata.json")
    }

    assert {path: got.status_code for path, got in answers.items()} == dict.fromkeys(answers, httpx.codes.OK)
    assert answers["noarch/repodata.json"].json()["packages"] == {}
