"""Following a run from its request to the revision that it leads to.

These are loops over `Client` that yield what they see; how it is shown is not theirs.
They look on while the server is away for less than a minute: the run outlives that.
"""

import time
from collections.abc import Iterator
from functools import partial

import msgspec

from libs.client.client import Client
from libs.client.errors import ClientError
from libs.client.patience import Sleep, patiently
from libs.client.wire import Channel, Mirror

POLL_S = 0.5
TAKEN_UP_TIMEOUT_S = 60.0
PUBLISHED_TIMEOUT_S = 120.0


class Quest(msgspec.Struct, frozen=True, kw_only=True):
    """Which run to follow: the first of this mirror that has at least this number."""

    channel: str
    mirror: str
    number: int


def quest_of(channel: str, *, before: Mirror | None, answer: Mirror) -> Quest:
    """Tell which run a request with `run_now` has led to.

    Where a run went on already, the server skips the request and that run is the one.
    """
    ran = before.run_number or 0 if before else 0
    number = ran if before and before.is_active else ran + 1
    return Quest(channel=channel, mirror=answer.mirror_name, number=max(number, 1))


def follow_run(client: Client, quest: Quest, *, sleep: Sleep = time.sleep) -> Iterator[Mirror]:
    """Yield the mirror about twice a second until its run has ended; the last one is the ended one.

    Raises:
        ClientError: when the mirror goes, nobody takes the run up, or the server stays away.
    """
    waited_s = 0.0
    while True:
        mirror = patiently(partial(client.mirror, quest.channel, quest.mirror), sleep=sleep)
        if mirror is None:
            raise ClientError(f"mirror {quest.mirror!r} was deleted meanwhile")
        if (mirror.run_number or 0) >= quest.number:
            yield mirror
            if not mirror.is_active:
                return
        else:
            waited_s += POLL_S
            if waited_s > TAKEN_UP_TIMEOUT_S:
                raise ClientError("the run was not taken up; is the scheduler running? (its log tells more)")
        sleep(POLL_S)


def await_published(
    client: Client, channel: str, *, mirror_id: str, catalogue_run: int, sleep: Sleep = time.sleep
) -> Channel | None:
    """Return the channel once its revision shows the catalogue of that run, or as it is when none comes.

    A frozen channel publishes nothing. None where the channel is gone.
    """
    waited_s = 0.0
    while True:
        found = patiently(partial(client.channel, channel), sleep=sleep)
        shown = found.revision.runs.get(mirror_id, 0) if found is not None and found.revision is not None else 0
        if found is None or found.is_frozen or shown >= catalogue_run or waited_s >= PUBLISHED_TIMEOUT_S:
            return found
        sleep(POLL_S)
        waited_s += POLL_S


def revision_number(channel: Channel | None) -> int:
    """Return the number of the published revision; 0 where there is none."""
    return channel.revision.number if channel is not None and channel.revision is not None else 0
