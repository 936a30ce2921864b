"""<channel>/mirrors/<id>/runs: what a mirror did, and having it run now; an extension of the incumbent's API."""

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey
from services.api.find_run import find_run
from services.api.guards import caller_of
from services.api.mirror_schemas import MirrorA
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.request_run import newest_number
from services.api.routes.named_files import NamedFiles, logs_of
from services.api.routes.pages import Offset, PageSize
from services.api.run_mirror import run_mirror
from services.api.run_schemas import RunList, RunOut
from services.api.show_mirrors import get_mirror, show_mirror, show_run
from services.api.sync_state import Logs


class RunsController(Controller):
    """The runs of one mirror."""

    path = "/mirrors/{mirror_id:str}/runs"
    tags = ("Runs",)

    @get(summary="List a mirror's runs", responses=may_answer(400, 401, 404), needs=Action.MIRROR_VIEW)
    async def list_runs(
        self,
        *,
        mirror_id: FromPath[str],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        offset: Offset = 0,
        limit: PageSize = 50,
        logs: NamedFiles = True,
    ) -> RunList:
        """Return runs and skipped requests, newest first; `total_count` is the newest one's number."""
        mirror = await get_mirror(ports.mirrors, key, mirror_id)
        runs = await ports.runs.list(mirror.id, offset=offset, limit=limit) if limit else ()
        return RunList(
            total_count=await newest_number(mirror.id, runs=ports.runs),
            items=tuple(show_run(run, mirror=mirror, logs=logs_of(logs)) for run in runs),
        )

    @post(
        summary="Run a mirror now",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(400, 401, 404, 409),
        needs=Action.MIRROR_EDIT,
    )
    async def run_mirror(
        self,
        mirror_id: FromPath[str],
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> MirrorA:
        """Have the mirror run as it is, from the beginning; 409 where a run of it has not ended."""
        mirror = await run_mirror(
            key,
            mirror_id,
            by=caller_of(request.user),
            mirrors=ports.mirrors,
            runs=ports.runs,
            bus=ports.bus,
            patience_s=ports.patience_s,
        )
        return await show_mirror(mirror, ports=ports)

    @get("/{number:int}", summary="Show a run", responses=may_answer(400, 401, 404), needs=Action.MIRROR_VIEW)
    async def show_run(
        self,
        mirror_id: FromPath[str],
        number: FromPath[int],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> RunOut:
        """Return one run by its number, with the files that failed."""
        mirror = await get_mirror(ports.mirrors, key, mirror_id)
        return show_run(await find_run(mirror, number, runs=ports.runs), mirror=mirror, logs=Logs.NAMED)
