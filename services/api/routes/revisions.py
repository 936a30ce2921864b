"""<channel>/revisions and <channel>/rollback: what was published, what changed, and going back to it."""

from typing import Annotated

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK

from libs.common.deciding.compare_revisions import PackageWish
from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey
from libs.common.domain.compare_contents import PackageChange
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import MirrorType
from services.api.artifacts.families import FAMILIES, read_family
from services.api.guards import caller_of
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.revisions.roll_back import roll_back
from services.api.revisions.schemas import RevisionChanges, RevisionList, RollBackWish, RolledBackOut
from services.api.revisions.show_changes import show_changes
from services.api.revisions.show_revisions import show_revisions
from services.api.routes.pages import Offset, PageSize
from services.api.show_channels import get_channel
from services.api.sync_state import timestamp

Against = Annotated[
    int | None, QueryParameter(ge=1, description="another revision; the one before where it is left out")
]
Text = Annotated[str | None, QueryParameter(max_length=300, description="a part of the package's name")]
Family = Annotated[str | None, QueryParameter(description="conda, python or cran")]
Change = Annotated[PackageChange | None, QueryParameter(description="only packages of which this became")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before")]
FilesAPage = Annotated[
    int, QueryParameter(ge=1, le=1000, description="about how many files; those of a package stay together")
]


class RevisionsController(Controller):
    """The revisions of one channel or subchannel."""

    tags = ("Channels",)

    @get(
        "/revisions",
        summary="List revisions",
        responses=may_answer(400, 401, 404),
        needs=Action.CHANNEL_VIEW,
    )
    async def list_revisions(
        self,
        *,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        offset: Offset = 0,
        limit: PageSize = 20,
    ) -> RevisionList:
        """Return what was published of a channel and is kept, newest first, and why each revision was made."""
        channel = await get_channel(ports.channels, key)
        return await show_revisions(channel, offset=offset, limit=limit, seen_by=request.user, ports=ports)

    @get(
        "/revisions/{number:int}/changes",
        summary="Compare two revisions",
        responses=may_answer(400, 401, 404, 410),
        needs=Action.CHANNEL_VIEW_ARTIFACTS,
    )
    async def show_changes(
        self,
        *,
        number: FromPath[int],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        against: Against = None,
        q: Text = None,
        family: Family = None,
        change: Change = None,
        cursor: Cursor = None,
        limit: FilesAPage = 100,
    ) -> RevisionChanges:
        """Return the packages that came, went or have other files, with these files; computed when it is asked for."""
        channel = await get_channel(ports.channels, key)
        wish = PackageWish(text=q.strip().lower() or None if q else None, type=_type_of(family), change=change)
        return await show_changes(channel, number, against, wish, cursor=cursor, limit=limit, ports=ports)

    @post(
        "/rollback",
        summary="Roll a channel back to a revision, and freeze it",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 403, 404, 409, 410),
        needs=Action.CHANNEL_EDIT,
    )
    async def roll_back(
        self,
        data: RollBackWish,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> RolledBackOut:
        """Let clients read an older revision's content again, as a new revision.

        The channel is frozen by it, so that no run takes it back; unfreezing publishes what the
        channel's mirrors and uploads hold then.
        """
        pointer = await roll_back(key, data.revision, by=caller_of(request.user), ports=ports)
        return RolledBackOut(
            revision=pointer.number,
            rolled_back_to=data.revision,
            published_at=timestamp(pointer.published_at),
            is_frozen=True,
        )


def _type_of(family: str | None) -> MirrorType | None:
    if family is None:
        return None
    word = read_family(family)
    if word not in FAMILIES:
        raise InvalidInput(f"{word} are no packages; compare {', '.join(FAMILIES)}", field="family")
    return FAMILIES[word]
