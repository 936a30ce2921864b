"""/api/channels: list and create; show, edit and delete a channel or subchannel."""

from typing import Annotated

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey
from services.api.channel_schemas import ChannelChanges, ChannelList, ChannelOut, NewChannel
from services.api.choose_channels import ChannelSort, choose_channels
from services.api.create_channel import create_channel
from services.api.delete_channel import delete_channel
from services.api.edit_channel import edit_channel
from services.api.guards import caller_of, require_choice, visible
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page
from services.api.show_channels import get_channel, show_channel, show_channels
from services.api.tokens.with_channels import channels_below, delete_with_channels, make_with_channel

Search = Annotated[str | None, QueryParameter(max_length=300, description="a part of the name or description")]
Owner = Annotated[str | None, QueryParameter(max_length=300, description="only those that this user owns")]
Sort = Annotated[ChannelSort, QueryParameter(description="the order; with - before it, downwards")]


class ChannelsController(Controller):
    """The list of channels."""

    path = "/api/channels"
    tags = ("Channels",)

    @get(summary="List channels", responses=may_answer(400, 401), needs=None)
    async def list_channels(
        self,
        *,
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        search: Search = None,
        owner: Owner = None,
        sort: Sort = ChannelSort.NAME,
        offset: Offset = 0,
        limit: Limit = None,
    ) -> ChannelList:
        """Return the channels that one may see, sorted by name; subchannels have their own list."""
        channels = choose_channels(
            visible(request.user, await ports.channels.list()), search=search, owner=owner, sort=sort
        )
        shown = await show_channels(page(channels, offset=offset, limit=limit), seen_by=request.user, ports=ports)
        return ChannelList(total_count=len(channels), items=shown)

    @post(summary="Create a channel", responses=may_answer(400, 401, 409), needs=Action.CHANNEL_CREATE)
    async def create_channel(
        self, data: NewChannel, request: Request[Identity, None, State], ports: NamedDependency[Ports]
    ) -> ChannelOut:
        """Make a channel; it is public unless `privacy` says otherwise."""
        require_choice(request.user, data.policy)
        channel = await create_channel(
            data,
            parent=None,
            by=caller_of(request.user),
            channels=ports.channels,
            policies=ports.policies,
            places=ports.places,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )
        await make_with_channel(channel, by=caller_of(request.user), ports=ports)
        return await show_channel(channel, seen_by=request.user, ports=ports)


class ChannelController(Controller):
    """One channel or subchannel."""

    tags = ("Channels",)

    @get(summary="Show a channel", responses=may_answer(400, 401, 404), needs=Action.CHANNEL_VIEW)
    async def show_channel(
        self, request: Request[Identity, None, State], key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]
    ) -> ChannelOut:
        """Return the channel with its counts and the revision that clients read."""
        channel = await get_channel(ports.channels, key)
        return await show_channel(channel, seen_by=request.user, ports=ports)

    @put(
        summary="Edit a channel, freeze or unfreeze it",
        responses=may_answer(400, 401, 404, 409),
        needs=Action.CHANNEL_EDIT,
    )
    async def edit_channel(
        self,
        data: ChannelChanges,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> ChannelOut:
        """Change what the body names, such as privacy, owners, or `indexing_behavior` (`frozen` or `default`)."""
        require_choice(request.user, data.policy, before=(await get_channel(ports.channels, key)).policy_id)
        channel = await edit_channel(
            key,
            data,
            by=caller_of(request.user),
            channels=ports.channels,
            policies=ports.policies,
            places=ports.places,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
            users=ports.users,
        )
        return await show_channel(channel, seen_by=request.user, ports=ports)

    @delete(
        summary="Delete a channel",
        status_code=HTTP_202_ACCEPTED,
        responses=may_answer(400, 401, 404),
        needs=Action.CHANNEL_DELETE,
    )
    async def delete_channel(
        self,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> dict[str, str]:
        """Remove the channel with its subchannels, mirrors and packages; the packages go a little later."""
        by = caller_of(request.user)
        going = await channels_below(key, ports=ports)
        await delete_with_channels(going, by=by, ports=ports)
        await delete_channel(
            key,
            by=by,
            channels=ports.channels,
            mirrors=ports.mirrors,
            places=ports.places,
            bus=ports.bus,
            clock=ports.clock,
        )
        await delete_with_channels(going, by=by, ports=ports)
        return {"status": "accepted"}
