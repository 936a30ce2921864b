"""/api/groups: groups and their members."""

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import can_see
from libs.common.domain.access.give import carried
from libs.common.domain.access.identity import Identity
from services.api.guards import caller_of
from services.api.people.edit_groups import create_group, delete_group, edit_group
from services.api.people.edit_user import set_member
from services.api.people.known_people import known_people
from services.api.people.owned_channels import all_channels
from services.api.people.schemas import GroupChanges, GroupChannelList, GroupChannelOut, GroupList, GroupOut, NewGroup
from services.api.people.show_people import show_group
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page

AnyRequest = Request[Identity, None, State]


class GroupsController(Controller):
    """All groups; one is named in an address by its name, or by its id where the name has a slash."""

    path = "/api/groups"
    tags = ("People",)

    @get(summary="List groups", responses=may_answer(400, 401, 403), needs=Action.USER_VIEW)
    async def list_groups(self, ports: NamedDependency[Ports], offset: Offset = 0, limit: Limit = None) -> GroupList:
        """Return groups by name, with those who were put into them here."""
        people = await known_people(ports)
        groups = list(people.groups.values())
        items = tuple(show_group(group, people=people) for group in page(groups, offset=offset, limit=limit))
        return GroupList(total_count=len(groups), items=items)

    @post(summary="Create a group", responses=may_answer(400, 401, 403, 409), needs=Action.USER_EDIT)
    async def create_group(self, data: NewGroup, request: AnyRequest, ports: NamedDependency[Ports]) -> GroupOut:
        """Make a group; what a provider calls by this name is in it from then on."""
        group = await create_group(
            data, asked_by=request.user, by=caller_of(request.user), own=carried(request.user), ports=ports
        )
        return show_group(group, people=await known_people(ports))

    @get("/{group:str}", summary="Show a group", responses=may_answer(400, 401, 403, 404), needs=Action.USER_VIEW)
    async def show_group(self, group: FromPath[str], ports: NamedDependency[Ports]) -> GroupOut:
        """Return one group."""
        people = await known_people(ports)
        return show_group(people.find_group(group), people=people)

    @get(
        "/{group:str}/channels",
        summary="List a group's channels",
        responses=may_answer(400, 401, 403, 404),
        needs=Action.USER_VIEW,
    )
    async def list_group_channels(
        self, group: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]
    ) -> GroupChannelList:
        """Return the channels and subchannels that name a group, and what its members may do there.

        Channels that one may not see are left out.
        """
        name = (await known_people(ports)).find_group(group).name
        naming = [channel for channel in await all_channels(ports.channels) if name in channel.groups]
        seen = [channel for channel in naming if can_see(request.user, channel)]
        items = tuple(GroupChannelOut(channel=channel.key, level=channel.groups[name]) for channel in seen)
        return GroupChannelList(total_count=len(items), items=items)

    @put("/{group:str}", summary="Edit a group", responses=may_answer(400, 401, 403, 404, 409), needs=Action.USER_EDIT)
    async def edit_group(
        self, group: FromPath[str], data: GroupChanges, request: AnyRequest, ports: NamedDependency[Ports]
    ) -> GroupOut:
        """Change what the body names; its roles act on all members within a second."""
        by = caller_of(request.user)
        changed = await edit_group(group, data, by=by, own=carried(request.user), ports=ports)
        return show_group(changed, people=await known_people(ports))

    @delete(
        "/{group:str}",
        summary="Delete a group",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.USER_EDIT,
    )
    async def delete_group(self, group: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]) -> None:
        """Remove a group; 409 where users are in it or channels name it, saying which."""
        await delete_group(
            group, asked_by=request.user, by=caller_of(request.user), own=carried(request.user), ports=ports
        )

    @put(
        "/{group:str}/members/{username:str}",
        summary="Put a user into a group",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.USER_EDIT,
    )
    async def add_member(
        self, group: FromPath[str], username: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]
    ) -> None:
        """Make a user a member; the body is passed over."""
        own = carried(request.user)
        await set_member(group, username, is_in=True, by=caller_of(request.user), own=own, ports=ports)

    @delete(
        "/{group:str}/members/{username:str}",
        summary="Take a user out of a group",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.USER_EDIT,
    )
    async def remove_member(
        self, group: FromPath[str], username: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]
    ) -> None:
        """Let a user be no member any more; a no-op where they are none."""
        own = carried(request.user)
        await set_member(group, username, is_in=False, by=caller_of(request.user), own=own, ports=ports)
