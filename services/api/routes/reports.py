"""/api/reports: asking for reports, listing and downloading them; a mirror's dependency report."""

from typing import Annotated

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey, parse_channel_key
from libs.common.domain.report import ReportFilter
from services.api.ask_report import ask_dependency_report, mirror_report
from services.api.guards import caller_of, require_choice, require_on
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.report_downloads import as_csv, as_json, only_seen, read_book, read_wish
from services.api.report_schemas import (
    DependencyWishIn,
    DownloadedItems,
    DownloadsWish,
    ReportList,
    ReportOut,
    ReportPromised,
)
from services.api.routes.pages import Offset, PageSize
from services.api.seen_reports import get_seen_head, list_seen, only_seen_preview
from services.api.show_reports import ReportFile, download_report, show_report

Form = Annotated[str, QueryParameter(name="format", description="json, csv, cyclonedx or spdx")]
Kind = Annotated[str | None, QueryParameter(description="dependencies or policy_preview; all where it is left out")]
OfChannel = Annotated[str | None, QueryParameter(description="only reports of this channel")]
OfMirror = Annotated[str | None, QueryParameter(description="only reports of the mirror with this id")]
AdminRequest = Request[Identity, None, State]

_DOWNLOADS = ResponseSpec(
    data_container=DownloadedItems, generate_examples=False, description="The downloads, oldest first; or CSV"
)


class ReportsController(Controller):
    """Reports that people ask for."""

    path = "/api/reports"
    tags = ("Reports",)

    @post(
        "/dependencies",
        summary="Ask for a dependency report",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(400, 401, 404),
        needs=Action.ACCOUNT_VIEW,
    )
    async def ask_dependencies(
        self, data: DependencyWishIn, request: AdminRequest, ports: NamedDependency[Ports]
    ) -> ReportPromised:
        """Ask what packages need and what of it the channel has; the report comes under the id that is returned."""
        action = Action.MIRROR_VIEW if data.mirror else Action.CHANNEL_VIEW_ARTIFACTS
        await require_on(request.user, action, parse_channel_key(data.channel), ports=ports)
        require_choice(request.user, data.policy or None)
        report_id = await ask_dependency_report(data, by=caller_of(request.user), ports=ports)
        return ReportPromised(report_id=report_id, url=f"/api/reports/{report_id}")

    @post(
        "/artifact_downloads",
        summary="Show who downloaded what",
        status_code=HTTP_200_OK,
        responses={HTTP_200_OK: _DOWNLOADS, **may_answer(400, 401)},
        needs=Action.AUDIT_VIEW,
    )
    async def artifact_downloads(
        self, data: DownloadsWish, request: AdminRequest, ports: NamedDependency[Ports]
    ) -> Stream:
        """Return the downloads of at most a year from channels that one sees, as `{"downloaded_items": […]}` or CSV."""
        wanted = await only_seen(read_wish(data), request.user, ports=ports)
        book = await read_book(ports)
        if data.download_as == "csv":
            return Stream(as_csv(wanted, book=book, ports=ports), media_type="text/csv")
        return Stream(as_json(wanted, book=book, ports=ports), media_type="application/json")

    @get(summary="List reports", responses=may_answer(400, 401), needs=Action.ACCOUNT_VIEW)
    async def list_reports(
        self,
        *,
        request: AdminRequest,
        ports: NamedDependency[Ports],
        kind: Kind = None,
        channel: OfChannel = None,
        mirror_id: OfMirror = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> ReportList:
        """Return the reports that are kept, of channels that one may look into, newest first."""
        wanted = ReportFilter(kind=kind, channel=channel, mirror_id=mirror_id)
        total, heads = await list_seen(request.user, wanted, offset=offset, limit=limit, ports=ports)
        return ReportList(total_count=total, items=tuple(map(show_report, heads)))

    @get("/{report_id:str}", summary="Show a report", responses=may_answer(400, 401, 404), needs=Action.ACCOUNT_VIEW)
    async def show_report(
        self, report_id: FromPath[str], request: AdminRequest, ports: NamedDependency[Ports]
    ) -> ReportOut:
        """Return what is known of a report; 404 while it is being made."""
        return show_report(await get_seen_head(report_id, request.user, ports=ports))

    @get(
        "/{report_id:str}/download",
        summary="Download a report",
        responses=may_answer(400, 401, 404),
        needs=Action.ACCOUNT_VIEW,
    )
    async def download_report(
        self, report_id: FromPath[str], request: AdminRequest, ports: NamedDependency[Ports], form: Form = "json"
    ) -> Response[bytes]:
        """Return a report as a file; of a preview of several channels what is of those that one may look into."""
        head = await get_seen_head(report_id, request.user, ports=ports)
        file = await download_report(head, form, ports=ports)
        return _attached(await only_seen_preview(head, file, request.user, ports=ports))


class MirrorReportController(Controller):
    """The dependency report of one mirror."""

    path = "/mirrors/{mirror_id:str}/dependency_report"
    tags = ("Reports",)

    @get(
        summary="Download a mirror's dependency report",
        responses=may_answer(400, 401, 404, 409, 504),
        needs=Action.MIRROR_VIEW,
    )
    async def mirror_report(
        self,
        mirror_id: FromPath[str],
        request: AdminRequest,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        form: Form = "json",
    ) -> Response[bytes]:
        """Return what the packages need that the rules in force name; it is made where it is not there yet."""
        head = await mirror_report(key, mirror_id, by=caller_of(request.user), ports=ports)
        return _attached(await download_report(head, form, ports=ports))


def _attached(file: ReportFile) -> Response[bytes]:
    return Response(
        file.data,
        media_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file.filename}"'},
    )
