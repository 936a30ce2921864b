"""Waiting until the services say that they are up, or telling why they are not."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import httpx
import msgspec

from deploy.embedded.failure import StackFailed
from deploy.embedded.supervise import Supervisor, wait

READY_TIMEOUT_S = 60.0

_POLL_S = 0.2
_LAST_LINES = 5


async def becomes_ready(url: str, supervisors: Iterable[Supervisor], is_over: asyncio.Event) -> bool:
    """Wait until all services are up; False when told to end before that.

    Raises:
        StackFailed: when a process ends, or when it takes too long.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_TIMEOUT_S
    missing = "the api"
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
        while not is_over.is_set():
            for dead in filter(None, (supervisor.dead() for supervisor in supervisors)):
                raise StackFailed(f"{dead.name} ended at the start; the end of {dead.log}:\n{_last_lines(dead.log)}")
            if loop.time() > deadline:
                raise StackFailed(f"not ready after {READY_TIMEOUT_S:g} s, waiting for {missing}; see the logs")
            try:
                answer = await client.get(f"{url}/readyz")
            except httpx.HTTPError:
                await wait(is_over, _POLL_S)
                continue
            if answer.status_code == httpx.codes.OK:
                return True
            missing = _missing(answer) or missing
            await wait(is_over, _POLL_S)
    return False


def _missing(answer: httpx.Response) -> str:
    """Return who is not up yet, as the api says."""
    try:
        return ", ".join(msgspec.json.decode(answer.content, type=_NotReady).missing)
    except msgspec.DecodeError:
        return ""


class _NotReady(msgspec.Struct, frozen=True):
    """The part of the api's answer that names whom it waits for."""

    missing: tuple[str, ...] = ()


def _last_lines(log: Path) -> str:
    """Return the end of a log, for people."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
