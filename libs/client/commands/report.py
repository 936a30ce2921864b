"""`./tain report`: what packages need, and who downloaded what."""

from libs.client.reports import look, make
from libs.client.reports.report_client import ReportClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make, list and download reports. A dependency report tells what packages need, directly and
indirectly, what of it a channel has, by which rule not, and by a real solve whether the
channel alone can create the environment. A report of downloads tells who got what, and when."""

EXAMPLES = """\
  ./tain report dependencies main 'numpy >=2' scipy --platform linux-64
  ./tain report dependencies main --policy science --format spdx --output science.spdx.json
  ./tain report downloads --from 2026-01-01 --to 2026-03-31 --output downloads.csv
  ./tain report list

  ./tain report COMMAND --help shows a command's options, with examples."""

VERBS = {
    "dependencies": Verb(
        summary="report what packages need, and what of it a channel has",
        examples="  ./tain report dependencies main 'numpy >=2' scipy\n"
        "  ./tain report dependencies main --mirror forge --check\n"
        "  ./tain report dependencies main python --format cyclonedx --output python.cdx.json",
        options=make.DependencyOptions,
        add_options=make.add_dependency_options,
        run=make.report_dependencies,
    ),
    "downloads": Verb(
        summary="report who downloaded what, and when",
        examples="  ./tain report downloads --from 2026-01-01 --to 2026-12-31 --user ann,bob\n"
        "  ./tain report downloads --from 2026-05-01 --to 2026-05-31 --channel main --format json",
        options=make.DownloadOptions,
        add_options=make.add_download_options,
        run=make.report_downloads,
    ),
    "list": Verb(
        summary="show the reports that are kept",
        examples="  ./tain report list\n  ./tain report list --channel main --kind dependencies --json",
        options=look.ListOptions,
        add_options=look.add_list_options,
        run=look.list_reports,
    ),
    "show": Verb(
        summary="show a report",
        examples="  ./tain report show 01J8ZQ",
        options=look.ShowOptions,
        add_options=look.add_show_options,
        run=look.show_report,
    ),
    "download": Verb(
        summary="write a report down, in any form",
        examples="  ./tain report download 01J8ZQ --format csv > report.csv",
        options=look.DownloadOptions,
        add_options=look.add_download_options,
        run=look.download_report,
    ),
}

COMMAND = command_of(VERBS, part_of=ReportClient, about=ABOUT, examples=EXAMPLES)
