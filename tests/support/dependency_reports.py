"""Dependency reports of a running installation."""

import httpx

from libs.common.reporting.dependency_report import DependencyReport, decode_report
from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored


def report_of(mirrored: Mirrored, *specs: str, **wish: object) -> DependencyReport:
    """Ask what some packages need; `wish` has further keys of the request, for example `platforms`."""
    api = mirrored.stack.api
    body = {"channel": mirrored.channel, "specs": [*specs], **wish}
    asked = api.call("POST", "/reports/dependencies", body, expect=202)

    def made() -> bytes | None:
        answer = api.http.get(f"/reports/{asked['report_id']}/download?format=json")
        return answer.content if answer.status_code == httpx.codes.OK else None

    return decode_report(eventually(made, within_s=30, what="the report"))
