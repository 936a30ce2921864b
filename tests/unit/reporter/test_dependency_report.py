"""Dependency reports of a whole installation in memory, solved for real."""

from collections.abc import Sequence

import msgspec
import pytest

from libs.common.contracts.policy_messages import ReportReady, ReportRequested
from libs.common.domain.advisory import Advisory, encode_book
from libs.common.domain.channel import IndexingBehavior
from libs.common.domain.cve import BookHead
from libs.common.domain.mirror import Filters, MirrorMode, UpstreamRemovals
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.domain.report import ReportHead
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.reporting.dependency_report import DependencyReport, Line, Missing, PlatformReport, decode_report
from libs.common.reporting.wishes import DependencyWish
from services.reporter.make_report import make_report
from tests.support.packages import Package, a_package
from tests.support.records import NOON
from tests.support.world import World
from tests.unit.reporter.report_world import report_ports

APP = a_package("app", subdir="linux-64", depends=["lib >=2", "pure", "__glibc >=2.17"])
LIB1 = a_package("lib", "1.0", subdir="linux-64")
LIB2 = a_package("lib", "2.0", subdir="linux-64", license_name="GPL-3.0-only")
LIB3 = a_package("lib", "3.0", subdir="linux-64", depends=["base"], padding_bytes=100)
BASE = a_package("base", subdir="linux-64")
PURE = a_package("pure", depends=["gone >=1"])
OTHER = a_package("other", subdir="linux-64")
PACKAGES = (APP, LIB1, LIB2, LIB3, BASE, PURE, OTHER)
SUBDIRS = ("linux-64", "noarch")


async def world_of(packages: Sequence[Package] = PACKAGES, *, filters: Filters | None = None) -> World:
    """Return a world whose passive mirror has run, and whose channel is published."""
    world = World((), mode=MirrorMode.PASSIVE, filters=filters or Filters())
    world.offer(packages, subdirs=SUBDIRS)
    await world.run()
    await world.publish()
    return world


async def head_of(world: World, *, report_id: str = "report", **wish: object) -> ReportHead:
    """Ask for a report, and return its head."""
    wished = DependencyWish(channel="main", **wish)  # type: ignore[arg-type]
    message = ReportRequested(
        report_id=report_id, kind="dependencies", wish=msgspec.json.encode(wished).decode(), requested_by="ann"
    )
    await make_report(message, ports=report_ports(world.records, blobs=world.blobs, bus=world.bus))
    head = await world.records.kept_reports.get(report_id)
    assert head is not None
    return head


async def report_of(world: World, *, report_id: str = "report", **wish: object) -> DependencyReport:
    """Ask for a report, and return it."""
    head = await head_of(world, report_id=report_id, **wish)
    assert head.error is None
    assert head.blob is not None
    return decode_report(await read_all(world.blobs, head.blob))


async def linux_of(world: World, *, report_id: str = "report", **wish: object) -> PlatformReport:
    """Return the one platform of a report."""
    (platform,) = (await report_of(world, report_id=report_id, **wish)).platforms
    return platform


def by_version(platform: PlatformReport) -> dict[str, Line]:
    """Return the lines of a report by name and version."""
    return {f"{line.name} {line.version}": line for line in platform.packages}


async def test_everything_that_is_needed_is_listed() -> None:
    """Direct and indirect, the newest version first, each with its facts; what no source has besides."""
    world = await world_of()

    linux = await linux_of(world, specs=("app",))

    assert [f"{line.name} {line.version}" for line in linux.packages] == [
        "app 1.0",
        "base 1.0",
        "lib 3.0",
        "lib 2.0",
        "pure 1.0",
    ]
    assert linux.platform == "linux-64"
    assert linux.missing == (Missing(name="gone", needed_by=("pure 1.0",)),)
    lines = by_version(linux)
    assert [name for name, line in lines.items() if line.direct] == ["app 1.0"]
    assert {line.in_channel for line in lines.values()} == {"all"}
    assert lines["lib 3.0"].size_bytes == len(LIB3.data)
    assert (lines["lib 2.0"].license, lines["lib 2.0"].license_families) == ("GPL-3.0-only", ("gpl", "gpl3"))
    assert lines["app 1.0"].needs == ("lib", "pure")
    assert lines["pure 1.0"].ckey == PURE.path


async def test_a_real_solve_says_whether_the_environment_can_be_made() -> None:
    """Here it can't, for one package is nowhere; and then it can."""
    world = await world_of()
    impossible = await linux_of(world, specs=("app",))
    world.offer([*PACKAGES, a_package("gone", "1.5")], subdirs=SUBDIRS)
    await world.run()
    await world.publish()

    possible = await linux_of(world, specs=("app",), report_id="second")

    assert not impossible.environment.is_possible
    assert "gone >=1, which nothing in the channel matches" in impossible.environment.reasons[-1]
    assert possible.environment.is_possible
    assert [f"{line.name} {line.version}" for line in possible.packages if line.chosen] == [
        "app 1.0",
        "base 1.0",
        "gone 1.5",
        "lib 3.0",
        "pure 1.0",
    ]


async def test_what_a_rule_excludes_is_listed_with_the_rule() -> None:
    """And the solver sees what clients see."""
    world = await world_of(filters=Filters(exclude_licenses=("gpl",), exclude_specs=("base",)))

    linux = await linux_of(world, specs=("lib",))

    lines = by_version(linux)
    by_license, by_spec = lines["lib 2.0"], lines["base 1.0"]
    assert (by_license.in_channel, by_license.files_in_channel) == ("none", 0)
    assert by_license.why_not is not None
    assert (by_license.why_not.reason, by_license.why_not.mirror) == ("mirror_filtered.license", "forge")
    assert by_spec.why_not is not None
    assert by_spec.why_not.reason == "mirror_filtered.exclude_specs"
    assert lines["lib 1.0"].why_not is None
    assert [line.version for line in linux.packages if line.chosen] == ["1.0"]


async def test_what_a_frozen_channel_does_not_show_is_told_as_such() -> None:
    """It is kept, and published when the channel is unfrozen."""
    world = await world_of([APP])
    await world.records.channels.update(world.mirror.channel, {"indexing_behavior": IndexingBehavior.FROZEN})
    world.offer(PACKAGES, subdirs=SUBDIRS)
    await world.run()

    lines = by_version(await linux_of(world, specs=("lib >=3",)))

    assert lines["lib 3.0"].in_channel == "none"
    assert lines["lib 3.0"].why_not is not None
    assert lines["lib 3.0"].why_not.detail == "mirror forge keeps it, but the channel is frozen"


async def test_what_could_not_be_stored_is_told_as_such() -> None:
    """An active mirror lists only files that are there."""
    world = World((), mode=MirrorMode.ACTIVE)
    world.offer(PACKAGES, subdirs=SUBDIRS)
    world.broken = frozenset({LIB2.path})
    await world.run()
    await world.publish()

    lines = by_version(await linux_of(world, specs=("lib",)))

    assert (lines["lib 2.0"].in_channel, lines["lib 1.0"].in_channel) == ("none", "all")
    assert lines["lib 2.0"].why_not is not None
    assert "not stored yet" in lines["lib 2.0"].why_not.detail


async def test_packages_that_a_policy_names_are_taken_where_none_are_sent() -> None:
    """From the rules in force, or from a policy that is not."""
    where = Where(name=("base",), version=">=1")
    names = Rule(id="names", action=Action.REQUIRE, where=where, include_dependencies=True)
    frame = Rule(id="frame", action=Action.REQUIRE, where=Where(platform=Among(in_=("linux-64", "noarch"))))
    world = await world_of()
    policy = await world.put_policy(frame, names)
    await world.look_at_rules()

    in_force = await report_of(world)
    wished = await report_of(world, report_id="second", policy_id=policy.id)

    assert in_force.specs == wished.specs == ("base >=1",)


async def test_what_does_not_go_together_is_solved_one_by_one_too() -> None:
    """A policy's packages need not fit into one environment."""
    world = await world_of([LIB1, LIB3, BASE, a_package("old", subdir="linux-64", depends=["lib <2"])])

    linux = await linux_of(world, specs=("old", "lib >=3"))

    assert not linux.environment.is_possible
    assert [(one.spec, one.environment.is_possible) for one in linux.alone] == [("old", True), ("lib >=3", True)]


async def test_a_pattern_stands_for_all_names_that_it_fits() -> None:
    """A solver takes no patterns; one that fits nothing is missing."""
    world = await world_of()

    fitting = await linux_of(world, specs=("li*", "ba*"))
    nothing = await linux_of(world, report_id="second", specs=("zz*",))
    expression = await linux_of(world, report_id="third", specs=("^ba.*$",))

    assert {line.name for line in fitting.packages if line.direct} == {"lib", "base"}
    assert fitting.environment.is_possible
    assert {line.name for line in expression.packages if line.direct} == {"base"}
    assert nothing.missing == (Missing(name="zz*", needed_by=()),)
    assert nothing.environment.reasons == ("nothing in the channel matches zz*",)


async def test_a_spec_that_no_version_satisfies_is_missing() -> None:
    """What is there under its name was not asked for."""
    world = await world_of()

    linux = await linux_of(world, specs=("lib >=9", "app"))

    assert linux.missing[0] == Missing(name="lib >=9", needed_by=())
    assert {line.name for line in linux.packages if line.direct} == {"app"}


async def test_what_the_channel_keeps_of_a_source_is_there() -> None:
    """Although the source does not have it any more."""
    world = World((), mode=MirrorMode.ACTIVE, upstream_removals=UpstreamRemovals.KEEP)
    world.offer(PACKAGES, subdirs=SUBDIRS)
    await world.run()
    world.offer([it for it in PACKAGES if it is not BASE], subdirs=SUBDIRS)
    await world.run()
    await world.publish()

    linux = await linux_of(world, specs=("lib >=3",))

    assert linux.environment.is_possible
    assert linux.missing == ()
    assert by_version(linux)["base 1.0"].in_channel == "all"


async def test_a_source_of_noarch_alone_is_reported_for_linux() -> None:
    """Somebody must install it somewhere."""
    world = World((), mode=MirrorMode.PASSIVE)
    world.offer([a_package("pure")])
    await world.run()
    await world.publish()

    linux = await linux_of(world, specs=("pure",))

    assert (linux.platform, linux.environment.is_possible) == ("linux-64", True)


async def test_vulnerabilities_stand_beside_the_versions_that_have_them() -> None:
    """By what is known when the report is made."""
    world = await world_of()
    book = encode_book(advisories={"python": {"lib": [Advisory(id="CVE-2024-1", score=9.8, versions=("2.0",))]}})
    blob = await put_bytes(world.blobs, book)
    await world.records.advisory_books.move(BookHead(number=1, book=blob.sha256, advisory_count=1, at=NOON))

    lines = by_version(await linux_of(world, specs=("lib",)))

    assert [one.id for one in lines["lib 2.0"].cves] == ["CVE-2024-1"]
    assert lines["lib 3.0"].cves == ()


async def test_a_report_is_made_and_said_once() -> None:
    """The request may be heard twice; the event has one id."""
    world = await world_of()

    first = await head_of(world, specs=("app",))
    again = await head_of(world, specs=("base",))

    assert first == again
    assert first.title == "What app needs in main"
    assert (first.channel, first.requested_by, first.error) == ("main", "ann", None)
    assert len(world.said(ReportReady)) == 1


WRONG = {
    "no such channel": ({"channel": "none", "specs": ["app"]}, "there is no channel none"),
    "no such mirror": ({"channel": "main", "mirror_id": "x", "specs": ["app"]}, "has no mirror x"),
    "no such policy": ({"channel": "main", "policy_id": "x"}, "there is no policy x"),
    "no package": ({"channel": "main"}, "no package is named"),
    "no spec": ({"channel": "main", "specs": ["app >=1,<"]}, "no MatchSpec"),
    "no channel name": ({"channel": "A B", "specs": ["app"]}, "is not a channel name"),
    "no wish": ({"specs": 3}, "the request can't be read"),
}


@pytest.mark.parametrize(("wish", "words"), WRONG.values(), ids=WRONG)
async def test_a_report_that_can_not_be_made_says_why(wish: dict[str, object], words: str) -> None:
    """It is kept like others, so that who asked finds the reason."""
    world = await world_of()
    message = ReportRequested(report_id="report", kind="dependencies", wish=msgspec.json.encode(wish).decode())

    await make_report(message, ports=report_ports(world.records, blobs=world.blobs, bus=world.bus))

    head = await world.records.kept_reports.get("report")
    assert head is not None
    assert head.blob is None
    assert words in str(head.error)
    (ready,) = world.said(ReportReady)
    assert isinstance(ready, ReportReady)
    assert ready.error == head.error


async def test_nothing_is_known_of_a_source_before_the_first_run() -> None:
    """Nor is anything guessed."""
    world = World(PACKAGES)
    await world.begin()

    assert "has run yet" in str((await head_of(world, specs=("app",))).error)
