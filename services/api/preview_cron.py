"""a cron -> when it fires next."""

from datetime import datetime

from libs.common.domain.cron import check_cron, next_fires
from libs.common.domain.mirror import DEFAULT_CRON
from services.api.mirror_schemas import CronPreview, CronWish
from services.api.sync_state import timestamp

_SHOWN = 5


def preview_cron(wish: CronWish, *, now: datetime) -> CronPreview:
    """Check a cron as a mirror's is checked, and show its next fire times.

    Raises:
        InvalidInput: naming the field at fault.
    """
    cron = check_cron(wish.cron or DEFAULT_CRON)
    return CronPreview(cron=cron, next=tuple(timestamp(fire) for fire in next_fires(cron, now, count=_SHOWN)))
