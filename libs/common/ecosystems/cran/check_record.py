"""Which records of a source can be served: each is checked, none is changed."""

from typing import NamedTuple

from libs.common.domain.run import FileFailure
from libs.common.ecosystems.cran.dcf import DcfRecord, has_control, is_field
from libs.common.ecosystems.cran.file_view import ROOT
from libs.common.ecosystems.cran.names import is_package_name, is_path, package_of, shown
from libs.common.ecosystems.cran.records import Stanza, filename_of
from libs.common.ecosystems.cran.versions import is_package_version


class Usable(NamedTuple):
    """A record that can be served: its package and its file."""

    package: str
    filename: str
    stanza: Stanza


def check_record(record: DcfRecord, *, partition: str) -> Usable | FileFailure:
    """Say of which file a record is, or why it can't be served."""
    stanza = record.fields
    package, version = stanza.get("Package", ""), stanza.get("Version", "")
    named = stanza.get("File") or f"{package}_{version}"
    fault = _fault(record, package=package, version=version)
    if fault is not None:
        code, reason = fault
        return FileFailure(ckey=f"{ROOT}/{partition}/{shown(named)}", code=code, reason=reason)
    return Usable(package, filename_of(stanza, partition=partition), stanza)


def _fault(record: DcfRecord, *, package: str, version: str) -> tuple[str, str] | None:
    stanza = record.fields
    path = stanza.get("Path")
    checks = (
        (record.fault is None, "bad_record", record.fault or ""),
        (bool(package and version), "bad_record", "the record has no Package, or no Version"),
        (
            all(map(is_field, stanza)) and not any(map(has_control, stanza.values())),
            "bad_record",
            "the record has control characters",
        ),
        (
            is_package_name(package),
            "bad_name",
            f"the record's Package is {shown(package)!r}, which is no name of an R package",
        ),
        (
            is_package_version(version),
            "bad_version",
            f"the record's Version is {shown(version)!r}, which R can't read as a version",
        ),
        (
            package_of(stanza.get("File") or f"{package}_{version}") == package,
            "bad_filename",
            f"the record's File does not begin with {shown(package)}_, or has characters that no file has",
        ),
        (
            not path or is_path(path),
            "bad_path",
            f"the record's Path is {shown(path or '')!r}, which is no folder of this repository",
        ),
    )
    return next(((code, reason) for is_good, code, reason in checks if not is_good), None)
