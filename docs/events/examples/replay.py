"""Print what was said, from a time or after a sequence number on, and end when that is all.

replay.py --since 2026-05-17T12:00:00Z
replay.py --after 4711
"""

import asyncio
import os
import sys
from datetime import datetime

import nats
from nats.errors import TimeoutError as NothingMore
from nats.js.api import ConsumerConfig, DeliverPolicy

STREAM = "TAIN_EVENTS"


async def main(how: str, place: str) -> None:
    """Read the stream in order; a number that was printed is a place to go on after."""
    nc = await nats.connect(os.environ["NATS_URL"])
    js = nc.jetstream()
    if how == "--since":
        moment = datetime.fromisoformat(place)
        start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=moment)
    else:
        start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=int(place) + 1)
    events = await js.subscribe(">", stream=STREAM, ordered_consumer=True, config=start)
    is_more = True
    while is_more:
        try:
            message = await events.next_msg(timeout=2)
        except NothingMore:
            break
        about = message.metadata
        event_id = (message.headers or {}).get("ce-id", "-")
        print(about.sequence.stream, about.timestamp.isoformat(), message.subject, event_id, message.data.decode())
        is_more = about.num_pending > 0
    await nc.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
