"""/api/mirrors/preview: what a mirror would bring, before it is saved."""

from litestar import Controller, Request, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from libs.common.deciding.explain_files import DecisionWish
from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from services.api.ports import Ports
from services.api.previews.ask_mirror_preview import ask_mirror_preview, get_mirror_preview, stop_mirror_preview
from services.api.previews.schemas import (
    MirrorPreviewFiles,
    MirrorPreviewOut,
    MirrorPreviewPromised,
    MirrorPreviewWish,
)
from services.api.previews.show_mirror_preview import show_mirror_preview, show_mirror_preview_files
from services.api.problems import may_answer
from services.api.routes.decisions import Cursor, Decision, Package, PageSize, Partition, Reason, RuleId

AskedBy = Request[Identity, None, State]


class MirrorPreviewsController(Controller):
    """Previews of mirrors; nothing of a channel changes by them."""

    path = "/api/mirrors/preview"
    tags = ("Mirrors",)

    @post(
        summary="Preview a mirror",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(400, 401, 404, 409, 429),
        needs=Action.MIRROR_TRY,
    )
    async def ask_mirror_preview(
        self, data: MirrorPreviewWish, request: AskedBy, ports: NamedDependency[Ports]
    ) -> MirrorPreviewPromised:
        """Have the source read and decided on as a run would; needs the right to edit the channel's mirrors."""
        preview_id = await ask_mirror_preview(data, asked_by=request.user, ports=ports)
        return MirrorPreviewPromised(preview_id=preview_id, url=f"/api/mirrors/preview/{preview_id}")

    @get(
        "/{preview_id:str}",
        summary="Show a preview of a mirror",
        responses=may_answer(400, 401, 404),
        needs=Action.MIRROR_TRY,
    )
    async def show_mirror_preview(
        self, preview_id: FromPath[str], request: AskedBy, ports: NamedDependency[Ports]
    ) -> MirrorPreviewOut:
        """Return how far it is, and what the mirror would bring once it is done; kept for a day."""
        preview = await get_mirror_preview(preview_id, seen_by=request.user, ports=ports)
        return await show_mirror_preview(preview, policies=ports.policies)

    @get(
        "/{preview_id:str}/files",
        summary="List the files of a preview of a mirror",
        responses=may_answer(400, 401, 404, 409, 410),
        needs=Action.MIRROR_TRY,
    )
    async def show_mirror_preview_files(
        self,
        *,
        preview_id: FromPath[str],
        request: AskedBy,
        ports: NamedDependency[Ports],
        package: Package = None,
        partition: Partition = None,
        decision: Decision = None,
        reason: Reason = None,
        rule: RuleId = None,
        cursor: Cursor = None,
        limit: PageSize = 100,
    ) -> MirrorPreviewFiles:
        """Return of each file of the source whether it would be kept, and by which rule not."""
        preview = await get_mirror_preview(preview_id, seen_by=request.user, ports=ports)
        name = package.strip().lower() if package is not None else None
        wish = DecisionWish(package=name, partition=partition, decision=decision, reason=reason, rule=rule)
        return await show_mirror_preview_files(preview, wish, cursor=cursor, limit=limit, ports=ports)

    @delete(
        "/{preview_id:str}",
        summary="Stop a preview of a mirror",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 404),
        needs=Action.MIRROR_TRY,
    )
    async def stop_mirror_preview(
        self, preview_id: FromPath[str], request: AskedBy, ports: NamedDependency[Ports]
    ) -> None:
        """Stop a preview that nobody waits for; one that is over stays as it is."""
        await stop_mirror_preview(preview_id, asked_by=request.user, ports=ports)
