"""A dependency report with a bit of everything."""

import msgspec

from libs.common.domain.advisory import Confidence, CveStatus, Finding
from libs.common.reporting.dependency_report import DependencyReport, Line, Missing, PlatformReport, WhyNot
from libs.common.solving.order import Solution
from tests.support.records import NOON

CVE = Finding(id="CVE-2024-1", score=9.8, status=CveStatus.ACTIVE, confidence=Confidence.NAME)
OLD_CVE = Finding(id="CVE-2020-7", score=None, status=CveStatus.CLEARED, confidence=Confidence.OWN)


def a_line(name: str = "app", version: str = "1.0", *, subdir: str = "linux-64", **changes: object) -> Line:
    """Return a version that the channel has."""
    line = Line(
        name=name,
        version=version,
        in_channel="all",
        files=1,
        files_in_channel=1,
        ckey=f"{subdir}/{name}-{version}-0.conda",
        size_bytes=10,
        digest="sha256:" + "a" * 64,
        license="MIT",
        license_families=("mit",),
        purl=f"pkg:conda/{name}@{version}?build=0&subdir={subdir}&type=conda",
    )
    return msgspec.structs.replace(line, **changes)


PURE = a_line("pure", subdir="noarch", license="=cmd()", digest="md5:" + "b" * 32, purl=None)
WHY = WhyNot(detail="license GPL-3.0-only is not among MIT", reason="mirror_filtered.license", rule="licenses")
REPORT = DependencyReport(
    id="report-1",
    title="What app needs",
    made_at=NOON,
    channel="main",
    mirrors=("forge",),
    specs=("app",),
    revision=3,
    platforms=(
        PlatformReport(
            platform="linux-64",
            environment=Solution(platform="linux-64", is_possible=True),
            packages=(
                a_line(direct=True, chosen=True, needs=("lib", "pure", "app", "gone"), cves=(CVE, OLD_CVE)),
                a_line("lib", "2.0", in_channel="none", files_in_channel=0, license="GPL-3.0-only", why_not=WHY),
                a_line("lib", "1.0", license="MIT OR Apache-2.0", cves=(CVE,)),
                PURE,
            ),
            missing=(Missing(name="gone", needed_by=("app 1.0",)),),
        ),
        PlatformReport(
            platform="win-64",
            environment=Solution(platform="win-64", is_possible=False, reasons=("nothing in the channel matches app",)),
            packages=(PURE,),
        ),
    ),
)
