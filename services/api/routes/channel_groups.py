"""<channel>/groups: what the members of groups may do in a channel."""

from litestar import Controller, Request, delete, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import ChannelKey
from services.api.guards import caller_of
from services.api.people.channel_groups import set_group, show_groups, take_off_group
from services.api.people.schemas import ChannelGroupList, ChannelGroupOut, ChannelGroupWish
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.show_channels import get_channel

AnyRequest = Request[Identity, None, State]


class ChannelGroupsController(Controller):
    """The groups of one channel or subchannel."""

    path = "/groups"
    tags = ("Channels",)

    @get(summary="List a channel's groups", responses=may_answer(400, 401, 403, 404), needs=Action.GROUP_VIEW)
    async def list_channel_groups(
        self, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]
    ) -> ChannelGroupList:
        """Return the groups that may do something in a channel, and what."""
        return show_groups(await get_channel(ports.channels, key))

    @put(
        "/{group:str}",
        summary="Let a group do something in a channel",
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.GROUP_EDIT,
    )
    async def set_channel_group(
        self,
        group: FromPath[str],
        data: ChannelGroupWish,
        request: AnyRequest,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> ChannelGroupOut:
        """Set what the members of a group may do here: read, write, or manage. Their roles bound it."""
        return await set_group(key, group, Level(data.level), by=caller_of(request.user), ports=ports)

    @delete(
        "/{group:str}",
        summary="Take a group off a channel",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.GROUP_EDIT,
    )
    async def take_off_channel_group(
        self,
        group: FromPath[str],
        request: AnyRequest,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> None:
        """Let the members of a group do here what everybody may."""
        await take_off_group(key, group, by=caller_of(request.user), ports=ports)
