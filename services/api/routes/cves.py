"""/api/cves and <channel>/cves: vulnerabilities, what they affect, and what people found out about them."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.advisory import AdvisoryEcosystem, CveStatus
from libs.common.domain.channel import ChannelKey
from services.api.curate_cve import get_conda_names, set_conda_names, set_status, take_status_back
from services.api.cve_schemas import (
    ChannelCveList,
    CondaNamesOut,
    CveFileList,
    CveList,
    CveOut,
    StatusWish,
    UpdateAsked,
)
from services.api.guards import caller_of
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.answers import OBJECTS, TEXT, answering
from services.api.routes.pages import Offset, PageSize
from services.api.show_channels import get_channel
from services.api.show_cves import (
    ReportForm,
    find_cve,
    list_channel_cves,
    list_cve_files,
    list_cves,
    show_cve,
    write_report,
)
from services.api.upload_advisories import ask_update, upload_advisories

AnyRequest = Request[Any, Any, Any]
CveId = FromPath[str]
Search = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=200, description="part of an id, an alias or a package's name"),
]
Status = Annotated[CveStatus | None, QueryParameter(description="Reported is whatever nobody has reviewed")]
MinScore = Annotated[float | None, QueryParameter(ge=0, le=10, description="the lowest score to show")]
InEcosystem = Annotated[AdvisoryEcosystem | None, QueryParameter(description="of whose packages")]
OfEcosystem = Annotated[AdvisoryEcosystem, QueryParameter(description="of whose package")]
Package = Annotated[str, QueryParameter(description="the package's name")]
File = Annotated[str | None, QueryParameter(description="the glob of file names; all files where it is left out")]

_LONGEST_MAP = 4 * 1024 * 1024 + 1


class CvesController(Controller):
    """All vulnerabilities that are known here."""

    path = "/api/cves"
    tags = ("CVEs",)

    @get(summary="List CVEs", responses=may_answer(400, 401), needs=Action.CVE_VIEW)
    async def list_cves(
        self,
        *,
        ports: NamedDependency[Ports],
        search: Search = None,
        status: Status = None,
        min_score: MinScore = None,
        ecosystem: InEcosystem = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> CveList:
        """Return CVEs with their scores and packages, newest ids first."""
        return await list_cves(
            search=search,
            status=status,
            min_score=min_score,
            ecosystem=ecosystem,
            offset=offset,
            limit=limit,
            advisories=ports.keeping.advisories,
            curations=ports.keeping.curations,
        )

    @post(
        "/import",
        summary="Import advisories",
        status_code=HTTP_202_ACCEPTED,
        request_max_body_size=None,
        responses=may_answer(400, 401, 413),
        needs=Action.CVE_EDIT,
    )
    async def import_advisories(self, request: AnyRequest, ports: NamedDependency[Ports]) -> UpdateAsked:
        """Take an archive of OSV records (`all.zip`), as the body or as a file of a form, to replace those stored.

        Its ecosystem is told from its records. `/api/system/reports/<report_id>` says what became of it.
        """
        report_id = await upload_advisories(
            request.stream(),
            content_type=request.headers.get("content-type", ""),
            limit_bytes=ports.import_limit_bytes,
            by=caller_of(request.user),
            blobs=ports.keeping.blobs,
            bus=ports.bus,
            ids=ports.ids,
        )
        return UpdateAsked(report_id=report_id)

    @post(
        "/update",
        summary="Update advisories",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(401),
        needs=Action.CVE_EDIT,
    )
    async def update_advisories(self, request: AnyRequest, ports: NamedDependency[Ports]) -> UpdateAsked:
        """Read the configured source now; `/api/system/reports/<report_id>` says what became of it."""
        return UpdateAsked(report_id=await ask_update(by=caller_of(request.user), bus=ports.bus, ids=ports.ids))

    @get("/conda-names", summary="Show the map of names", responses=may_answer(401), needs=Action.CVE_VIEW)
    async def show_conda_names(self, ports: NamedDependency[Ports]) -> CondaNamesOut:
        """Return which conda packages are which Python packages, or none, as people said."""
        return CondaNamesOut(names=dict(await get_conda_names(keeping=ports.keeping)))

    @put(
        "/conda-names",
        summary="Replace the map of names",
        request_max_body_size=_LONGEST_MAP,
        responses=may_answer(400, 401, 413),
        needs=Action.CVE_EDIT,
    )
    async def set_conda_names(self, request: AnyRequest, ports: NamedDependency[Ports]) -> CondaNamesOut:
        """Take a map in YAML or JSON (`pytorch: torch`, `curl: none`); what it decides acts at once."""
        names = await set_conda_names(await request.body(), by=caller_of(request.user), keeping=ports.keeping)
        return CondaNamesOut(names=dict(names))

    @get("/{cve_id:str}", summary="Show a CVE", responses=may_answer(400, 401, 404), needs=Action.CVE_VIEW)
    async def show_cve(self, cve_id: CveId, ports: NamedDependency[Ports]) -> CveOut:
        """Return a CVE by its id or an alias: scores, what it affects, and what people found out."""
        cve = await find_cve(cve_id, advisories=ports.keeping.advisories)
        return await show_cve(cve, curations=ports.keeping.curations)

    @get(
        "/{cve_id:str}/files",
        summary="List the files that a CVE affects",
        responses=may_answer(400, 401, 404),
        needs=Action.CVE_VIEW,
    )
    async def list_cve_files(
        self,
        cve_id: CveId,
        request: AnyRequest,
        ports: NamedDependency[Ports],
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> CveFileList:
        """Return the affected files in the current revisions of all channels whose CVEs one may see."""
        cve = await find_cve(cve_id, advisories=ports.keeping.advisories)
        return await list_cve_files(
            cve.id,
            seen_by=request.user,
            offset=offset,
            limit=limit,
            channels=ports.channels,
            files=ports.channel_files,
        )

    @put("/{cve_id:str}/status", summary="Set a CVE's status", responses=may_answer(400, 401), needs=Action.CVE_EDIT)
    async def set_status(
        self, cve_id: CveId, data: StatusWish, request: AnyRequest, ports: NamedDependency[Ports]
    ) -> CveOut:
        """Say how far a CVE applies to a package or to some of its files; policies act by it at once."""
        cve = await set_status(cve_id, data, by=caller_of(request.user), keeping=ports.keeping)
        return await show_cve(cve, curations=ports.keeping.curations)

    @delete(
        "/{cve_id:str}/status",
        summary="Take a CVE's status back",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 404),
        needs=Action.CVE_EDIT,
    )
    async def take_status_back(
        self,
        *,
        cve_id: CveId,
        request: AnyRequest,
        ports: NamedDependency[Ports],
        package: Package,
        ecosystem: OfEcosystem = "conda",
        file: File = None,
    ) -> None:
        """Take back what people said; it stays in the CVE's history."""
        await take_status_back(
            cve_id, ecosystem=ecosystem, package=package, file=file, by=caller_of(request.user), keeping=ports.keeping
        )


class ChannelCvesController(Controller):
    """The vulnerabilities of one channel or subchannel."""

    path = "/cves"
    tags = ("CVEs",)

    @get(summary="List a channel's CVEs", responses=may_answer(400, 401, 404), needs=Action.CHANNEL_CVE_VIEW)
    async def list_channel_cves(
        self, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports], offset: Offset = 0, limit: PageSize = 50
    ) -> ChannelCveList:
        """Return the CVEs of the files that clients read now, the highest score first."""
        channel = await get_channel(ports.channels, key)
        return list_channel_cves(await ports.channel_files.of_channel(channel), offset=offset, limit=limit)

    @get(
        "/report",
        summary="Report a channel's CVEs file by file",
        responses=may_answer(400, 401, 404),
        operation_class=answering({"application/json": OBJECTS, "text/csv": TEXT}),
        needs=Action.CHANNEL_CVE_VIEW,
    )
    async def report_channel_cves(
        self,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        output: Annotated[ReportForm, QueryParameter(name="format", description="how to write it")] = ReportForm.JSON,
    ) -> Response[bytes]:
        """Return one line for each CVE of each file that clients read now, as JSON or CSV."""
        channel = await get_channel(ports.channels, key)
        data = write_report(await ports.channel_files.of_channel(channel), form=output)
        name = f"{key.replace('/', '-')}-cves.{output.value}"
        return Response(
            data,
            media_type="text/csv" if output is ReportForm.CSV else "application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
