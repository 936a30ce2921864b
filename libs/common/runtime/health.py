"""Who is up, by NATS' own service protocol (ADR-32): also `nats micro ls` shows it."""

import asyncio
import os
import socket
from collections.abc import Collection

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.micro import add_service
from nats.micro.service import Service, ServiceConfig

from libs.common.version import VERSION

SERVICES = frozenset({"api", "scheduler", "fetcher", "indexer", "reporter"})
_PREFIX = "tain-"
_PING = "$SRV.PING"


class _Pong(msgspec.Struct, frozen=True):
    name: str


async def announce(nc: Client, name: str) -> Service:
    """Answer pings as `tain-<name>`, with where we run, until the connection ends."""
    config = ServiceConfig(
        name=f"{_PREFIX}{name}",
        version=VERSION,
        description=f"Tain's {name}",
        metadata={"host": socket.gethostname(), "pid": str(os.getpid())},
    )
    return await add_service(nc, config)


async def who_is_up(nc: Client, *, wait_s: float = 0.5, expect: Collection[str] = SERVICES) -> frozenset[str]:
    """Ask everyone, and return the names that answered; done as soon as all of `expect` did."""
    up: set[str] = set()
    is_complete = asyncio.Event()

    async def heard(message: Msg) -> None:
        try:
            pong = msgspec.json.decode(message.data, type=_Pong)
        except msgspec.DecodeError:
            return
        if pong.name.startswith(_PREFIX):
            up.add(pong.name.removeprefix(_PREFIX))
        if up >= set(expect):
            is_complete.set()

    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox, cb=heard)
    try:
        await nc.publish(_PING, b"", reply=inbox)
        async with asyncio.timeout(wait_s):
            await is_complete.wait()
    except TimeoutError:
        pass
    finally:
        await subscription.unsubscribe()
    return frozenset(up)
