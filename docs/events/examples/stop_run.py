"""Stop a mirror's run, and wait until it has ended: stop_run.py CHANNEL MIRROR."""

import asyncio
import json
import os
import sys

import nats


async def main(channel: str, mirror: str) -> str:
    """Return how the run ended. Where nothing runs, a stop is followed in silence: this waits for the next end."""
    nc = await nats.connect(os.environ["NATS_URL"])
    finished = await nc.subscribe("mirror.finished")
    await nc.flush()
    command = {"channel": channel, "mirror": mirror, "requested_by": "stop_run.py"}
    await nc.jetstream().publish("mirror.stop", json.dumps(command).encode())
    try:
        async for message in finished.messages:
            run = json.loads(message.data)
            if (run["channel"], run["mirror"]) == (channel, mirror) and run["state"] != "skipped":
                return f"run {run['run_number']} {run['state']}"
        return "NATS went away"
    finally:
        await nc.close()


if __name__ == "__main__":
    print(asyncio.run(main(*sys.argv[1:3])))
