"""a mirror and a number -> its run."""

from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import Mirror
from libs.common.domain.run import Run
from libs.common.ports.records import Runs
from services.api.request_run import newest_number


async def find_run(mirror: Mirror, number: int, *, runs: Runs) -> Run:
    """Return one of a mirror's runs by its number.

    Raises:
        NotFound: when there is none of this number.
    """
    # Numbers have no gaps, so a number is also a place in the list.
    place = await newest_number(mirror.id, runs=runs) - number
    found = await runs.list(mirror.id, offset=place, limit=1) if place >= 0 else ()
    if not found or found[0].number != number:
        raise NotFound(f"mirror {mirror.name} has no run number {number}")
    return found[0]
