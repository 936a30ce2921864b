"""/api/policies/preview: what a policy would change, before it does."""

from typing import Annotated, Literal

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from libs.common.deciding.compare_catalogues import ChangeWish
from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from services.api.ports import Ports
from services.api.preview_policy import (
    ask_preview,
    get_preview,
    read_preview,
    show_preview,
    show_preview_files,
    show_preview_packages,
    wait_for_difference,
    wait_for_solving,
)
from services.api.preview_schemas import PreviewFiles, PreviewOut, PreviewPackages, PreviewPromised, PreviewWishIn
from services.api.problems import may_answer
from services.api.routes.decisions import Cursor, Package, RuleId
from services.api.routes.decisions import PageSize as FilesSize
from services.api.routes.pages import Offset, PageSize

Mirror = Annotated[str | None, QueryParameter(description="the id or name of a mirror; needed where there are several")]
Change = Annotated[Literal["gained", "lost"] | None, QueryParameter(description="only these")]
Wait = Annotated[
    Literal["solved"] | None,
    QueryParameter(description="solved: answer when it is also known what could not be installed, or after a while"),
]
WhichPackages = Annotated[Literal["gained", "lost"], QueryParameter(description="which")]


class PolicyPreviewController(Controller):
    """Previews; nothing changes by them."""

    path = "/api/policies/preview"
    tags = ("Policies",)

    @post(
        summary="Preview a policy",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 404),
        needs=Action.POLICY_VIEW,
    )
    async def ask_preview(
        self,
        data: PreviewWishIn,
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        wait: Wait = None,
    ) -> Response[PreviewOut | PreviewPromised]:
        """Return what the policy would change, solved or not; 202 and where it will be, when that takes longer."""
        report_id = await ask_preview(data, asked_by=request.user, ports=ports)
        await (wait_for_solving if wait == "solved" else wait_for_difference)(report_id, ports=ports)
        preview = await read_preview(report_id, seen_by=request.user, ports=ports)
        if preview is None:
            promised = PreviewPromised(report_id=report_id, url=f"/api/policies/preview/{report_id}")
            return Response(promised, status_code=HTTP_202_ACCEPTED)
        return Response(await show_preview(preview, policies=ports.policies))

    @get(
        "/{report_id:str}", summary="Show a preview", responses=may_answer(400, 401, 404, 410), needs=Action.POLICY_VIEW
    )
    async def show_preview(
        self,
        report_id: FromPath[str],
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        wait: Wait = None,
    ) -> PreviewOut:
        """Return what of a preview is of channels that one may look into; 404 while it is being made."""
        if wait == "solved":
            await wait_for_solving(report_id, ports=ports)
        return await show_preview(
            await get_preview(report_id, seen_by=request.user, ports=ports), policies=ports.policies
        )

    @get(
        "/{report_id:str}/files",
        summary="List the files of a preview",
        responses=may_answer(400, 401, 404, 410),
        needs=Action.POLICY_VIEW,
    )
    async def show_preview_files(
        self,
        *,
        report_id: FromPath[str],
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        mirror: Mirror = None,
        change: Change = None,
        package: Package = None,
        rule: RuleId = None,
        cursor: Cursor = None,
        limit: FilesSize = 100,
    ) -> PreviewFiles:
        """Return all files that would come or go in one mirror, in pages; 410 where a run has gone on since."""
        wish = ChangeWish(change=change, package=package, rule=rule)
        preview = await get_preview(report_id, seen_by=request.user, ports=ports)
        return await show_preview_files(preview, mirror, wish, cursor=cursor, limit=limit, ports=ports)

    @get(
        "/{report_id:str}/packages",
        summary="List the packages of a preview",
        responses=may_answer(400, 401, 404),
        needs=Action.POLICY_VIEW,
    )
    async def show_preview_packages(
        self,
        *,
        report_id: FromPath[str],
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        mirror: Mirror = None,
        change: WhichPackages = "lost",
        offset: Offset = 0,
        limit: PageSize = 1000,
    ) -> PreviewPackages:
        """Return all packages that would come or go as a whole in one mirror, in pages."""
        preview = await get_preview(report_id, seen_by=request.user, ports=ports)
        return show_preview_packages(preview, mirror, is_gained=change == "gained", offset=offset, limit=limit)
