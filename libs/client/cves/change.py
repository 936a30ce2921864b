"""`./tain cve import | update | set-status | unset-status | names`: changing what is known."""

from argparse import ArgumentParser
from pathlib import Path
from typing import BinaryIO

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.cves.cve_client import CveClient
from libs.client.cves.look import ECOSYSTEMS, STATUSES, cve_lines
from libs.client.cves.wire import AdvisoryReport, StatusWish
from libs.client.errors import CommandFailed


class ImportOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `import`."""

    files: tuple[str, ...]
    json: bool


class UpdateOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `update`."""

    json: bool


class StatusOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `set-status`."""

    cve: str
    status: str
    package: str
    ecosystem: str
    file: str | None
    note: str | None
    score: float | None


class UnsetOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `unset-status`."""

    cve: str
    package: str
    ecosystem: str
    file: str | None


class NamesOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `names`."""

    map: str


def add_import_options(parser: ArgumentParser) -> None:
    """Offer the options of `import`."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="an archive of OSV records, as all.zip; it has all of its ecosystem: advisories that are not in it go",
    )
    parser.add_argument("--json", action="store_true", help="write one JSON document a file")


def add_update_options(parser: ArgumentParser) -> None:
    """Offer the options of `update`."""
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def add_status_options(parser: ArgumentParser) -> None:
    """Offer the options of `set-status`."""
    parser.add_argument("cve", metavar="CVE", help="its id or an alias")
    parser.add_argument("status", choices=STATUSES, help="how far it applies")
    _add_place(parser)
    parser.add_argument("--note", metavar="TEXT", help="why")
    parser.add_argument("--score", metavar="N", type=float, help="the score of a CVE that no advisory has one of")


def add_unset_options(parser: ArgumentParser) -> None:
    """Offer the options of `unset-status`."""
    parser.add_argument("cve", metavar="CVE", help="its id or an alias")
    _add_place(parser)


def add_names_options(parser: ArgumentParser) -> None:
    """Offer the options of `names`."""
    parser.add_argument(
        "map", metavar="FILE", help="YAML: a conda name, a colon, and a Python name or none; a line each"
    )


def import_archives(typed: ImportOptions, client: CveClient) -> int:
    """Send archives one after the other, and show what became of them."""
    for path in typed.files:
        with _open(path) as file:
            report = client.import_archive(file)
        _show(report, name=path, as_json=typed.json)
    return 0


def update(typed: UpdateOptions, client: CveClient) -> int:
    """Let the server read its source, and show what became of it."""
    _show(client.update(), name="the source", as_json=typed.json)
    return 0


def set_status(typed: StatusOptions, client: CveClient) -> int:
    """Say how far a CVE applies."""
    wish = StatusWish(
        status=typed.status,
        package=typed.package,
        ecosystem=typed.ecosystem,
        file=typed.file,
        note=typed.note,
        score=typed.score,
    )
    print("\n".join(cve_lines(client.set_status(typed.cve, wish))))
    return 0


def unset_status(typed: UnsetOptions, client: CveClient) -> int:
    """Take a status back."""
    client.take_status_back(typed.cve, ecosystem=typed.ecosystem, package=typed.package, file=typed.file)
    print(f"The status of {typed.cve} in {typed.package} was taken back.")
    return 0


def set_names(typed: NamesOptions, client: CveClient) -> int:
    """Replace the map of names."""
    with _open(typed.map) as file:
        names = client.set_conda_names(file.read()).names
    none = sum(1 for name in names.values() if name is None)
    print(
        f"{len(names):,} names of conda packages: {len(names) - none:,} with another in Python, {none:,} without one."
    )
    return 0


def report_line(report: AdvisoryReport) -> str:
    """Say what an import did."""
    words = [f"{report.read:,} records read"]
    if report.passed_over:
        words.append(f"{report.passed_over:,} of other ecosystems passed over")
    words += [f"{count:,} not usable ({reason})" for reason, count in report.broken.items()]
    changes = f"{report.added:,} CVEs new, {report.updated:,} changed, {report.removed:,} gone; {report.cves:,} in all"
    return f"{', '.join(words)}; {changes}"


def _open(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as exc:
        raise CommandFailed(f"{path} can't be read: {exc.strerror}") from exc


def _show(report: AdvisoryReport, *, name: str, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(report).decode())
    if report.error is not None:
        raise CommandFailed(f"{name}: {report.error}")
    if not as_json:
        print(f"{name}: {report_line(report)}")


def _add_place(parser: ArgumentParser) -> None:
    parser.add_argument("package", metavar="PACKAGE", help="in which package")
    parser.add_argument("--ecosystem", choices=ECOSYSTEMS, default="conda", help="of which kind (default: conda)")
    parser.add_argument("--file", metavar="GLOB", help="only in these of its files, for example 'django-4.2-*.conda'")
