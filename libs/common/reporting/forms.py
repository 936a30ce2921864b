"""The forms of a dependency report, by the words of the wire."""

from collections.abc import Callable, Mapping

import msgspec

from libs.common.reporting.as_csv import dependency_csv
from libs.common.reporting.as_cyclonedx import dependency_cyclonedx
from libs.common.reporting.as_spdx import dependency_spdx
from libs.common.reporting.dependency_report import DependencyReport, encode_report


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a report is written, what it then is, and how its file ends."""

    write: Callable[[DependencyReport], bytes]
    media_type: str
    suffix: str


FORMS: Mapping[str, Form] = {
    "json": Form(write=encode_report, media_type="application/json", suffix=".json"),
    "csv": Form(write=dependency_csv, media_type="text/csv", suffix=".csv"),
    "cyclonedx": Form(
        write=dependency_cyclonedx, media_type="application/vnd.cyclonedx+json; version=1.6", suffix=".cdx.json"
    ),
    "spdx": Form(write=dependency_spdx, media_type="application/spdx+json", suffix=".spdx.json"),
}
