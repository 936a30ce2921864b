"""`./tain report dependencies | downloads`: reports that are made now."""

from argparse import ArgumentParser

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.reports.dependency_view import dependency_view
from libs.client.reports.report_client import ReportClient
from libs.client.reports.wire import DependencyWish, DownloadsWish
from libs.client.reports.write_file import write_file
from libs.common.reporting.dependency_report import decode_report

FORMATS = ("json", "csv", "cyclonedx", "spdx")

_TIMEOUT_S = 1800.0


class DependencyOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `dependencies`."""

    channel: str
    spec: tuple[str, ...]
    mirror: str | None
    policy: str | None
    platform: str | None
    python: str | None
    ecosystem: str | None
    format: str | None
    output: str | None
    check: bool


class DownloadOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `downloads`."""

    since: str
    until: str
    user: str | None
    channel: str | None
    format: str
    output: str | None


def add_dependency_options(parser: ArgumentParser) -> None:
    """Offer the options of `dependencies`."""
    parser.add_argument("channel", metavar="CHANNEL[/SUB]")
    parser.add_argument("spec", metavar="SPEC", nargs="*", help="left out, the packages that the policy names")
    parser.add_argument("--mirror", metavar="MIRROR", help="look into this mirror's source alone")
    parser.add_argument("--policy", metavar="POLICY", help="the packages that this policy names")
    parser.add_argument(
        "--platform",
        metavar="PLATFORM,…",
        help="conda subdirs; for Python as linux_x86_64; for R contrib folders. Left out, all that the sources have",
    )
    parser.add_argument("--python", metavar="VERSION,…", help="for Python packages, as 3.12")
    parser.add_argument(
        "--ecosystem", choices=("conda", "python", "r"), help="of which type, where the channel has mirrors of several"
    )
    parser.add_argument("--format", choices=FORMATS, help="write the report in this form instead of a table")
    parser.add_argument("--output", metavar="FILE", help="write it to a file (with --format; JSON without)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where an environment can't be created")


def add_download_options(parser: ArgumentParser) -> None:
    """Offer the options of `downloads`."""
    parser.add_argument("--from", metavar="DAY", dest="since", required=True, help="the first day, as 2026-01-01")
    parser.add_argument("--to", metavar="DAY", dest="until", required=True, help="the last day; a year later at most")
    parser.add_argument("--user", metavar="NAME,…", help="only what these users downloaded")
    parser.add_argument("--channel", metavar="CHANNEL,…", help="only from these channels")
    parser.add_argument("--format", choices=("json", "csv"), default="csv", help="default: csv")
    parser.add_argument("--output", metavar="FILE", help="left out, standard output")


def report_dependencies(typed: DependencyOptions, client: ReportClient) -> int:
    """Ask for the report, wait for it, and show it or write it down."""
    wish = DependencyWish(
        channel=typed.channel,
        mirror=typed.mirror,
        specs=typed.spec,
        policy=typed.policy,
        platforms=_words(typed.platform),
        pythons=_words(typed.python),
        ecosystem=typed.ecosystem,
    )
    made = client.wait(client.ask_dependencies(wish), within_s=_TIMEOUT_S)
    report = decode_report(client.download(made.report_id, form="json"))
    form = typed.format or ("json" if typed.output else None)
    if form is None:
        table_console().print(dependency_view(report))
        print(f"Kept as {made.report_id}; ./tain report download {made.report_id} --format spdx")
    else:
        write_file(client.download(made.report_id, form=form), typed.output)
    is_possible = all(platform.environment.is_possible for platform in report.platforms)
    return 1 if typed.check and not is_possible else 0


def report_downloads(typed: DownloadOptions, client: ReportClient) -> int:
    """Write down who downloaded what."""
    wish = DownloadsWish(
        from_date=typed.since,
        to_date=typed.until,
        download_as=typed.format,
        user_names=_words(typed.user),
        channel_names=_words(typed.channel),
    )
    write_file(client.downloads(wish), typed.output)
    return 0


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
