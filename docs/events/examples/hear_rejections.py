"""Print why messages of one source could not be followed, as it happens: hear_rejections.py SOURCE."""

import asyncio
import json
import os
import sys

import nats


async def main(source: str) -> None:
    """Listen for ever; SOURCE is what the messages carry as ce-source."""
    nc = await nats.connect(os.environ["NATS_URL"])
    heard = await nc.subscribe("mirror.rejected")
    await nc.flush()
    print("listening", flush=True)
    async for message in heard.messages:
        answer = json.loads(message.data)
        if answer["event_source"] == source:
            print(f"{answer['event_id']} on {answer['on']}: {answer['reason']} ({answer['code']})", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
