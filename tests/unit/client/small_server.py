"""As much of the REST API as the client needs, in memory; runs go on a step with each look."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from libs.client.client import Client

TOKEN = "0123456789abcdef"
URL = "http://tain.example:8080"

_CHANNEL = r"/api/channels/(?P<channel>[^/]+)(?:/subchannels/(?P<sub>[^/]+))?"


class SmallServer:
    """Holds channels and mirrors as plain JSON objects; `steps` are the states that a run goes through."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Any]] = {}
        self.mirrors: dict[str, list[dict[str, Any]]] = {}
        self.steps = ["pending", "running", "completed"]
        self.requests: list[tuple[str, str, Any]] = []
        self.queries: list[dict[str, str]] = []
        self.refuse_mirrors: dict[str, Any] | None = None
        self._going: dict[str, list[str]] = {}

    def client(self, *, token: str | None = TOKEN) -> Client:
        """Return a client of this server."""
        return Client(URL, token=token, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = msgspec.json.decode(request.content) if request.content else None
        self.requests.append((request.method, request.url.path, body))
        self.queries.append(dict(request.url.params))
        if request.headers.get("X-Auth") != TOKEN:
            return _problem(401, "the token is not valid")
        for method, pattern, respond in self._routes():
            found = re.fullmatch(pattern, request.url.path)
            if found and method == request.method:
                return respond(found.groupdict(), body)
        return _problem(404, "there is nothing here")

    def _routes(self) -> list[tuple[str, str, Callable[[dict[str, str], Any], httpx.Response]]]:
        return [
            ("GET", "/api/channels", self._list),
            ("POST", "/api/channels", self._add),
            ("POST", r"/api/channels/(?P<channel>[^/]+)/subchannels", self._add),
            ("GET", r"/api/channels/(?P<channel>[^/]+)/subchannels", self._list),
            ("GET", "/api/history", self._history),
            ("GET", "/api/system/dead-letters", self._dead_letters),
            ("GET", f"{_CHANNEL}/history", self._history),
            ("GET", _CHANNEL, self._show),
            ("DELETE", _CHANNEL, self._drop),
            ("GET", f"{_CHANNEL}/mirrors", self._list_mirrors),
            ("POST", f"{_CHANNEL}/mirrors", self._add_mirror),
            ("PUT", f"{_CHANNEL}/mirrors/(?P<id>[^/]+)", self._edit_mirror),
            ("POST", f"{_CHANNEL}/mirrors/(?P<id>[^/]+)/stop_mirror_sync", self._stop),
        ]

    def _list(self, where: dict[str, str], _: Any) -> httpx.Response:
        parent = where.get("channel")
        items = [channel for channel in self.channels.values() if channel.get("parent") == parent]
        return httpx.Response(200, json={"total_count": len(items), "items": items})

    def _add(self, where: dict[str, str], body: Any) -> httpx.Response:
        channel = {"privacy": "public", "subchannel_count": 0, "mirror_count": 0, "revision": None, **body}
        if "channel" in where:
            channel["parent"] = where["channel"]
            self.channels[where["channel"]]["subchannel_count"] += 1
        key = f"{channel['parent']}/{channel['name']}" if "parent" in channel else channel["name"]
        self.channels[key] = channel
        self.mirrors[key] = []
        return httpx.Response(201, json=channel)

    def _show(self, where: dict[str, str], _: Any) -> httpx.Response:
        channel = self.channels.get(_key(where))
        return httpx.Response(200, json=channel) if channel else _problem(404, "there is no such channel")

    def _drop(self, where: dict[str, str], _: Any) -> httpx.Response:
        del self.channels[_key(where)]
        return httpx.Response(202, json={})

    def _list_mirrors(self, where: dict[str, str], _: Any) -> httpx.Response:
        key = _key(where)
        for mirror in self.mirrors[key]:
            self._step(key, mirror)
        return httpx.Response(200, json={"items": self.mirrors[key]})

    def _add_mirror(self, where: dict[str, str], body: Any) -> httpx.Response:
        if self.refuse_mirrors is not None:
            return httpx.Response(400, json=self.refuse_mirrors)
        mirror = {"mirror_id": "m1", "proxy": None, "filters": {}, "state": "pending", "run_number": None, **body}
        self.channels[_key(where)]["mirror_count"] += 1
        self.mirrors[_key(where)].append(mirror)
        self._begin(mirror)
        return httpx.Response(201, json=mirror)

    def _edit_mirror(self, where: dict[str, str], body: Any) -> httpx.Response:
        mirror = next(mirror for mirror in self.mirrors[_key(where)] if mirror["mirror_id"] == where["id"])
        mirror.update({"proxy": None, "filters": {}, **body})
        self._begin(mirror)
        return httpx.Response(202, json=mirror)

    def _stop(self, where: dict[str, str], _: Any) -> httpx.Response:
        self._going[where["id"]] = ["stopping", "stopped"]
        return httpx.Response(200, json={})

    def _history(self, where: dict[str, str], _: Any) -> httpx.Response:
        named = {} if "channel" in where else {"channel": "gone"}
        event = {"event_id": "e", "event_type": "mirroring_failed", "created": "2026-01-01T00:00:00+00:00"}
        facts = {"data": {"reason": "[the source] is away", "run_number": 3, "none": None}, "meta": {"by": "ann"}}
        return httpx.Response(200, json={"total_count": 1, "items": [event | facts | named]})

    def _dead_letters(self, _: dict[str, str], __: Any) -> httpx.Response:
        facts = {"number": 7, "event_id": "e", "buried_at": "2026-01-01T00:00:00+00:00", "payload": {"channel": "x"}}
        letter = facts | {"service": "scheduler", "subject": "mirror.stop", "error": "NotFound: [main] is gone"}
        return httpx.Response(200, json={"total_count": 1, "items": [letter]})

    def _begin(self, mirror: dict[str, Any]) -> None:
        self._going[mirror["mirror_id"]] = list(self.steps)

    def _step(self, key: str, mirror: dict[str, Any]) -> None:
        """Go on with the mirror's run; its end publishes the channel."""
        going = self._going.get(mirror["mirror_id"])
        if not going:
            return
        if mirror["state"] not in ("running", "stopping") and len(going) == len(self.steps):
            mirror["run_number"] = (mirror["run_number"] or 0) + 1
        mirror["state"] = going.pop(0)
        mirror["sync_state"] = {
            "count": {"passive": 3, "failed": 1, "mirror_filtered": {"cve": 2}, "channel_filtered": {}},
            "current_step_number": 8,
            "current_step_percentage": 50,
            "current_step_description": "Filter remote packages",
            "last_exception": "the source is not there" if mirror["state"] == "failed" else None,
            "logs": {"failed": [{"ckey": "noarch/a.conda", "code": "upstream_missing", "reason": "it is gone"}]},
        }
        if not going:
            number = (self.channels[key]["revision"] or {"number": 0})["number"]
            mirror["catalogue_run"] = mirror["run_number"]
            self.channels[key]["revision"] = {
                "number": number + 1,
                "published_at": "2026-01-01T00:00:00+00:00",
                "runs": {mirror["mirror_id"]: mirror["run_number"]},
            }


def _key(where: dict[str, str]) -> str:
    return f"{where['channel']}/{where['sub']}" if where.get("sub") else where["channel"]


def _problem(status: int, detail: str) -> httpx.Response:
    return httpx.Response(status, json={"title": "no", "detail": detail, "status": status, "code": "refused"})
