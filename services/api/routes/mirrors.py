"""<channel>/mirrors and /api/mirrors: list, create, show, edit, delete, stop."""

from typing import Annotated

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey
from libs.common.domain.mirror import MirrorType
from libs.common.domain.run import RunState
from services.api.check_mirror import check_word
from services.api.choose_mirrors import SORTS, MirrorWish, choose_mirrors
from services.api.create_mirror import create_mirror
from services.api.delete_mirror import Packages, delete_mirror
from services.api.edit_mirror import edit_mirror
from services.api.guards import caller_of, require_choice
from services.api.mirror_schemas import AllMirrorsList, CronPreview, CronWish, MirrorA, MirrorIn, MirrorList
from services.api.ports import Ports
from services.api.preview_cron import preview_cron
from services.api.problems import may_answer
from services.api.routes.named_files import NamedFiles, logs_of
from services.api.routes.pages import Limit, Offset, page, read_page_wish
from services.api.show_channels import get_channel
from services.api.show_mirrors import get_mirror, show_all_mirrors, show_mirror, show_mirrors
from services.api.stop_run import stop_run

Search = Annotated[str | None, QueryParameter(max_length=300, description="a part of the name, channel or source")]
OfState = Annotated[
    str | None, QueryParameter(name="state", description="only these", schema_extra={"enum": [*RunState]})
]
OfType = Annotated[
    str | None, QueryParameter(name="type", description="only these", schema_extra={"enum": [*MirrorType]})
]
_SORT = f"{', '.join(SORTS)}; with - before it, downwards"
Sort = Annotated[str, QueryParameter(description=_SORT)]
SortOrNone = Annotated[str | None, QueryParameter(description=f"{_SORT}; by position where it is left out")]
PackagesWish = Annotated[
    str, QueryParameter(description="what becomes of the packages that it brought", schema_extra={"enum": [*Packages]})
]


class AllMirrorsController(Controller):
    """The mirrors of all channels."""

    path = "/api/mirrors"
    tags = ("Mirrors",)

    @get(summary="List the mirrors of all channels", responses=may_answer(400, 401), needs=Action.MIRROR_VIEW_ALL)
    async def list_all_mirrors(
        self,
        *,
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        search: Search = None,
        run_state: OfState = None,
        of_type: OfType = None,
        offset: Offset = 0,
        limit: Limit = None,
        sort: Sort = "mirror_name",
    ) -> AllMirrorsList:
        """Return mirrors by name; a JSON body with `limit`, `offset` and `sort` goes before the query."""
        wish = await read_page_wish(request)
        wanted = _wanted(search, run_state, of_type, wish.sort if wish.sort is not None else sort)
        mirrors = await choose_mirrors(await ports.mirrors.list(), wanted, runs=ports.runs, schedule=ports.schedule)
        shown = page(
            mirrors,
            offset=wish.offset if wish.offset is not None else offset,
            limit=wish.limit if wish.limit is not None else limit,
        )
        return AllMirrorsList(total_count=len(mirrors), items=await show_all_mirrors(shown, ports=ports))

    @post(
        "/preview-cron",
        summary="Check a cron",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401),
        needs=Action.MIRROR_TRY,
    )
    async def preview_cron(self, data: CronWish, ports: NamedDependency[Ports]) -> CronPreview:
        """Return the next five times of a cron expression, or say which of its fields is wrong."""
        return preview_cron(data, now=ports.clock.now())


class MirrorsController(Controller):
    """The mirrors of one channel or subchannel."""

    path = "/mirrors"
    tags = ("Mirrors",)

    @get(summary="List a channel's mirrors", responses=may_answer(400, 401, 404), needs=Action.MIRROR_VIEW)
    async def list_mirrors(
        self,
        *,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        search: Search = None,
        run_state: OfState = None,
        of_type: OfType = None,
        offset: Offset = 0,
        limit: Limit = None,
        sort: SortOrNone = None,
        logs: NamedFiles = True,
    ) -> MirrorList:
        """Return a channel's mirrors in their order; `sync_state.logs` names failed and left-out files."""
        await get_channel(ports.channels, key)
        wanted = _wanted(search, run_state, of_type, sort)
        mirrors = await choose_mirrors(
            await ports.mirrors.list(channel=key), wanted, runs=ports.runs, schedule=ports.schedule
        )
        items = await show_mirrors(page(mirrors, offset=offset, limit=limit), ports=ports, logs=logs_of(logs))
        return MirrorList(total_count=len(mirrors), items=await ports.filtered_logs.name(items))

    @post(summary="Create a mirror", responses=may_answer(400, 401, 404, 409), needs=Action.MIRROR_EDIT)
    async def create_mirror(
        self,
        data: MirrorIn,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> MirrorA:
        """Make a mirror; with `run_now` it runs at once, else when its cron says so."""
        require_choice(request.user, data.policy)
        mirror = await create_mirror(
            key,
            data,
            by=caller_of(request.user),
            channels=ports.channels,
            mirrors=ports.mirrors,
            policies=ports.policies,
            places=ports.places,
            bus=ports.bus,
            seal=ports.seal,
            clock=ports.clock,
            ids=ports.ids,
            file_sources=ports.file_sources,
        )
        return await show_mirror(mirror, ports=ports)

    @get("/{mirror_id:str}", summary="Show a mirror", responses=may_answer(400, 401, 404), needs=Action.MIRROR_VIEW)
    async def show_mirror(
        self,
        mirror_id: FromPath[str],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        logs: NamedFiles = True,
    ) -> MirrorA:
        """Return one mirror with the state of its newest run."""
        mirror = await get_mirror(ports.mirrors, key, mirror_id)
        shown = await show_mirrors([mirror], ports=ports, logs=logs_of(logs))
        return (await ports.filtered_logs.name(shown))[0]

    @put(
        "/{mirror_id:str}",
        summary="Edit or restart a mirror",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(400, 401, 404, 409),
        needs=Action.MIRROR_EDIT,
    )
    async def edit_mirror(
        self,
        mirror_id: FromPath[str],
        data: MirrorIn,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> MirrorA:
        """Replace the whole mirror but its type and mode; with `run_now` it runs at once, which is a restart."""
        before = await get_mirror(ports.mirrors, key, mirror_id)
        require_choice(request.user, data.policy, before=before.policy_id)
        mirror = await edit_mirror(
            key,
            mirror_id,
            data,
            by=caller_of(request.user),
            channels=ports.channels,
            mirrors=ports.mirrors,
            policies=ports.policies,
            places=ports.places,
            runs=ports.runs,
            bus=ports.bus,
            seal=ports.seal,
            clock=ports.clock,
            ids=ports.ids,
            file_sources=ports.file_sources,
            patience_s=ports.patience_s,
        )
        return await show_mirror(mirror, ports=ports)

    @delete(
        "/{mirror_id:str}",
        summary="Delete a mirror",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 404),
        needs=Action.MIRROR_EDIT,
    )
    async def delete_mirror(
        self,
        mirror_id: FromPath[str],
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        packages: PackagesWish = Packages.KEEP.value,
    ) -> None:
        """Remove the mirror; what it brought stays unless `packages=remove`."""
        await delete_mirror(
            key,
            mirror_id,
            packages=check_word(packages, Packages, key="packages"),
            by=caller_of(request.user),
            mirrors=ports.mirrors,
            places=ports.places,
            bus=ports.bus,
            clock=ports.clock,
        )

    @post(
        "/{mirror_id:str}/stop_mirror_sync",
        summary="Stop a mirror's run",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 404),
        needs=Action.MIRROR_EDIT,
    )
    async def stop_mirror_sync(
        self,
        mirror_id: FromPath[str],
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> MirrorA:
        """Stop the run; what was stored stays. A mirror that does not run is shown as it is."""
        mirror = await stop_run(
            key,
            mirror_id,
            by=caller_of(request.user),
            mirrors=ports.mirrors,
            runs=ports.runs,
            bus=ports.bus,
            patience_s=ports.patience_s,
        )
        return await show_mirror(mirror, ports=ports)


def _wanted(search: str | None, state: str | None, kind: str | None, sort: str | None) -> MirrorWish:
    return MirrorWish(
        search=search,
        state=check_word(state, RunState, key="state") if state is not None else None,
        type=check_word(kind, MirrorType, key="type") if kind is not None else None,
        sort=sort,
    )
