"""The REST API as an administrator's own script would call it: paths, bodies, exact statuses."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.support.eventually import eventually
from tests.support.secrets_kept import Secrets

END_STATES = frozenset({"completed", "failed", "stopped"})


class Api:
    """Channels and mirrors by plain HTTP, with the admin's token.

    A channel is written `main`, a subchannel `main/stage`.
    """

    def __init__(self, base_url: str, token: str, *, secrets: Secrets | None = None) -> None:
        self.base_url = base_url
        self.secrets = secrets or Secrets()
        self.http = httpx.Client(
            base_url=f"{base_url}/api", headers={"X-Auth": token}, timeout=30, event_hooks=self.secrets.hooks()
        )

    def call(self, method: str, path: str, body: object = None, *, expect: int) -> Any:
        """Send one request, check its status, and return the answer's JSON.

        Raises:
            AssertionError: for another status, with the answer's text.
        """
        answer = self.http.request(method, path, json=body) if body is not None else self.http.request(method, path)
        if answer.status_code != expect:
            raise AssertionError(f"{method} {path}: {answer.status_code}, expected {expect}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    def create_channel(self, channel: str, **fields: object) -> dict[str, Any]:
        """Create a channel, or a subchannel of one that is there."""
        parent, _, name = channel.rpartition("/")
        path = f"/channels/{parent}/subchannels" if parent else "/channels"
        created: dict[str, Any] = self.call("POST", path, {"name": name, **fields}, expect=201)
        return created

    def channel(self, channel: str) -> dict[str, Any]:
        """Show a channel."""
        shown: dict[str, Any] = self.call("GET", _path(channel), expect=200)
        return shown

    def update_channel(self, channel: str, **fields: object) -> None:
        """Change some of a channel's fields."""
        answer = self.http.put(_path(channel), json=fields)
        if answer.status_code not in (200, 204):
            raise AssertionError(f"PUT {channel}: {answer.status_code}: {answer.text[:500]}")

    def delete_channel(self, channel: str) -> None:
        """Delete a channel and wait until it is gone."""
        self.call("DELETE", _path(channel), expect=202)

    def create_mirror(
        self,
        channel: str,
        source_root: str,
        *,
        name: str | None = None,
        mode: str = "passive",
        filters: Mapping[str, object] | None = None,
        run_now: bool = True,
        **fields: object,
    ) -> str:
        """Create a mirror that only runs when asked to, conda unless `mirror_type` says otherwise; return its id."""
        body = {
            "mirror_name": name or f"{channel} mirror".replace("/", " "),
            "source_root": source_root,
            "mirror_mode": mode,
            "cron": "0 0 1 1 *",
            "mirror_type": "conda",
            "filters": filters or {},
            "run_now": run_now,
            **fields,
        }
        return str(self.call("POST", f"{_path(channel)}/mirrors", body, expect=201)["mirror_id"])

    def mirror(self, channel: str, mirror_id: str) -> dict[str, Any]:
        """Show a mirror as the channel's listing has it."""
        items = self.call("GET", f"{_path(channel)}/mirrors", expect=200)["items"]
        shown: dict[str, Any] = next(item for item in items if item["mirror_id"] == mirror_id)
        return shown

    def replace_mirror(self, channel: str, mirror_id: str, **changes: object) -> None:
        """Send the whole mirror back with some changes, as the wire wants it."""
        shown = self.mirror(channel, mirror_id)
        keys = ("mirror_name", "source_root", "mirror_mode", "cron", "mirror_type", "filters", "proxy")
        body = {key: shown[key] for key in keys if shown.get(key) is not None}
        self.call("PUT", f"{_path(channel)}/mirrors/{mirror_id}", {**body, **changes}, expect=202)

    def run_now(self, channel: str, mirror_id: str) -> None:
        """Ask for a run."""
        self.replace_mirror(channel, mirror_id, run_now=True)

    def stop(self, channel: str, mirror_id: str) -> None:
        """Stop the mirror's run."""
        self.call("POST", f"{_path(channel)}/mirrors/{mirror_id}/stop_mirror_sync", expect=200)

    def delete_mirror(self, channel: str, mirror_id: str, *, query: str = "") -> None:
        """Delete a mirror."""
        self.call("DELETE", f"{_path(channel)}/mirrors/{mirror_id}{query}", expect=204)

    def wait_for_state(self, channel: str, mirror_id: str, *states: str, within_s: float = 30) -> dict[str, Any]:
        """Return the mirror once it is in one of these states."""
        return eventually(
            lambda: shown if (shown := self.mirror(channel, mirror_id))["state"] in states else None,
            within_s=within_s,
            what=f"{channel} to be {' or '.join(states)}",
        )


def _path(channel: str) -> str:
    parent, _, name = channel.rpartition("/")
    return f"/channels/{parent}/subchannels/{name}" if parent else f"/channels/{name}"
