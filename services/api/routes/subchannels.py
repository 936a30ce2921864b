"""/api/channels/<channel>/subchannels: list and create; each one is shown as a channel is."""

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import ChannelKey
from services.api.channel_schemas import ChannelList, ChannelOut, NewChannel
from services.api.choose_channels import ChannelSort, choose_channels
from services.api.create_channel import create_channel
from services.api.guards import caller_of, require_choice, visible
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.channels import Owner, Search, Sort
from services.api.routes.pages import Limit, Offset, page
from services.api.show_channels import get_channel, show_channel, show_channels
from services.api.tokens.with_channels import make_with_channel


class SubchannelsController(Controller):
    """The list of a channel's subchannels."""

    path = "/subchannels"
    tags = ("Channels",)

    @get(summary="List subchannels", responses=may_answer(400, 401, 404), needs=Action.CHANNEL_VIEW)
    async def list_subchannels(
        self,
        *,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        search: Search = None,
        owner: Owner = None,
        sort: Sort = ChannelSort.NAME,
        offset: Offset = 0,
        limit: Limit = None,
    ) -> ChannelList:
        """Return the subchannels of a channel that one may see, sorted by name."""
        await get_channel(ports.channels, key)
        below = visible(request.user, await ports.channels.list(parent=key))
        subchannels = choose_channels(below, search=search, owner=owner, sort=sort)
        shown = await show_channels(page(subchannels, offset=offset, limit=limit), seen_by=request.user, ports=ports)
        return ChannelList(total_count=len(subchannels), items=shown)

    @post(summary="Create a subchannel", responses=may_answer(400, 401, 404, 409), needs=Action.SUBCHANNEL_CREATE)
    async def create_subchannel(
        self,
        data: NewChannel,
        request: Request[Identity, None, State],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> ChannelOut:
        """Make a subchannel; it is independent of its parent."""
        require_choice(request.user, data.policy)
        channel = await create_channel(
            data,
            parent=key,
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
