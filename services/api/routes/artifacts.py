"""<channel>/artifacts and /api/artifacts: list, search, show, upload, copy, move, remove."""

from typing import Annotated, Any, Literal

from litestar import Controller, Request, delete, get, head, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.channel import Channel, ChannelKey
from services.api.artifacts.ask_bulk import ask_bulk, show_bulk
from services.api.artifacts.families import FAMILIES, read_family
from services.api.artifacts.find_packages import PackageSort, PackageWish
from services.api.artifacts.schemas import (
    ArtifactFileList,
    ArtifactFileOut,
    ArtifactList,
    ArtifactOut,
    BulkAccepted,
    BulkJobOut,
    BulkWish,
    LeftOutList,
    RemovalList,
)
from services.api.artifacts.show_files import FileSort, FileWish, list_attached, list_files
from services.api.artifacts.show_left_out import LeftOutWish, show_left_out
from services.api.artifacts.show_packages import list_packages, show_package
from services.api.artifacts.show_removals import restore, show_removals
from services.api.artifacts.take_upload import UploadWish, take_upload
from services.api.guards import caller_of, visible
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.keys import key_of
from services.api.routes.pages import Limit, Offset, PageSize
from services.api.routes.site import site_of
from services.api.show_channels import get_channel

AnyRequest = Request[Any, Any, Any]
Text = Annotated[str | None, QueryParameter(max_length=300, description="a part of the name")]
Family = Annotated[str | None, QueryParameter(description="conda, python, cran, notebook, …")]
Kind = Annotated[str | None, QueryParameter(name="type", description="the same as family; pypi is python")]
Platform = Annotated[
    str | None, QueryParameter(max_length=100, description="only packages of this conda platform, such as linux-64")
]
Sort = Annotated[
    PackageSort | None,
    QueryParameter(
        description="the order; with - before it, downwards. Without one, those of a text by how well they match it: "
        "names that begin with it first; others by name"
    ),
]
State = Annotated[
    Literal["active", "passive"] | None,
    QueryParameter(
        name="state", description="only packages with files that are stored, or that come in when somebody asks"
    ),
]
HasCves = Annotated[bool, QueryParameter(description="only packages with known vulnerabilities")]
Overwrite = Annotated[
    bool, QueryParameter(description="take the place of other bytes of this name; takes the right to edit packages")
]
Reason = Annotated[
    str | None,
    QueryParameter(max_length=100, description="only names with this reason, such as channel_filtered.license"),
]
PathText = Annotated[
    str | None, QueryParameter(max_length=300, description="only files with this in their path: a version, a platform")
]
SortFiles = Annotated[FileSort, QueryParameter(description="the order; with - before it, the newest version first")]
OfFamily = FromPath[str]
Package = FromPath[str]


class AllArtifactsController(Controller):
    """The packages of all channels."""

    path = "/api/artifacts"
    tags = ("Packages",)

    @get(summary="Search packages", responses=may_answer(400, 401), needs=None)
    async def search_artifacts(
        self,
        *,
        request: AnyRequest,
        ports: NamedDependency[Ports],
        q: Text = None,
        family: Family = None,
        kind: Kind = None,
        platform: Platform = None,
        presence: State = None,
        has_cves: HasCves = False,
        sort: Sort = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> ArtifactList:
        """Return the packages of all channels whose packages one may see, public ones where nothing was shown."""
        channels: list[Channel] = []
        for channel in await ports.channels.list():
            channels += [channel, *await ports.channels.list(parent=channel.key)]
        wish = _wish(q, family or kind, platform, presence, has_cves=has_cves)
        seen = visible(request.user, channels, Action.ARTIFACT_VIEW)
        return await list_packages(seen, wish, sort=sort, offset=offset, limit=limit, ports=ports)


class ArtifactsController(Controller):
    """The packages of one channel or subchannel."""

    path = "/artifacts"
    tags = ("Packages",)

    @get(summary="List packages", responses=may_answer(400, 401, 404), needs=Action.CHANNEL_VIEW_ARTIFACTS)
    async def list_artifacts(
        self,
        *,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        q: Text = None,
        family: Family = None,
        platform: Platform = None,
        presence: State = None,
        has_cves: HasCves = False,
        sort: Sort = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> ArtifactList:
        """Return the packages that clients see now."""
        channel = await get_channel(ports.channels, key)
        wish = _wish(q, family, platform, presence, has_cves=has_cves)
        return await list_packages([channel], wish, sort=sort, offset=offset, limit=limit, ports=ports)

    @get(
        "/excluded",
        summary="List packages that are not there",
        responses=may_answer(400, 401, 404),
        needs=Action.CHANNEL_VIEW_ARTIFACTS,
    )
    async def list_left_out(
        self,
        *,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        q: Text = None,
        family: Family = None,
        reason: Reason = None,
        offset: Offset = 0,
        limit: PageSize = 50,
    ) -> LeftOutList:
        """Return the names that sources of the channel's mirrors have and clients do not see.

        Which rule of which policy leaves the files of a name out, `…/why` tells.
        """
        channel = await get_channel(ports.channels, key)
        wish = LeftOutWish(text=q or None, family=read_family(family) if family else None, reason=reason or None)
        return await show_left_out(channel, wish, offset=offset, limit=limit, ports=ports)

    @post(
        summary="Upload a file",
        status_code=HTTP_201_CREATED,
        request_max_body_size=None,
        responses=may_answer(400, 401, 403, 404, 409, 413),
        needs=Action.ARTIFACT_CREATE,
    )
    async def upload_artifact(
        self,
        *,
        key: NamedDependency[ChannelKey],
        request: AnyRequest,
        ports: NamedDependency[Ports],
        overwrite: Overwrite = False,
    ) -> ArtifactFileOut:
        """Take a package, notebook, environment, project or SBOM as multipart/form-data.

        The file is in the field `content`; `filetype` says what it is. It shows as soon as the channel
        is published with it, where its policy lets it in.
        """
        return await _upload(request, key, overwrite=overwrite, ports=ports)

    @put(
        "/bulk",
        summary="Copy, move or delete packages",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.ARTIFACT_VIEW,
        also=Action.ACCOUNT_VIEW,
    )
    async def change_artifacts(
        self, key: NamedDependency[ChannelKey], data: BulkWish, request: AnyRequest, ports: NamedDependency[Ports]
    ) -> BulkAccepted:
        """Begin to copy, move or delete files, or whole packages where an item has no `ckey`.

        Copying takes the right to add packages at the target, moving and deleting that to delete them here.
        """
        channel = await get_channel(ports.channels, key)
        return await ask_bulk(channel, data, identity=request.user, ports=ports)

    @get(
        "/bulk/{job_id:str}",
        summary="Show how far a job is",
        responses=may_answer(400, 401, 404),
        needs=Action.ARTIFACT_VIEW,
    )
    async def show_bulk_job(
        self, key: NamedDependency[ChannelKey], job_id: FromPath[str], ports: NamedDependency[Ports]
    ) -> BulkJobOut:
        """Return what was done and what could not be done; a job is kept for a week after its end."""
        return await show_bulk(await get_channel(ports.channels, key), job_id, ports=ports)

    @get(
        "/{family:str}/{package:str}",
        summary="Show a package",
        responses=may_answer(400, 401, 404),
        needs=Action.CHANNEL_VIEW_ARTIFACTS,
    )
    async def show_artifact(
        self, key: NamedDependency[ChannelKey], family: OfFamily, package: Package, ports: NamedDependency[Ports]
    ) -> ArtifactOut:
        """Return one package."""
        channel = await get_channel(ports.channels, key)
        return await show_package(channel, read_family(family), package, ports=ports)

    @head(
        "/{family:str}/{package:str}",
        summary="Find out whether a channel has a package",
        responses=may_answer(400, 401, 404),
        needs=Action.CHANNEL_VIEW_ARTIFACTS,
    )
    async def has_artifact(
        self, key: NamedDependency[ChannelKey], family: OfFamily, package: Package, ports: NamedDependency[Ports]
    ) -> None:
        """Answer 200 where the channel has a package, 404 where it has not."""
        channel = await get_channel(ports.channels, key)
        await show_package(channel, read_family(family), package, ports=ports)

    @get(
        "/{family:str}/{package:str}/files",
        summary="List a package's files",
        responses=may_answer(400, 401, 404, 503),
        needs=Action.CHANNEL_VIEW_ARTIFACTS,
    )
    async def list_artifact_files(
        self,
        *,
        key: NamedDependency[ChannelKey],
        family: OfFamily,
        package: Package,
        request: AnyRequest,
        ports: NamedDependency[Ports],
        q: PathText = None,
        sort: SortFiles = FileSort.PATH,
        offset: Offset = 0,
        limit: Limit = None,
    ) -> ArtifactFileList:
        """Return the files of a package; none where the channel has no such package."""
        channel, word, site = await get_channel(ports.channels, key), read_family(family), site_of(request)
        if word not in FAMILIES:
            return await list_attached(channel, word, package, offset=offset, limit=limit, site=site, ports=ports)
        wish = FileWish(text=q or None, sort=sort)
        type_ = FAMILIES[word]
        return await list_files(channel, type_, package, wish, offset=offset, limit=limit, site=site, ports=ports)


class ShortArtifactsController(Controller):
    """Uploads into a subchannel by the short address that the incumbent's client uses."""

    path = "/api/channels/{channel:str}/{subchannel:str}/artifacts"
    tags = ("Packages",)

    @post(
        summary="Upload a file to a subchannel",
        status_code=HTTP_201_CREATED,
        request_max_body_size=None,
        responses=may_answer(400, 401, 403, 404, 409, 413),
        needs=Action.ARTIFACT_CREATE,
    )
    async def upload_artifact_short(
        self,
        *,
        channel: FromPath[str],
        subchannel: FromPath[str],
        request: AnyRequest,
        ports: NamedDependency[Ports],
        overwrite: Overwrite = False,
    ) -> ArtifactFileOut:
        """Take a file as `POST /api/channels/<channel>/subchannels/<subchannel>/artifacts` does."""
        return await _upload(request, key_of(channel, subchannel), overwrite=overwrite, ports=ports)


class RemovalsController(Controller):
    """What was taken out of a channel though mirrors bring it."""

    path = "/removals"
    tags = ("Packages",)

    @get(summary="List what was removed by hand", responses=may_answer(400, 401, 404), needs=Action.ARTIFACT_VIEW)
    async def list_removals(
        self, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports], offset: Offset = 0, limit: PageSize = 50
    ) -> RemovalList:
        """Return files and packages that mirrors bring and that somebody took out, by name."""
        return await show_removals(await get_channel(ports.channels, key), offset=offset, limit=limit, ports=ports)

    @delete(
        "/{removal_id:str}",
        summary="Let in again what was removed by hand",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404),
        needs=Action.ARTIFACT_DELETE,
    )
    async def restore_removed(
        self,
        key: NamedDependency[ChannelKey],
        removal_id: FromPath[str],
        request: AnyRequest,
        ports: NamedDependency[Ports],
    ) -> None:
        """Take a removal back; what mirrors bring shows again as soon as the channel is published."""
        channel = await get_channel(ports.channels, key)
        await restore(channel, removal_id, by=caller_of(request.user), ports=ports)


async def _upload(request: AnyRequest, key: ChannelKey, *, overwrite: bool, ports: Ports) -> ArtifactFileOut:
    wish = UploadWish(
        channel=await get_channel(ports.channels, key),
        identity=request.user,
        content_type=request.headers.get("content-type", ""),
        overwrite=overwrite,
        site=site_of(request),
    )
    return await take_upload(wish, request.stream(), ports=ports)


def _wish(
    text: str | None,
    family: str | None,
    platform: str | None,
    state: Literal["active", "passive"] | None,
    *,
    has_cves: bool,
) -> PackageWish:
    return PackageWish(
        text=text or None,
        family=read_family(family) if family else None,
        platform=platform or None,
        state=state,
        has_cves=has_cves,
    )
