"""The REST API's CVEs in Python, over a `Client`."""

from typing import IO, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from libs.client.client import Client, read_answer
from libs.client.cves.wire import AdvisoryReport, CondaNames, Cve, CveFilePage, CvePage, StatusWish
from libs.client.wait_for_report import wait_for_report
from libs.client.wire_upkeep import ReportAsked

T = TypeVar("T")

_WITHIN_S = 1800.0


class CveClient:
    """CVEs of one server; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self, **wanted: object) -> CvePage:
        """Return a page of CVEs; what is None is not asked for."""
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return self._get(f"/cves?{query}", CvePage)

    def show(self, cve: str) -> Cve:
        """Return a CVE by its id or an alias."""
        return self._get(_path(cve), Cve)

    def files(self, cve: str, *, offset: int, limit: int) -> CveFilePage:
        """Return a page of the files that a CVE affects."""
        return self._get(f"{_path(cve)}/files?offset={offset}&limit={limit}", CveFilePage)

    def set_status(self, cve: str, wish: StatusWish) -> Cve:
        """Say how far a CVE applies to a package."""
        return read_answer(self._client.request("PUT", f"{_path(cve)}/status", content=msgspec.json.encode(wish)), Cve)

    def take_status_back(self, cve: str, *, ecosystem: str, package: str, file: str | None) -> None:
        """Take back what was said."""
        query = {"ecosystem": ecosystem, "package": package, **({"file": file} if file is not None else {})}
        self._client.request("DELETE", f"{_path(cve)}/status?{urlencode(query)}")

    def import_archive(self, file: IO[bytes]) -> AdvisoryReport:
        """Send an archive, and wait until it is read."""
        return self._report(
            self._client.request("POST", "/cves/import", content=file, headers={"Content-Type": "application/zip"})
        )

    def update(self) -> AdvisoryReport:
        """Let the server read its source, and wait for that."""
        return self._report(self._client.request("POST", "/cves/update"))

    def set_conda_names(self, text: bytes) -> CondaNames:
        """Replace the map of names."""
        headers = {"Content-Type": "application/yaml"}
        return read_answer(self._client.request("PUT", "/cves/conda-names", content=text, headers=headers), CondaNames)

    def _report(self, answer: bytes) -> AdvisoryReport:
        asked = read_answer(answer, ReportAsked)
        return wait_for_report(self._client, asked.report_id, AdvisoryReport, within_s=_WITHIN_S)

    def _get(self, path: str, kind: type[T]) -> T:
        return read_answer(self._client.request("GET", path), kind)


def _path(cve: str) -> str:
    return f"/cves/{quote(cve, safe='')}"
