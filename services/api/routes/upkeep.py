"""/api/system, /api/diagnose: sweeping garbage and verifying; the administrator's."""

from typing import Annotated

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath, Parameter

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.garbage import Amount, GarbageReport, Kind
from services.api.ask_upkeep import ask_sweep, ask_verify, get_report, wait_for_sweep
from services.api.guards import caller_of
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.upkeep_schemas import CleanupOut, ReportAsked, SweepWish, VerifyWish

Grace = Annotated[float | None, Parameter(description="Seconds; what is younger stays. Left out: as set.")]
AdminRequest = Request[Identity, None, State]


class UpkeepController(Controller):
    """Looking after the stores."""

    path = "/api"
    tags = ("System",)

    @post(
        "/diagnose/blobs",
        status_code=200,
        summary="Show what a sweep would remove",
        responses=may_answer(401, 504),
        needs=Action.SYSTEM_VIEW,
    )
    async def diagnose_blobs(self, request: AdminRequest, ports: NamedDependency[Ports]) -> Response[GarbageReport]:
        """Return the report of a dry run; the body, as older clients send it, is passed over."""
        report_id = await ask_sweep(is_dry_run=True, by=caller_of(request.user), ports=ports)
        report = await wait_for_sweep(report_id, ports=ports)
        return Response(report, headers={"Content-Disposition": 'attachment; filename="blobs.json"'})

    @post(
        "/system/blob_cleanup",
        status_code=200,
        summary="Remove some blobs",
        responses=may_answer(400, 401, 504),
        needs=Action.SYSTEM_EDIT,
    )
    async def clean_some(self, data: list[str], request: AdminRequest, ports: NamedDependency[Ports]) -> CleanupOut:
        """Remove those of these blobs that nothing names; the others stay."""
        if not data:
            return CleanupOut(blob_count=0, space_reclaimed=0)
        report_id = await ask_sweep(is_dry_run=False, only=data, by=caller_of(request.user), ports=ports)
        return _cleanup_out(await wait_for_sweep(report_id, ports=ports))

    @delete(
        "/system/blob_cleanup",
        status_code=200,
        summary="Remove what nothing names",
        responses=may_answer(400, 401, 504),
        needs=Action.SYSTEM_EDIT,
    )
    async def clean_all(
        self, request: AdminRequest, ports: NamedDependency[Ports], grace_s: Grace = None
    ) -> CleanupOut:
        """Sweep; 504 says that it takes longer, and goes on."""
        report_id = await ask_sweep(is_dry_run=False, grace_s=grace_s, by=caller_of(request.user), ports=ports)
        return _cleanup_out(await wait_for_sweep(report_id, ports=ports))

    @post(
        "/system/garbage",
        status_code=202,
        summary="Ask for a sweep",
        responses=may_answer(400, 401),
        needs=Action.SYSTEM_EDIT,
    )
    async def ask_sweep(self, data: SweepWish, request: AdminRequest, ports: NamedDependency[Ports]) -> ReportAsked:
        """Ask for a sweep, or the dry run of one; its report comes under the id that is returned."""
        return ReportAsked(
            report_id=await ask_sweep(
                is_dry_run=data.dry_run, grace_s=data.grace_s, by=caller_of(request.user), ports=ports
            )
        )

    @post(
        "/system/verify",
        status_code=202,
        summary="Ask for a verification",
        responses=may_answer(400, 401, 404),
        needs=Action.SYSTEM_EDIT,
    )
    async def ask_verify(self, data: VerifyWish, request: AdminRequest, ports: NamedDependency[Ports]) -> ReportAsked:
        """Compare store, catalogues and index; the report comes under the id that is returned."""
        return ReportAsked(
            report_id=await ask_verify(
                data.channel, is_deep=data.deep, is_repair=data.repair, by=caller_of(request.user), ports=ports
            )
        )

    @get(
        "/system/reports/{report_id:str}",
        summary="Show a report",
        responses=may_answer(400, 401, 404),
        needs=Action.SYSTEM_VIEW,
    )
    async def show_report(self, report_id: FromPath[str], ports: NamedDependency[Ports]) -> Response[bytes]:
        """Return the report of a sweep or verification; 404 while it is being made."""
        return Response(await get_report(report_id, ports=ports), media_type=MediaType.JSON)


def _cleanup_out(report: GarbageReport) -> CleanupOut:
    return CleanupOut(
        blob_count=report.found.get(Kind.BLOBS, Amount()).count,
        space_reclaimed=sum(amount.size_bytes for amount in report.found.values()),
    )
