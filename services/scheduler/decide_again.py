"""a mirror's head, what it asks for now -> its head after it was decided anew, without asking the source.

Where rules look at more than was read of the source, they decide by what there is, and want a
run. Two schedulers may do this at the same time: the head moves once, in one conditional write.
"""

import structlog

from libs.common.deciding.first_days import with_days
from libs.common.deciding.read_stored import read_head
from libs.common.deciding.unread_names import as_never_asked
from libs.common.domain.catalogue import CatalogueHead
from services.scheduler.ask_rules import Asked
from services.scheduler.decide_stored import AgainPorts, decide_stored, with_decided
from services.scheduler.say_cause import say_cause

_LOG = structlog.get_logger()


async def decide_again(head: CatalogueHead, *, asked: Asked, ports: AgainPorts) -> CatalogueHead | None:
    """Decide a mirror's manifest by what is asked for now; None where its head moved meanwhile.

    Raises:
        NotFound: when something that it was made of is lost; a run of the mirror makes it again.
        InvalidInput: for rules that the ecosystem can't decide by.
        StoreUnavailable: when a store does not answer.
    """
    now = ports.rules.clock.now()
    stored = await read_head(head, blobs=ports.blobs)
    manifest = with_days(stored.manifest, today=now.date())
    if stored.evaluation is None or stored.evaluation.rules != asked.evaluation.rules:
        manifest = as_never_asked(manifest)
    decided = await decide_stored(manifest, asked=asked, previous=stored, ports=ports)
    cause = await say_cause(stored.evaluation, decided.evaluation, policies=ports.rules.policies)
    new = await with_decided(head, decided, asked=asked, cause=cause, at=now, blobs=ports.blobs)
    if not await ports.heads.exchange(new, was=head):
        return None
    files = new.counts.files if new.counts is not None else 0
    _LOG.info("catalogue_decided", mirror_id=head.mirror_id, files=files, added=decided.added, removed=decided.removed)
    return new
