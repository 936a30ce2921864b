"""Print what was said, from a time or after a sequence number on, and end when that is all.

replay.py --since 2026-05-17T12:00:00Z
replay.py --after 4711
"""

import asyncio
import os
import sys
import uuid
from datetime import datetime

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

STREAM = "TAIN_EVENTS"
PUBLIC = (
    "mirror.requested",
    "mirror.stop",
    "mirror.rejected",
    "mirror.started",
    "mirror.finished",
    "channel.published",
    "channel.verified",
    "catalogue.decided",
    "policy.changed",
    "policy.assigned",
    "policy.unassigned",
    "artifact.registered",
    "artifact.removed",
    "advisories.changed",
    "garbage.swept",
    "report.ready",
)


async def main(how: str, place: str) -> None:
    """Read the stream in order; a number that was printed is a place to go on after."""
    nc = await nats.connect(os.environ["NATS_URL"])
    js = nc.jetstream()
    if how == "--since":
        moment = datetime.fromisoformat(place)
        start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=moment)
    else:
        start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=int(place) + 1)
    # Other systems may read what is public, each subject by a consumer of its own; all tell it to one inbox.
    inbox = nc.new_inbox()
    events = await nc.subscribe(inbox, pending_msgs_limit=-1)
    count = 0
    for subject in PUBLIC:
        config = start.evolve(
            name=uuid.uuid4().hex, filter_subject=subject, deliver_subject=inbox, ack_policy=AckPolicy.NONE
        )
        consumer = await js.add_consumer(STREAM, config)
        count += (consumer.num_pending or 0) + (consumer.delivered.consumer_seq if consumer.delivered else 0)
    messages = [await events.next_msg(timeout=30) for _ in range(count)]
    for message in sorted(messages, key=lambda message: message.metadata.sequence.stream):
        about = message.metadata
        event_id = (message.headers or {}).get("ce-id", "-")
        print(about.sequence.stream, about.timestamp.isoformat(), message.subject, event_id, message.data.decode())
    await nc.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
