"""The REST API's policies in Python, over a `Client`."""

from typing import TypeVar
from urllib.parse import quote

import msgspec

from libs.client.client import Client, channel_path, read_answer
from libs.client.errors import ClientError, CommandFailed
from libs.client.policies.wire import (
    AssignWish,
    Checked,
    Difference,
    InForce,
    Policy,
    PolicyItem,
    PolicyPage,
    Revision,
)
from libs.client.policies.wire_preview import Preview, PreviewPromised, PreviewWish
from libs.common.domain.policy_document import PolicyDocument
from libs.common.domain.policy_text import TextForm

T = TypeVar("T")

_NOT_FOUND = 404
_MEDIA_TYPES = {TextForm.JSON: "application/json", TextForm.YAML: "application/yaml"}


class PolicyClient:
    """Policies of one server; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self) -> tuple[PolicyItem, ...]:
        """Return all policies, by name."""
        return self._get("/policies", PolicyPage).items

    def show(self, policy: str) -> Policy:
        """Return a policy by its id or name."""
        return self._get(_path(policy), Policy)

    def find(self, policy: str) -> Policy | None:
        """Return a policy by its id or name; None where there is none."""
        try:
            return self.show(policy)
        except ClientError as exc:
            if exc.status == _NOT_FOUND:
                return None
            raise

    def revision(self, policy: str, number: int) -> Revision:
        """Return one saved state of a policy."""
        return self._get(f"{_path(policy)}/revisions/{number}", Revision)

    def difference(self, policy: str, before: int, after: int | None) -> Difference:
        """Compare two revisions; the newest one where the second is not given."""
        to = f"?to={after}" if after is not None else ""
        return self._get(f"{_path(policy)}/revisions/{before}/difference{to}", Difference)

    def export(self, policy: str, *, form: TextForm, number: int | None) -> bytes:
        """Return a policy's document as text."""
        revision = f"&number={number}" if number is not None else ""
        return self._client.request("GET", f"{_path(policy)}/export?format={form}{revision}")

    def create(self, document: PolicyDocument) -> Policy:
        """Make a policy."""
        return self._send("POST", "/policies", document, Policy)

    def save(self, policy: str, document: PolicyDocument, *, on_top_of: int) -> Policy:
        """Save a document as the revision that follows one."""
        return self._send("PUT", _path(policy), document, Policy, if_match=f'"{on_top_of}"')

    def check(self, text: bytes, *, form: TextForm) -> Checked:
        """Let the server look at a document."""
        headers = {"Content-Type": _MEDIA_TYPES[form]}
        return read_answer(self._client.request("POST", "/policies/validate", content=text, headers=headers), Checked)

    def delete(self, policy: str) -> None:
        """Remove a policy that is assigned nowhere."""
        self._client.request("DELETE", _path(policy))

    def assign(self, policy: str, channel: str, *, mirror: str | None) -> InForce:
        """Put a channel, or one of its mirrors, under a policy."""
        return self._send("PUT", self._place(channel, mirror), AssignWish(policy=policy), InForce)

    def unassign(self, channel: str, *, mirror: str | None) -> None:
        """Take the policy off a channel or mirror."""
        self._client.request("DELETE", self._place(channel, mirror))

    def in_force(self, channel: str, *, mirror: str | None) -> InForce:
        """Return which policy decides at a place."""
        return self._get(self._place(channel, mirror), InForce)

    def ask_preview(self, wish: PreviewWish) -> str:
        """Ask what a policy would change; returns the id under which the preview will be."""
        return self._send("POST", "/policies/preview", wish, PreviewPromised).report_id

    def preview(self, report_id: str) -> Preview | None:
        """Return a preview, be it solved or not; None while it is being made."""
        return self._find_preview(f"/policies/preview/{quote(report_id, safe='')}")

    def solved_preview(self, report_id: str) -> Preview | None:
        """Return a preview once it is solved, or as it is when the server waited long enough."""
        return self._find_preview(f"/policies/preview/{quote(report_id, safe='')}?wait=solved")

    def _find_preview(self, path: str) -> Preview | None:
        try:
            return self._get(path, Preview)
        except ClientError as exc:
            if exc.status == _NOT_FOUND:
                return None
            raise

    def _place(self, channel: str, mirror: str | None) -> str:
        if mirror is None:
            return f"{channel_path(channel)}/policy"
        found = self._client.mirror(channel, mirror)
        if found is None:
            raise CommandFailed(f"channel {channel} has no mirror {mirror!r}; ./tain status lists them")
        return f"{channel_path(channel)}/mirrors/{quote(found.mirror_id, safe='')}/policy"

    def _get(self, path: str, kind: type[T]) -> T:
        return read_answer(self._client.request("GET", path), kind)

    def _send(self, method: str, path: str, body: msgspec.Struct, kind: type[T], *, if_match: str | None = None) -> T:
        headers = {"If-Match": if_match} if if_match else {}
        return read_answer(self._client.request(method, path, content=msgspec.json.encode(body), headers=headers), kind)


def _path(policy: str) -> str:
    """Return the path of a policy; a name that would lead elsewhere is refused."""
    if policy in ("", ".", "..") or "/" in policy:
        raise ClientError(f"{policy!r} is no policy's name; ./tain policy list shows them")
    return f"/policies/{quote(policy, safe='')}"
