"""A mirrored Python index as pip and uv see it."""

from typing import Any

import httpx
import pytest

from libs.common.contracts.messages import ArtifactServed
from libs.common.domain.advisory import Advisory, encode_book
from libs.common.domain.channel import IndexingBehavior
from libs.common.domain.cve import BookHead
from libs.common.domain.digest import sha256_of
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Among, NumberIs, Operator, Rule, Where
from libs.common.ports.blobs import put_bytes
from tests.support.python_index import BOTH, Habits, Metadata, PageForm, Status
from tests.support.python_packages import PythonFile, a_wheel, an_sdist
from tests.support.python_world import PythonWorld
from tests.support.records import a_rule
from tests.unit.serving.fakes import FakeLeases
from tests.unit.serving.real_site import RealSite

PIP = f"{PageForm.JSON}, {PageForm.HTML}; q=0.1, text/html; q=0.01"
ONE, TWO = a_wheel("alpha", "1.0", requires_python=">=3.8"), a_wheel("alpha", "2.0", has_provenance=True)
SDIST = an_sdist("alpha", "2.0", yanked="broken")
BETA = a_wheel("Beta.Core", "1.0", license_expression="GPL-3.0-only")
FILES = (ONE, TWO, SDIST, BETA)
LAZY = 1
"""So few names that none is read before somebody asks for it."""


async def a_site(*files: PythonFile, leases: FakeLeases | None = None, **given: Any) -> RealSite:
    """Return a site whose channel shows these files."""
    world = PythonWorld(files or FILES, **given)
    await world.run()
    await world.publish()
    world.asked()
    return RealSite(world, leases=leases)


def filenames_of(page: httpx.Response) -> list[str]:
    """Return what a JSON page lists."""
    return [file["filename"] for file in page.json()["files"]]


@pytest.mark.parametrize("eager_names", [100, LAZY], ids=["read in the run", "read on request"])
@pytest.mark.parametrize("form", BOTH)
async def test_pip_finds_installs_and_verifies(form: PageForm, eager_names: int) -> None:
    """List, page, metadata, file: each as its record says, whether a run read the page or we do now."""
    site = await a_site(form=form, eager_names=eager_names)
    listed = await site.get("simple/", Accept=PIP)
    page = await site.get("simple/alpha/", Accept=PIP)
    metadata = await site.get(f"{ONE.ckey}.metadata")
    file = await site.get(ONE.ckey)
    (record,) = [record for record in page.json()["files"] if record["filename"] == ONE.filename]

    assert [project["name"] for project in listed.json()["projects"]] == ["alpha", "beta-core"]
    assert listed.headers["Content-Type"] == page.headers["Content-Type"] == PageForm.JSON
    assert sorted(filenames_of(page)) == sorted(file.filename for file in (ONE, TWO, SDIST))
    assert record["hashes"] == {"sha256": ONE.sha256}
    assert page.url.join(record["url"]).path.endswith(ONE.ckey)
    assert (metadata.content, file.content) == (ONE.metadata, ONE.data)
    assert metadata.headers["Content-Type"].startswith("text/plain")


async def test_a_name_is_read_once_and_all_of_it_served() -> None:
    """The whole index costs one request, and each project that somebody wants one more."""
    site = await a_site(eager_names=LAZY)
    for path in ("simple/alpha/", ONE.ckey, TWO.ckey, f"{TWO.ckey}.provenance", "simple/alpha/", "pypi/alpha/json"):
        got = await site.get(path, Accept="*/*")
        assert got.status_code == 200, path
    asked = [path for path in site.world.asked() if path.endswith("alpha/")]

    assert asked == ["alpha/"]


async def test_two_servers_read_a_name_once() -> None:
    """The second finds what the first kept."""
    site = await a_site(eager_names=LAZY)
    other = RealSite(site.world, leases=site.leases)
    pages = [await one.get("simple/alpha/", Accept=PIP) for one in (site, other)]

    assert pages[0].content == pages[1].content
    assert site.world.asked() == ["alpha/"]


async def test_a_run_that_reads_the_name_shows_the_same() -> None:
    """Nobody notices which of the two read it."""
    site = await a_site(eager_names=LAZY)
    asked_for = await site.get("simple/alpha/", Accept=PIP)
    await site.world.run()
    await site.world.publish()
    later = await site.get("simple/alpha/", Accept=PIP)

    assert asked_for.content == later.content
    assert asked_for.headers["ETag"] == later.headers["ETag"]


def a_rule_on(**where: Any) -> Rule:
    """Return a rule that leaves out what it is about."""
    return a_rule("rule", action=Action.EXCLUDE, where=Where(**where))


@pytest.mark.parametrize(
    "rule",
    [
        a_rule_on(spec=("alpha>=2",)),
        a_rule_on(name=("alpha",)),
        a_rule_on(license=Among(in_=("GPL",))),
        a_rule_on(license=Among(in_=("MIT",))),
        a_rule_on(yanked=True),
        a_rule_on(name=("beta*",)),
    ],
    ids=["spec", "name", "copyleft", "free", "yanked", "glob"],
)
async def test_lazily_read_names_are_decided_as_in_a_run(rule: Rule) -> None:
    """The same files, whatever a rule asks for."""
    seen: list[dict[str, list[str]]] = []
    for eager_names in (100, LAZY):
        site = await a_site(eager_names=eager_names)
        await site.world.put_policy(rule)
        await site.world.look_at_rules()
        await site.world.run()
        await site.world.publish()
        pages = {name: await site.get(f"simple/{name}/", Accept=PIP) for name in ("alpha", "beta-core")}
        seen.append({name: filenames_of(page) if page.status_code == 200 else [] for name, page in pages.items()})
        for file in FILES:
            got = await site.get(file.ckey)
            is_listed = file.filename in seen[-1][file.normalised]
            assert (got.status_code == 200) is is_listed, file.filename
    assert seen[0] == seen[1]
    assert seen[0] != {"alpha": sorted(file.filename for file in (ONE, TWO, SDIST)), "beta-core": [BETA.filename]}


async def test_metadata_is_taken_out_of_wheels_whose_source_serves_none() -> None:
    """Once a client got the wheel; the page tells of it from then on."""
    site = await a_site(habits=Habits(metadata=Metadata.ABSENT))
    before = await site.get("simple/alpha/", Accept=PIP)
    absent = await site.get(f"{ONE.ckey}.metadata")
    await site.get(ONE.ckey)
    await site.serving.extraction.settled()
    after = await site.get("simple/alpha/", Accept=PIP)
    told = {record["filename"]: record.get("core-metadata", False) for record in after.json()["files"]}

    assert absent.status_code == 404
    assert not any(record.get("core-metadata") for record in before.json()["files"])
    assert told[ONE.filename] == {"sha256": sha256_of(ONE.metadata)}
    assert told[TWO.filename] is False
    assert (await site.get(f"{ONE.ckey}.metadata")).content == ONE.metadata


async def test_a_lazy_wheel_is_read_in_parts() -> None:
    """As uv does where there is no metadata: HEAD, then the end of the file."""
    site = await a_site(habits=Habits(metadata=Metadata.ABSENT))
    head = await site.get(ONE.ckey, method="HEAD")
    end = await site.get(ONE.ckey, Range="bytes=-20")
    same = await site.get(ONE.ckey, method="HEAD", If_None_Match=head.headers["ETag"])
    rest = await site.get(ONE.ckey, Range="bytes=10-", If_Range=head.headers["ETag"])

    assert (head.headers["Accept-Ranges"], int(head.headers["Content-Length"])) == ("bytes", len(ONE.data))
    assert (end.status_code, end.content) == (206, ONE.data[-20:])
    assert (same.status_code, rest.status_code, rest.content) == (304, 206, ONE.data[10:])


@pytest.mark.parametrize("metadata", Metadata)
@pytest.mark.parametrize("digest", ["sha256", "md5", None])
async def test_a_file_is_served_whatever_its_record_says_of_it(metadata: Metadata, digest: str | None) -> None:
    """Old indexes give md5 only, or nothing."""
    site = await a_site(habits=Habits(metadata=metadata, digest=digest, has_pep_700=False), form=PageForm.HTML)
    heads = [await site.get(ONE.ckey, method="HEAD") for _ in range(2)]
    file = await site.get(ONE.ckey)

    assert file.content == ONE.data
    assert heads[0].headers["ETag"] == heads[1].headers["ETag"] == file.headers["ETag"]
    assert int(heads[0].headers["Content-Length"]) == len(ONE.data)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("simple", "simple/"),
        ("simple/alpha", "alpha/"),
        ("simple/Beta.Core/", "../beta-core/"),
        ("simple/Beta.Core", "beta-core/"),
        ("pypi/Beta_Core/json", "../beta-core/json"),
    ],
)
async def test_other_forms_of_an_address_lead_to_the_right_one(path: str, location: str) -> None:
    """Old tools leave out the slash, and people write names as they like."""
    site = await a_site()
    got = await site.get(path)
    assert got.next_request is not None

    assert (got.status_code, got.headers["Location"]) == (301, location)
    assert (await site.http.send(got.next_request)).status_code == 200


async def test_the_json_api_tells_what_core_metadata_say() -> None:
    """Of the newest release, and of the one that is asked for."""
    site = await a_site(eager_names=LAZY)
    newest = (await site.get("pypi/alpha/json")).json()
    asked_for = (await site.get("pypi/alpha/1.0/json")).json()

    assert (newest["info"]["version"], newest["info"]["summary"]) == ("2.0", "alpha for tests")
    assert asked_for["info"]["version"] == "1.0"
    assert [file["filename"] for file in asked_for["urls"]] == [ONE.filename]
    assert (await site.get("pypi/alpha/9.0/json")).status_code == 404


async def test_provenance_is_served_at_both_of_its_addresses() -> None:
    """Beside the file, and where the integrity API has it."""
    site = await a_site()
    answers = [
        await site.get(path) for path in (f"{TWO.ckey}.provenance", f"integrity/alpha/2.0/{TWO.filename}/provenance")
    ]

    assert [got.content for got in answers] == [TWO.provenance] * 2
    assert {got.headers["Content-Type"] for got in answers} == {"application/vnd.pypi.integrity.v1+json"}
    assert (await site.get(f"{ONE.ckey}.provenance")).status_code == 404


async def test_only_packages_are_counted() -> None:
    """Not what is read on the way to them."""
    site = await a_site()
    for path in ("simple/", "simple/alpha/", f"{TWO.ckey}.metadata", f"{TWO.ckey}.provenance", TWO.ckey):
        await site.get(path)
    await site.serving.counts.flush()

    (counted,) = [message for message in site.world.bus.said if isinstance(message, ArtifactServed)]
    assert counted.counts == {TWO.ckey: 1}


async def test_an_active_mirror_serves_without_its_source() -> None:
    """Files and all that belongs to them were fetched in the run."""
    site = await a_site(mode=MirrorMode.ACTIVE)
    site.world.upstream.files.clear()
    paths = ["simple/alpha/", *(file.ckey for file in FILES), f"{TWO.ckey}.metadata", f"{TWO.ckey}.provenance"]
    answers = [await site.get(path) for path in paths]

    assert [got.status_code for got in answers] == [200] * len(paths)
    assert site.world.asked() == []


async def test_a_project_in_quarantine_offers_no_file() -> None:
    """Neither on its page nor by an address that somebody knew."""
    world = PythonWorld(FILES)
    world.offer_files(FILES, status=Status(status="quarantined", reason="malware"))
    await world.run()
    await world.publish()
    site = RealSite(world)
    page = await site.get("simple/alpha/", Accept=PIP)

    assert page.json()["files"] == []
    assert page.json()["project-status"]["status"] == "quarantined"
    assert (await site.get(ONE.ckey)).status_code == 404


async def test_names_of_before_and_strange_paths_are_answered() -> None:
    """With 404, whatever they are; nothing is asked upstream for them."""
    site = await a_site(eager_names=LAZY)
    paths = [
        "simple/unknown/",
        "simple/alpha/other-1.0-py3-none-any.whl",
        "simple/alpha/alpha-1.0-py3-none-any.whl.exe",
        "simple/beta-core/..%2falpha-1.0-py3-none-any.whl",
        "simple/%00/",
        "simple/alpha//",
        "pypi/alpha",
        "integrity/alpha",
    ]
    answers = [await site.get(path) for path in paths]

    assert [got.status_code for got in answers] == [404] * len(paths)
    assert set(site.world.asked()) <= {"alpha/"}


async def test_named_projects_need_no_list() -> None:
    """Where the mirror names all that it wants."""
    site = await a_site(filters=Filters(projects=("alpha",)))

    assert [project["name"] for project in (await site.get("simple/", Accept=PIP)).json()["projects"]] == ["alpha"]
    assert (await site.get("simple/beta-core/")).status_code == 404
    assert (await site.get(BETA.ckey)).status_code == 404


async def test_a_frozen_channel_keeps_what_was_read_for_it() -> None:
    """Also where its source changes or drops the project, and runs go on."""
    site = await a_site(eager_names=LAZY)
    before = [await site.get(path, Accept=PIP) for path in ("simple/alpha/", ONE.ckey)]
    await site.world.records.channels.update(site.world.mirror.channel, {"indexing_behavior": IndexingBehavior.FROZEN})
    seen: list[list[bytes]] = []
    for offered in ((a_wheel("alpha", "3.0"), BETA), (BETA,), (BETA,)):
        assert isinstance(site.world, PythonWorld)
        site.world.offer_files(offered)
        await site.world.run()
        await site.world.publish()
        later = RealSite(site.world)
        seen.append([(await later.get(path, Accept=PIP)).content for path in ("simple/alpha/", ONE.ckey)])

    assert seen == [[got.content for got in before]] * 3


async def test_advisories_decide_on_names_that_are_read_on_request() -> None:
    """Those of the revision, as its other rules: newer ones with the next revision."""
    site = await a_site(eager_names=LAZY)
    for number, version in ((1, "1.0"), (2, "2.0")):
        book = encode_book(
            advisories={"python": {"alpha": [Advisory(id="CVE-2024-1", score=9.8, versions=(version,))]}}
        )
        blob = await put_bytes(site.world.blobs, book)
        head = BookHead(number=number, book=blob.sha256, advisory_count=1, at=site.world.clock.now())
        assert await site.world.records.advisory_books.move(head)
        if number == 1:
            await site.world.put_policy(a_rule_on(cve_score=NumberIs(op=Operator.AT_LEAST, value=7)))
            await site.world.look_at_rules()
            await site.world.publish()
    before = filenames_of(await site.get("simple/alpha/", Accept=PIP))
    await site.world.look_at_rules()
    await site.world.publish()
    after = filenames_of(await site.get("simple/alpha/", Accept=PIP))

    assert sorted(before) == sorted([TWO.filename, SDIST.filename])
    assert after == [ONE.filename]
    assert site.world.asked() == ["alpha/"]


@pytest.mark.parametrize("removals", UpstreamRemovals)
async def test_what_its_source_puts_in_quarantine_is_gone_at_once(removals: UpstreamRemovals) -> None:
    """Other files that a source drops go on for an hour, or stay; this may be malware."""
    world = PythonWorld(FILES, upstream_removals=removals)
    await world.run()
    await world.publish()
    site = RealSite(world)
    before = await site.get(ONE.ckey)
    world.offer_files(FILES, status=Status(status="quarantined"))
    await world.run()
    await world.publish()
    after = [await site.get(path) for path in (ONE.ckey, f"{TWO.ckey}.metadata", BETA.ckey)]
    world.offer_files(FILES)
    await world.run()
    await world.publish()

    assert (await site.get(ONE.ckey)).content == ONE.data
    assert before.status_code == 200
    assert [got.status_code for got in after] == [404] * 3


async def test_licenses_are_read_in_wheels_where_the_source_serves_no_metadata() -> None:
    """As a run reads them; the wheels themselves are not fetched."""
    site = await a_site(eager_names=LAZY, habits=Habits(metadata=Metadata.ABSENT))
    await site.world.put_policy(Rule(id="mit", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT",)))))
    await site.world.look_at_rules()
    await site.world.publish()
    page = await site.get("simple/alpha/", Accept=PIP)
    hidden = await site.get("simple/beta-core/", Accept=PIP)

    assert ONE.filename in filenames_of(page)
    assert hidden.status_code == 404
    assert (await site.get(BETA.ckey)).status_code == 404
