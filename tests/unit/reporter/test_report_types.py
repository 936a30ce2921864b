"""Dependency reports of Python and R, in memory."""

from typing import Any

import msgspec
import pytest

from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.digest import Digest, sha256_of
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.domain.read_page import ReadPage
from libs.common.domain.report import ReportHead
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.reporting.dependency_report import DependencyReport, PlatformReport, decode_report
from libs.common.reporting.forms import FORMS
from libs.common.reporting.wishes import DependencyWish
from services.reporter.make_report import make_report
from tests.support.cran_records import a_stanza
from tests.support.cran_records import payload_of as r_payload
from tests.support.packages import a_package
from tests.support.python_records import a_wheel, needing, payload_of
from tests.support.records import NOON, a_mirror
from tests.support.stocked import SOURCE as SOURCE_DIGEST
from tests.support.stocked import Source, a_known_file, stock
from tests.support.world import World
from tests.unit.reporter.report_world import report_ports

PYTHON = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
R = a_mirror("cran", type=MirrorType.CRAN)
MD5 = "0" * 32
LINUX = "linux_x86_64, Python 3.12"


def project(name: str, *versions: str, **needs: str) -> bytes:
    """Return a project whose versions (`v1_0="a,b"`) have needs."""
    files = [a_wheel(name, version) for version in versions]
    texts = {
        version: tuple(filter(None, needs.get(f"v{version.replace('.', '_')}", "").split(","))) for version in versions
    }
    said = {a_wheel(name, version): needing(*texts[version]) for version in versions}
    return payload_of(*map(a_known_file, files), project=name, metadata=said)


SOURCE: Source = {
    "simple": {
        "app": project("app", "1.0", v1_0="lib >=2,winonly ; sys_platform == 'win32',fast ; extra == 'x'"),
        "lib": project("lib", "1.0", "2.0", "3.0", v3_0="gone"),
        "winonly": project("winonly", "1.0"),
        "fast": project("fast", "1.0"),
        "unused": project("unused", "1.0"),
    }
}


async def world_of(mirror: Any, source: Source, *rules: Rule) -> World:
    """Return a world whose channel is published."""
    world = World()
    await stock(world, mirror, source, *rules)
    await world.publish()
    return world


async def head_of(world: World, *, report_id: str = "report", **wish: Any) -> ReportHead:
    """Ask for a report, and return its head."""
    wished = msgspec.json.encode(DependencyWish(channel="main", **wish)).decode()
    message = ReportRequested(report_id=report_id, kind="dependencies", wish=wished, requested_by="ann")
    await make_report(message, ports=report_ports(world.records, blobs=world.blobs, bus=world.bus))
    head = await world.records.kept_reports.get(report_id)
    assert head is not None
    return head


async def report_of(world: World, *, report_id: str = "report", **wish: Any) -> DependencyReport:
    """Ask for a report, and return it."""
    head = await head_of(world, report_id=report_id, **wish)
    assert head.error is None
    assert head.blob is not None
    return decode_report(await read_all(world.blobs, head.blob))


async def only(world: World, *, report_id: str = "report", **wish: Any) -> PlatformReport:
    """Return the one target of a report."""
    (platform,) = (await report_of(world, report_id=report_id, **wish)).platforms
    return platform


def lines(platform: PlatformReport) -> dict[str, bool]:
    """Return the lines of a report, and whether each was chosen."""
    return {f"{line.name} {line.version}": line.chosen for line in platform.packages}


async def test_python_is_walked_on_what_clients_read() -> None:
    """All that could be chosen is listed; of these the newest that works is taken."""
    linux = await only(await world_of(PYTHON, SOURCE), specs=("app",))

    assert linux.platform == LINUX
    assert lines(linux) == {"app 1.0": True, "lib 3.0": False, "lib 2.0": True}
    assert linux.environment.is_possible
    assert [(one.name, one.needed_by) for one in linux.missing] == [("gone", ("lib 3.0",))]
    app = linux.packages[0]
    assert (app.direct, app.needs, app.purl) == (
        True,
        ("lib",),
        "pkg:pypi/app@1.0?file_name=app-1.0-py3-none-any.whl",
    )


async def test_markers_and_extras_are_those_of_the_target() -> None:
    """A machine and a Python are chosen, and extras asked for."""
    world = await world_of(PYTHON, SOURCE)

    report = await report_of(world, specs=("app[x]",), platforms=("win_amd64", "linux_x86_64"), pythons=("3.11",))

    assert [one.platform for one in report.platforms] == ["win_amd64, Python 3.11", "linux_x86_64, Python 3.11"]
    windows, linux = (sorted(file.name for file in one.environment.files) for one in report.platforms)
    assert (windows, linux) == (["app", "fast", "lib", "winonly"], ["app", "fast", "lib"])
    assert lines(report.platforms[0])["fast 1.0"]


async def test_the_rules_say_which_packages_and_targets() -> None:
    """Where nobody chooses."""
    where = Where(name=("app",), platform=Among(in_=("any", "win_amd64")), python=">=3.13,<3.15")
    rule = Rule(id="app", action=Action.REQUIRE, where=where, include_dependencies=True)

    report = await report_of(await world_of(PYTHON, SOURCE, rule))

    assert report.specs == ("app",)
    assert [one.platform for one in report.platforms] == ["win_amd64, Python 3.13", "win_amd64, Python 3.14"]


async def test_what_a_rule_leaves_out_is_named_with_it() -> None:
    """And the environment, which is of clients, can't be made."""
    rule = Rule(id="old", action=Action.EXCLUDE, where=Where(spec=("lib >=2",)))
    world = await world_of(PYTHON, SOURCE, rule)

    linux = await only(world, specs=("app",))

    by_line = {f"{line.name} {line.version}": line for line in linux.packages}
    why = by_line["lib 2.0"].why_not
    assert why is not None
    assert (why.rule, why.mirror) == ("old", "index")
    assert not linux.environment.is_possible
    assert not linux.environment.is_unknown
    assert "no file that can be used here matches lib >=2, whose newest there is 1.0" in linux.environment.reasons[-1]


async def test_what_stands_in_stored_metadata_is_known() -> None:
    """Beside a file, or taken out of it; before that it is not known what the file needs."""
    metadata = b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Dist: lib\n"
    of_lib = b"Metadata-Version: 2.1\nName: lib\nVersion: 1.0\n"
    promised = {"core_metadata": {"sha256": sha256_of(metadata)}}
    source: Source = {
        "simple": {
            "app": payload_of(a_known_file(a_wheel("app"), **promised), project="app"),
            "lib": payload_of(a_known_file(a_wheel("lib")), project="lib"),
        }
    }
    world = await world_of(PYTHON, source)
    assert (await only(world, specs=("app",))).environment.is_unknown

    await put_bytes(world.blobs, metadata)
    linux = await only(world, report_id="second", specs=("app",))
    assert linux.environment.reasons == ("it is not known what lib 1.0 needs: what its source lists does not tell",)
    await world.records.extracted.put(Digest("sha256", sha256_of(a_wheel("lib").encode())), of_lib)
    linux = await only(world, report_id="third", specs=("app",))

    assert linux.environment.is_possible
    assert lines(linux) == {"app 1.0": True, "lib 1.0": True}


async def test_names_that_nobody_read_make_it_unknown() -> None:
    """They are no missing packages."""
    source: Source = {"simple": {"app": project("app", "1.0", v1_0="lazy"), "lazy": UNREAD}}

    linux = await only(await world_of(PYTHON, source), specs=("app",))

    assert linux.environment.is_unknown
    assert linux.environment.reasons == ("lazy is listed, and nobody has asked for its page yet",)
    assert linux.missing == ()


async def test_what_clients_asked_for_is_known() -> None:
    """As if a run had read it, and decided on by the same rules."""
    rule = Rule(id="new", action=Action.EXCLUDE, where=Where(spec=("lazy >=2",)))
    source: Source = {"simple": {"app": project("app", "1.0", v1_0="lazy"), "lazy": UNREAD}}
    world = await world_of(PYTHON, source, rule)
    payload = project("lazy", "1.0", "2.0")
    shard = bytes.fromhex(sha256_of(payload))
    await world.records.shards.put({shard: payload})
    page = ReadPage(name="lazy", shard=shard, read_at=NOON)
    await world.records.read_pages.put(PYTHON.id, page, source=SOURCE_DIGEST, partition="simple")

    linux = await only(world, specs=("app",))

    assert lines(linux) == {"app 1.0": True, "lazy 2.0": False, "lazy 1.0": True}
    why = {line.version: line.why_not for line in linux.packages if line.name == "lazy"}
    assert why["1.0"] is None
    assert why["2.0"] is not None
    assert why["2.0"].rule == "new"


R_SOURCE: Source = {
    "src/contrib": {
        "App": r_payload(a_stanza("App", "2.0", MD5sum=MD5, Depends="R (>= 4.0), methods", Imports="lib (>= 1.5)")),
        "lib": r_payload(a_stanza("lib", "2.0", MD5sum=MD5), a_stanza("lib", "1.0", Path="Archive/lib", MD5sum=MD5)),
    },
    "bin/windows/contrib/4.5": {
        "App": r_payload(
            a_stanza("App", "2.0", MD5sum=MD5, Imports="lib (>= 1.5)"), partition="bin/windows/contrib/4.5"
        )
    },
}


async def test_r_has_a_target_for_each_contrib_folder() -> None:
    """What a folder of binaries does not have comes from source."""
    report = await report_of(await world_of(R, R_SOURCE), specs=("app",))

    assert [one.platform for one in report.platforms] == ["bin/windows/contrib/4.5", "src/contrib"]
    windows, source = ({file.ckey for file in one.environment.files} for one in report.platforms)
    assert windows == {"cran/bin/windows/contrib/4.5/App_2.0.zip", "cran/src/contrib/lib_2.0.tar.gz"}
    assert source == {"cran/src/contrib/App_2.0.tar.gz", "cran/src/contrib/lib_2.0.tar.gz"}
    assert report.platforms[1].missing == ()
    assert all(line.purl is not None and line.purl.startswith("pkg:cran/") for line in report.platforms[1].packages)


@pytest.mark.parametrize("form", list(FORMS))
async def test_every_form_is_written(form: str) -> None:
    """Of both, also where a file has no digest of its own."""
    for mirror, source in ((PYTHON, SOURCE), (R, R_SOURCE)):
        report = await report_of(await world_of(mirror, source), specs=("app",))
        data = FORMS[form].write(report)
        assert b"app" in data.lower()


async def test_a_report_is_about_one_type_of_a_channels_mirrors() -> None:
    """The first, unless another is named; a type without a mirror is told."""
    world = World([a_package("app", subdir="linux-64")])
    world.offer([a_package("app", subdir="linux-64")], subdirs=("linux-64", "noarch"))
    await world.run()
    await stock(world, PYTHON, SOURCE)
    await world.publish()

    assert (await only(world, specs=("app",), platforms=("linux-64",))).platform == "linux-64"
    assert (await only(world, report_id="python", specs=("app",), ecosystem="python")).platform == LINUX
    head = await head_of(world, report_id="r", specs=("app",), ecosystem="r")
    assert head.error == "no r mirror of channel main has run yet, so nothing is known of its source"


async def test_a_target_that_there_can_not_be_is_refused() -> None:
    """By its ecosystem."""
    world = await world_of(PYTHON, SOURCE)

    head = await head_of(world, specs=("app",), platforms=("linux-64",))
    other = await head_of(world, report_id="other", specs=("app",), pythons=("4",))

    assert head.error is not None
    assert head.error.startswith("platforms[0] is 'linux-64'; write one of linux_x86_64")
    assert other.error == "pythons[0] is '4'; write it as 3.12"
