"""Ask for a run of a mirror, and wait until it has ended: request_run.py CHANNEL MIRROR."""

import asyncio
import json
import os
import sys
import uuid

import nats
from nats.aio.msg import Msg

SOURCE = "/examples"


async def main(channel: str, mirror: str) -> str:
    """Return how the run ended, or why there is none."""
    nc = await nats.connect(os.environ["NATS_URL"])
    event_id = str(uuid.uuid4())
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def on_finished(message: Msg) -> None:
        run = json.loads(message.data)
        if (run["request_id"], run["request_source"]) == (event_id, SOURCE) and not outcome.done():
            outcome.set_result(f"run {run['run_number']} {run['state']}: {run.get('reason') or 'all is well'}")

    async def on_rejected(message: Msg) -> None:
        answer = json.loads(message.data)
        if (answer["event_id"], answer["event_source"]) == (event_id, SOURCE) and not outcome.done():
            outcome.set_result(f"rejected: {answer['reason']}")

    # Listen first, then ask: an answer may be quicker than a subscription.
    await nc.subscribe("mirror.finished", cb=on_finished)
    await nc.subscribe("mirror.rejected", cb=on_rejected)
    await nc.flush()

    # Published through JetStream, the request is stored when this returns, and stored once however often it is sent.
    await nc.jetstream().publish(
        "mirror.requested",
        json.dumps({"channel": channel, "mirror": mirror, "requested_by": "request_run.py"}).encode(),
        headers={"ce-id": event_id, "ce-source": SOURCE, "Nats-Msg-Id": event_id},
    )
    try:
        return await outcome
    finally:
        await nc.close()


if __name__ == "__main__":
    print(asyncio.run(main(*sys.argv[1:3])))
