"""<channel>/mirrors/<id>/runs: what a mirror did; an extension of the incumbent's API."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from libs.common.domain.access.actions import Action
from libs.common.domain.channel import ChannelKey
from services.api.find_run import find_run
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.request_run import newest_number
from services.api.routes.pages import Offset, PageSize
from services.api.run_schemas import RunList, RunOut
from services.api.show_mirrors import get_mirror, show_run


class RunsController(Controller):
    """The runs of one mirror."""

    path = "/mirrors/{mirror_id:str}/runs"
    tags = ("Runs",)

    @get(summary="List a mirror's runs", responses=may_answer(400, 401, 404), needs=Action.MIRROR_VIEW)
    async def list_runs(
        self,
        mirror_id: FromPath[str],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> RunList:
        """Return runs and skipped requests, newest first; `total_count` is the newest one's number."""
        mirror = await get_mirror(ports.mirrors, key, mirror_id)
        runs = await ports.runs.list(mirror.id, offset=offset, limit=limit) if limit else ()
        return RunList(
            total_count=await newest_number(mirror.id, runs=ports.runs),
            items=tuple(show_run(run, mirror=mirror) for run in runs),
        )

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
        return show_run(await find_run(mirror, number, runs=ports.runs), mirror=mirror)
