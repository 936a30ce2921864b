"""Waiting for a report that the server is making."""

import time
from functools import partial
from typing import TypeVar

from libs.client.client import Client
from libs.client.errors import CommandFailed
from libs.client.patience import patiently

T = TypeVar("T")

_POLL_S = 0.25


def wait_for_report(client: Client, report_id: str, kind: type[T], *, within_s: float) -> T:
    """Ask until the report is there.

    Raises:
        CommandFailed: when it takes too long; the work goes on.
    """
    waited_s = 0.0
    while (report := patiently(partial(client.report, report_id, kind))) is None:
        if waited_s > within_s:
            raise CommandFailed(
                f"no report after {within_s:g} s; the work goes on, see {client.url}/api/system/reports/{report_id}"
            )
        time.sleep(_POLL_S)
        waited_s += _POLL_S
    return report
