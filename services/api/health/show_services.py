"""Services and their queues, as the bus knows them."""

import asyncio

from libs.common.contracts.flow import Arrow
from libs.common.contracts.permissions import durables
from libs.common.ports.vital_signs import QueueSign
from libs.common.runtime.health import SERVICES
from services.api.health.schemas import QueueOut, QueuesOut, ServiceOut, ServicesOut, StreamOut
from services.api.ports import Ports
from services.api.sync_state import timestamp_or_none

_HISTORIAN = "reporter"


async def show_services(ports: Ports) -> ServicesOut:
    """Return who answers.

    Raises:
        StoreUnavailable: when NATS is away.
    """
    found = await ports.signs.services()
    return ServicesOut(
        items=tuple(
            ServiceOut(
                name=one.name,
                id=one.id,
                version=one.version,
                started_at=timestamp_or_none(one.started_at),
                host=one.host,
                pid=one.pid,
            )
            for one in found
        ),
        missing=tuple(sorted(SERVICES - {one.name for one in found})),
    )


async def show_queues(ports: Ports) -> QueuesOut:
    """Return what services have still to hear.

    Raises:
        StoreUnavailable: when NATS does not answer.
    """
    queues, streams = await asyncio.gather(ports.signs.queues(), ports.signs.streams())
    return QueuesOut(
        items=tuple(_queue_out(one) for one in queues),
        streams=tuple(StreamOut(name=one.name, messages=one.messages, size_bytes=one.size_bytes) for one in streams),
    )


def _queue_out(sign: QueueSign) -> QueueOut:
    arrows = durables().get((sign.stream, sign.consumer), ())
    service = sign.consumer.partition("-")[0]
    return QueueOut(
        service=service,
        does="; ".join(dict.fromkeys(_does(service, arrow) for arrow in arrows)),
        messages=tuple(arrow.message.subject for arrow in arrows),
        waiting=sign.waiting,
        in_hand=sign.in_hand,
        redelivered=sign.redelivered,
        stream=sign.stream,
        consumer=sign.consumer,
    )


def _does(service: str, arrow: Arrow) -> str:
    """Say what a service does with a message; the flow says it of who else hears it where the history does, too."""
    return arrow.does if service != _HISTORIAN or arrow.hears == (_HISTORIAN,) else "record it"
