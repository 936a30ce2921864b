"""artifact.fetched -> the batch's outcome, counted once."""

from libs.common.contracts.messages import ArtifactFetched
from libs.common.domain.run import FileFailure, RunId
from libs.common.ports.records import Batches


async def settle_batch(message: ArtifactFetched, *, batches: Batches) -> bool:
    """Record what became of a batch, and what came in until then; False where it was recorded before.

    A fetcher of an older version does not say what it received: that is what it stored of the batch.
    What belongs to package files (plan_fetch.py) is not counted as stored.
    """
    run_id = RunId(message.run_id)
    fetched_bytes = sum(file.fetched_bytes for file in message.stored)
    await batches.note_received(
        run_id,
        fetcher=message.fetcher or f"batch-{message.attempt}-{message.batch}",
        received_bytes=message.received_bytes if message.fetcher else fetched_bytes,
    )
    failures = tuple(FileFailure(ckey=file.ckey, code=file.code, reason=file.reason) for file in message.failed)
    return await batches.settle(
        run_id,
        attempt=message.attempt,
        batch=message.batch,
        stored=len(message.stored) if message.batch >= 0 else 0,
        failures=failures,
        missing=[file.ckey for file in message.failed] + list(message.not_tried),
        last_ckey=message.stored[-1].ckey if message.stored else None,
    )
