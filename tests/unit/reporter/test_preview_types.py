"""Previews of policies on Python and R mirrors."""

import msgspec

from libs.common.contracts.policy_messages import ReportRequested
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ports.blobs import read_all
from libs.common.reporting.policy_preview import PolicyPreview, PreviewWish, decode_preview
from services.reporter.make_report import make_report
from tests.support.cran_records import a_stanza
from tests.support.cran_records import payload_of as r_payload
from tests.support.packages import a_package
from tests.support.python_records import a_wheel, needing, payload_of
from tests.support.records import a_mirror
from tests.support.stocked import a_known_file, stock
from tests.support.world import World
from tests.unit.reporter.report_world import report_ports

PYTHON = a_mirror("index", type=MirrorType.PYTHON_SIMPLE)
R = a_mirror("cran", type=MirrorType.CRAN)
MD5 = "0" * 32


def project(name: str, *, needs: tuple[str, ...] = (), versions: tuple[str, ...] = ("1.0",)) -> bytes:
    """Return a project whose wheels all need the same."""
    files = [a_wheel(name, version) for version in versions]
    return payload_of(*map(a_known_file, files), project=name, metadata={file: needing(*needs) for file in files})


async def preview_of(world: World, *rules: Rule) -> PolicyPreview:
    """Ask what rules would change in the channel."""
    wish = msgspec.json.encode(PreviewWish(rules=rules, channel="main")).decode()
    message = ReportRequested(report_id="preview", kind="policy_preview", wish=wish)
    await make_report(message, ports=report_ports(world.records, blobs=world.blobs, bus=world.bus))
    head = await world.records.kept_reports.get("preview")
    assert head is not None
    assert head.error is None, head.error
    assert head.blob is not None
    return decode_preview(await read_all(world.blobs, head.blob))


def no(*specs: str) -> Rule:
    """Return a rule against some packages."""
    return Rule(id="no", action=Action.EXCLUDE, where=Where(spec=specs))


async def test_what_would_come_and_go_is_told_of_python() -> None:
    """And which packages could not be installed any more, by the walk."""
    world = World()
    source = {
        "app": project("app", needs=("lib >=2",)),
        "far": project("far", needs=("app",)),
        "lib": project("lib", versions=("1.0", "2.0")),
        "loose": project("loose", needs=("lib",)),
        "broken": project("broken", needs=("lib", "nowhere")),
        "alone": project("alone"),
    }
    await stock(world, PYTHON, {"simple": source})

    preview = await preview_of(world, no("lib >=2"))

    (mirror,) = preview.mirrors
    assert (mirror.before.files, mirror.after.files) == (7, 6)
    assert [(file.ckey, file.rule) for file in mirror.files_lost] == [(f"simple/lib/{a_wheel('lib', '2.0')}", "no")]
    assert preview.uninstallable is not None
    assert [(one.name, one.platform, one.goes, one.rule) for one in preview.uninstallable] == [
        ("app", "linux_x86_64, Python 3.12", "lib", "no"),
        ("far", "linux_x86_64, Python 3.12", "lib", "no"),
    ]
    assert preview.uninstallable[0].reasons[-1] == (
        "    no file that can be used here matches lib >=2, whose newest there is 1.0"
    )
    assert preview.unsolved == 0


async def test_what_is_not_known_is_counted() -> None:
    """A package that needs what nobody read may be installed, or not; one without metadata as well."""
    world = World()
    silent = payload_of(a_known_file(a_wheel("silent")), project="silent")
    source = {
        "app": project("app", needs=("lazy", "lib")),
        "lib": project("lib", versions=("1.0", "2.0")),
        "lazy": UNREAD,
        "silent": silent,
    }
    await stock(world, PYTHON, {"simple": source})

    preview = await preview_of(world, no("lib >=2"))

    assert (preview.uninstallable, preview.unsolved) == ((), 1)


async def test_names_that_nobody_read_go_by_their_name() -> None:
    """They are no files, but packages that go."""
    world = World()
    await stock(world, PYTHON, {"simple": {"lazy": UNREAD, "other": UNREAD}})

    (mirror,) = (await preview_of(world, no("lazy"))).mirrors

    assert mirror.packages_lost == ("lazy",)


async def test_what_would_go_is_told_of_r_by_folder() -> None:
    """A binary that goes may still come from source."""
    world = World()
    windows = "bin/windows/contrib/4.5"

    def of(package: str, partition: str = "src/contrib", imports: str = "") -> bytes:
        return r_payload(a_stanza(package, MD5sum=MD5, Imports=imports), partition=partition)

    source = {
        "src/contrib": {"App": of("App", imports="lib (>= 1.0), utils"), "lib": of("lib")},
        windows: {"App": of("App", windows, "lib (>= 1.0)"), "lib": of("lib", windows)},
    }
    await stock(world, R, source)

    nothing = await preview_of(world, no("lib (>= 2.0)"))
    assert (nothing.uninstallable, nothing.lost.files) == ((), 0)

    world.records.kept_reports._heads.clear()
    preview = await preview_of(world, no("lib"))
    assert preview.uninstallable is not None
    assert [(one.name, one.platform, one.goes) for one in preview.uninstallable] == [
        ("App", windows, "lib"),
        ("App", "src/contrib", "lib"),
    ]


async def test_types_of_one_channel_are_looked_at_each_by_itself() -> None:
    """A rule that both understand drops of both."""
    world = World([a_package("lib", "2.0"), a_package("app", depends=["lib >=2"])])
    await world.run()
    source = {"app": project("app", needs=("lib >=2",)), "lib": project("lib", versions=("2.0",))}
    await stock(world, PYTHON, {"simple": source})

    preview = await preview_of(world, Rule(id="no", action=Action.EXCLUDE, where=Where(name=("lib",))))

    assert preview.uninstallable is not None
    assert sorted((one.name, one.platform) for one in preview.uninstallable) == [
        ("app", "linux_x86_64, Python 3.12"),
        ("app", "noarch"),
    ]
