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
    """Return code and reason of what is wrong with a record."""
    stanza = record.fields
    if record.fault is not None:
        return "bad_record", record.fault
    if not package or not version:
        return "bad_record", "the record has no Package, or no Version"
    if not is_package_name(package):
        return "bad_name", f"the record's Package is {shown(package)!r}, which is no name of an R package"
    if not is_package_version(version):
        return "bad_version", f"the record's Version is {shown(version)!r}, which R can't read as a version"
    return _fault_of_place(stanza, package=package, version=version) or _fault_of_texts(stanza)


def _fault_of_place(stanza: Stanza, *, package: str, version: str) -> tuple[str, str] | None:
    file, path = stanza.get("File"), stanza.get("Path")
    if package_of(file or f"{package}_{version}") != package:
        return "bad_filename", f"the record's File does not begin with {package}_, or has characters that no file has"
    if path and not is_path(path):
        return "bad_path", f"the record's Path is {shown(path)!r}, which is no folder of this repository"
    return None


def _fault_of_texts(stanza: Stanza) -> tuple[str, str] | None:
    if all(map(is_field, stanza)) and not has_control("".join(stanza.values())):
        return None
    return "bad_record", "the record has control characters"
