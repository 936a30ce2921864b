"""artifact.fetched -> the batch's outcome, counted once."""

from libs.common.contracts.messages import ArtifactFetched
from libs.common.domain.run import FileFailure, RunId
from libs.common.ports.records import Batches


async def settle_batch(message: ArtifactFetched, *, batches: Batches) -> bool:
    """Record what became of a batch; False where it was recorded before."""
    failures = tuple(FileFailure(ckey=file.ckey, code=file.code, reason=file.reason) for file in message.failed)
    return await batches.settle(
        RunId(message.run_id),
        attempt=message.attempt,
        batch=message.batch,
        stored=len(message.stored),
        fetched_bytes=sum(file.fetched_bytes for file in message.stored),
        failures=failures,
        missing=[file.ckey for file in message.failed] + list(message.not_tried),
        last_ckey=message.stored[-1].ckey if message.stored else None,
    )
