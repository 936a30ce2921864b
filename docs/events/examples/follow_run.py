"""Print where a mirror's run is until it has ended: follow_run.py CHANNEL MIRROR [REQUEST].

REQUEST is the id (ce-id) of the mirror.requested that asked for the run. Without it the
run that goes, or the next one, is followed.
"""

import asyncio
import json
import os
import sys

import nats


async def main(channel: str, mirror: str, request_id: str | None = None) -> None:
    """Follow one run."""
    run_id = None
    nc = await nats.connect(os.environ["NATS_URL"])
    # One subscription for all three keeps them in the order in which they were said.
    heard = await nc.subscribe("mirror.*")
    await nc.flush()
    print(f"following {mirror} of {channel}", flush=True)
    async for message in heard.messages:
        if message.subject not in ("mirror.started", "mirror.progress", "mirror.finished"):
            continue
        run = json.loads(message.data)
        if (run["channel"], run["mirror"]) != (channel, mirror):
            continue
        # Of a request that comes while a run goes on a skipped run is made, which is another one.
        is_asked_for = run.get("state") != "skipped" if request_id is None else run.get("request_id") == request_id
        if run_id is None and is_asked_for:
            run_id = run["run_id"]
        if run["run_id"] != run_id:
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
    asyncio.run(main(*sys.argv[1:4]))
