"""A channel with a mirror that has run: where most end-to-end tests begin."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from tests.support import read_index
from tests.support.conda_index import Form
from tests.support.solve import ClientForm, Installed, Order, Outcome, install, solve
from tests.support.stack import Stack


class Mirrored(msgspec.Struct, kw_only=True):
    """One channel that one mirror fills; counts the runs that were asked for."""

    stack: Stack
    channel: str
    mirror_id: str
    runs: int

    @property
    def url(self) -> str:
        """Where package clients find the channel."""
        return self.stack.channel_url(self.channel)

    @property
    def http(self) -> httpx.Client:
        """A client that may read the channel."""
        return self.stack.api.http

    def run_again(self) -> str:
        """Run the mirror once more and wait for the end; returns the run's state."""
        self.stack.api.run_now(self.channel, self.mirror_id)
        self.runs += 1
        return self.stack.wait_for_run(self.channel, self.mirror_id, number=self.runs)

    def show(self) -> dict[str, Any]:
        """Show the mirror with its `sync_state`."""
        return self.stack.api.mirror(self.channel, self.mirror_id)

    def count(self) -> dict[str, Any]:
        """Show what `sync_state` counts."""
        count: dict[str, Any] = self.show()["sync_state"]["count"]
        return count

    def revision(self) -> int:
        """Return the number of the last published revision."""
        return int(str(self.stack.published(self.channel)[-1].body["number"]))

    def listed(self, subdir: str = "noarch") -> frozenset[str]:
        """Return the file names that every index form lists, all forms read of one revision.

        Raises:
            AssertionError: when the forms do not list the same files.
        """
        by_form: Mapping[Form, frozenset[str]] = {}
        before, after = object(), self.stack.api.channel(self.channel)["revision"]
        while before != after:
            before = after
            by_form = read_index.listed_everywhere(self.http, self.url, subdir)
            after = self.stack.api.channel(self.channel)["revision"]
        if len(set(by_form.values())) != 1:
            raise AssertionError(f"the forms disagree: {by_form}")
        return by_form[Form.JSON]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a file below the channel."""
        return self.http.get(f"{self.url}/{path}", headers=headers)

    def solve(self, *specs: str, form: ClientForm = ClientForm.SHARDS) -> Outcome:
        """Solve on the channel with py-rattler."""
        return solve(Order(channels=(self.url,), specs=specs, form=form))

    @contextmanager
    def install(self, *specs: str, form: ClientForm = ClientForm.SHARDS) -> Iterator[Installed]:
        """Install from the channel with py-rattler."""
        with install(Order(channels=(self.url,), specs=specs, form=form)) as environment:
            yield environment


def mirror(
    stack: Stack,
    channel: str,
    source_root: str,
    *,
    type: str = "conda",
    mode: str = "passive",
    filters: Mapping[str, object] | None = None,
    state: str = "completed",
) -> Mirrored:
    """Create the channel and the mirror, and wait for its first run to end.

    Raises:
        AssertionError: when the run does not end in this state.
    """
    stack.api.create_channel(channel)
    return add_mirror(stack, channel, source_root, type=type, mode=mode, filters=filters, state=state)


def add_mirror(
    stack: Stack,
    channel: str,
    source_root: str,
    *,
    type: str = "conda",
    name: str | None = None,
    mode: str = "passive",
    filters: Mapping[str, object] | None = None,
    state: str = "completed",
) -> Mirrored:
    """Give a channel one more mirror, and wait for its first run to end.

    Raises:
        AssertionError: when the run does not end in this state.
    """
    mirror_id = stack.api.create_mirror(channel, source_root, name=name, mode=mode, filters=filters, mirror_type=type)
    ended = stack.wait_for_run(channel, mirror_id)
    if ended != state:
        raise AssertionError(f"the run ended {ended}: {stack.api.mirror(channel, mirror_id)}")
    return Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
