"""Tables as CSV (RFC 4180), for spreadsheets.

A spreadsheet takes a text that begins with `=` for a formula, and runs it: names and licenses
come from outside, so such texts begin with an apostrophe, which spreadsheets don't show.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from libs.common.reporting.dependency_report import DependencyReport, Line

Cell = str | int | float | bool | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_COLUMNS = (
    "platform name version direct chosen in_channel files files_in_channel size_bytes license license_families "
    "cves cve_score why_not reason rule policy mirror ckey purl needed_by"
).split()


def dependency_csv(report: DependencyReport) -> bytes:
    """Write a dependency report, a line per version and platform, and one per package that no source has."""
    return table_csv(_COLUMNS, _rows(report))


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table with its heading; yes and no as `true` and `false`, nothing as an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
    return out.getvalue().encode()


def _rows(report: DependencyReport) -> Iterable[Sequence[Cell]]:
    for platform in report.platforms:
        for line in platform.packages:
            yield _row(platform.platform, line)
        for missing in platform.missing:
            known: dict[str, Cell] = {
                "platform": platform.platform,
                "name": missing.name,
                "in_channel": "none",
                "files": 0,
            }
            known |= {"files_in_channel": 0, "why_not": "no source of the channel has it"}
            known["needed_by"] = ", ".join(missing.needed_by)
            yield [known.get(column) for column in _COLUMNS]


def _row(platform: str, line: Line) -> Sequence[Cell]:
    why = line.why_not
    return (
        platform,
        line.name,
        line.version,
        line.direct,
        line.chosen,
        line.in_channel,
        line.files,
        line.files_in_channel,
        line.size_bytes,
        line.license,
        " ".join(line.license_families),
        " ".join(cve.id for cve in line.cves),
        line.cve_score,
        why.detail if why else None,
        why.reason if why else None,
        why.rule if why else None,
        why.policy if why else None,
        why.mirror if why else None,
        line.ckey,
        line.purl,
        None,
    )


def _written(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
