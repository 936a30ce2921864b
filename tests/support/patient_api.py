"""The REST API while its server, or what stands behind it, may be away: asks again, and checks how it is told so."""

import threading
import time
from types import TracebackType
from typing import Any, Self

import httpx

_PAUSE_S = 0.1
_PATIENCE_S = 60.0
_ANSWER_WITHIN_S = 20.0
"""More than any answer may take, with some to spare for a busy machine; who hangs fails the test."""


class PatientApi:
    """Plain HTTP with the admin's token; what can't be done now is asked again until it can.

    Being away must be said as such: no connection, or 503 with `Retry-After` and a problem.
    Every other failure is one of the server's.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.http = httpx.Client(
            base_url=f"{url}/api", headers={"X-Auth": token}, timeout=_ANSWER_WITHIN_S, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def is_ready(self) -> bool:
        """Tell whether every part answers."""
        try:
            return self.http.get(f"{self.url}/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response | None:
        """Ask once; None where the server is away and says so.

        Raises:
            AssertionError: when it fails in another way, or does not answer at all.
        """
        try:
            answer = self.http.request(method, path, json=body)
        except httpx.TimeoutException as exc:
            raise AssertionError(f"{method} {path} hangs: {exc!r}") from exc
        except httpx.TransportError:
            return None
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            if "Retry-After" not in answer.headers or answer.headers["Content-Type"] != "application/problem+json":
                raise AssertionError(f"{method} {path}: a 503 that does not say more: {answer.text}")
            return None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise AssertionError(f"{method} {path}: {answer.status_code}: {answer.text}")
        return answer

    def call(self, method: str, path: str, body: object = None, *, expect: tuple[int, ...]) -> Any:
        """Ask until it is done, and return the answer's JSON."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            answer = self.ask(method, path, body)
            if answer is not None and answer.status_code in expect:
                return answer.json() if answer.content else None
            if answer is not None or time.monotonic() > end:
                raise AssertionError(f"{method} {path}: {answer and (answer.status_code, answer.text)}")
            threading.Event().wait(_PAUSE_S)

    def create(self, channel: str, source_root: str, *, mode: str) -> str:
        """Create a channel and its mirror, which runs when it is asked to, and return the mirror's id."""
        self.call("POST", "/channels", {"name": channel}, expect=(201,))
        body = self._wish(channel, source_root, mode=mode)
        return str(self.call("POST", f"/channels/{channel}/mirrors", body, expect=(201,))["mirror_id"])

    def run(self, channel: str, mirror_id: str) -> None:
        """Ask for a run."""
        shown = self.mirror(channel, mirror_id)
        body = self._wish(channel, shown["source_root"], mode=shown["mirror_mode"]) | {"run_now": True}
        self.call("PUT", f"/channels/{channel}/mirrors/{mirror_id}", body, expect=(202,))

    def mirror(self, channel: str, mirror_id: str) -> dict[str, Any]:
        """Show a mirror."""
        items = self.call("GET", f"/channels/{channel}/mirrors", expect=(200,))["items"]
        shown: dict[str, Any] = next(item for item in items if item["mirror_id"] == mirror_id)
        return shown

    def stop(self, channel: str, mirror_id: str) -> None:
        """Stop a mirror's run, if there is one."""
        self.call("POST", f"/channels/{channel}/mirrors/{mirror_id}/stop_mirror_sync", expect=(200,))

    def set_frozen(self, channel: str, indexing_behavior: str) -> None:
        """Freeze a channel (`frozen`), or let it go on (`default`)."""
        self.call("PUT", f"/channels/{channel}", {"indexing_behavior": indexing_behavior}, expect=(200, 202, 204))

    @staticmethod
    def _wish(channel: str, source_root: str, *, mode: str) -> dict[str, object]:
        return {
            "mirror_name": f"{channel} mirror",
            "source_root": source_root,
            "mirror_mode": mode,
            "cron": "0 0 1 1 *",
            "mirror_type": "conda",
            "filters": {},
            "run_now": False,
        }
