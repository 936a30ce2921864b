"""Dependency reports for people."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from libs.client.amounts import packages, size
from libs.common.reporting.dependency_report import DependencyReport, Line, PlatformReport

_MOST_REASONS = 20


def dependency_view(report: DependencyReport) -> RenderableType:
    """Lay a report out: for each platform whether it works, and a line per package."""
    return Group(*(part for platform in report.platforms for part in _platform(report, platform)))


def _platform(report: DependencyReport, platform: PlatformReport) -> Iterator[RenderableType]:
    yield Text(_answer(report, platform), style="bold")
    environment = platform.environment
    for line in environment.reasons[:_MOST_REASONS]:
        yield Text(f"  {line}")
    for one in platform.alone:
        yield Text(f"  {one.spec} alone: {'yes' if one.environment.is_possible else 'no'}")
    yield _table(platform)
    for missing in platform.missing:
        needed = f", needed by {', '.join(missing.needed_by)}" if missing.needed_by else ""
        yield Text(f"No source has {missing.name}{needed}.")
    yield Text("")


def _answer(report: DependencyReport, platform: PlatformReport) -> str:
    environment, channel = platform.environment, report.channel
    if environment.is_possible:
        known = [file.size_bytes for file in environment.files if file.size_bytes is not None]
        # Indexes of R packages tell no sizes.
        total = f", {size(sum(known))}" if len(known) == len(environment.files) else ""
        return f"{platform.platform}: {channel} alone can create it: {packages(len(environment.files))}{total}"
    if environment.is_unknown:
        return f"{platform.platform}: it could not be found out whether {channel} alone can create it"
    return f"{platform.platform}: {channel} alone can't create it"


def _table(platform: PlatformReport) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Package", "Version", "In channel", "Size", "License", "CVEs", "Why not"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Size" else "left")
    for lines in _by_name(platform.packages):
        shown = next((line for line in lines if line.chosen), lines[0])
        others = sum(line is not shown for line in lines)
        cells = (
            f"{shown.name} (asked for)" if shown.direct else shown.name,
            f"{shown.version} and {others} more" if others else shown.version,
            {"all": "yes", "some": "some builds", "none": "no"}[shown.in_channel],
            size(shown.size_bytes) if shown.size_bytes is not None else "",
            shown.license or "",
            ", ".join(cve.id for cve in shown.cves),
            _why_not(shown),
        )
        table.add_row(*map(escape, cells))
    return table


def _why_not(line: Line) -> str:
    if line.why_not is None:
        return ""
    rule = f" (rule {line.why_not.rule})" if line.why_not.rule else ""
    return f"{line.why_not.detail}{rule}"


def _by_name(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    by_name: dict[str, list[Line]] = {}
    for line in lines:
        by_name.setdefault(line.name, []).append(line)
    yield from by_name.values()
