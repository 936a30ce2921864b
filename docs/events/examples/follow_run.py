"""Print where a mirror's run is until it has ended: follow_run.py CHANNEL MIRROR."""

import asyncio
import json
import os
import sys

import nats


async def main(channel: str, mirror: str) -> None:
    """Follow one run."""
    nc = await nats.connect(os.environ["NATS_URL"])
    # One subscription for all three keeps them in the order in which they were said.
    heard = await nc.subscribe("mirror.*")
    await nc.flush()
    print(f"following {mirror} of {channel}", flush=True)
    async for message in heard.messages:
        if message.subject not in ("mirror.started", "mirror.progress", "mirror.finished"):
            continue
        run = json.loads(message.data)
        # A request that came while the run goes on ends as skipped at once; that is another run's end.
        if (run["channel"], run["mirror"]) != (channel, mirror) or run.get("state") == "skipped":
            continue
        if message.subject == "mirror.progress":
            files = run["active"] + run["passive"]
            print(f"{run['step_number']}/8 {run['step']} {run['step_percent']} %, {files} files", flush=True)
        else:
            print(f"run {run['run_number']} {run.get('state', 'started')}", flush=True)
        if message.subject == "mirror.finished":
            break
    await nc.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
