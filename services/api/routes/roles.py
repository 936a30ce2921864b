"""/api/roles: what roles give; built-in ones can't be changed."""

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.access.give import carried
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.roles import PRESETS
from services.api.guards import caller_of
from services.api.people.edit_roles import create_role, delete_role, edit_role
from services.api.people.known_people import known_people
from services.api.people.schemas import NewRole, RoleChanges, RoleList, RoleOut
from services.api.people.show_people import show_role
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page

AnyRequest = Request[Identity, None, State]


class RolesController(Controller):
    """All roles."""

    path = "/api/roles"
    tags = ("People",)

    @get(summary="List roles", responses=may_answer(400, 401, 403), needs=Action.ROLE_VIEW)
    async def list_roles(self, ports: NamedDependency[Ports], offset: Offset = 0, limit: Limit = None) -> RoleList:
        """Return the built-in roles, then the others by name, each with its level in every category."""
        roles = [*PRESETS.values(), *await ports.roles.list()]
        return RoleList(total_count=len(roles), items=tuple(map(show_role, page(roles, offset=offset, limit=limit))))

    @post(summary="Create a role", responses=may_answer(400, 401, 403, 409), needs=Action.ROLE_EDIT)
    async def create_role(self, data: NewRole, request: AnyRequest, ports: NamedDependency[Ports]) -> RoleOut:
        """Make a role; nobody makes one that gives more than they have themselves."""
        by = caller_of(request.user)
        return show_role(await create_role(data, by=by, own=carried(request.user), ports=ports))

    @get("/{role:str}", summary="Show a role", responses=may_answer(400, 401, 403, 404), needs=Action.ROLE_VIEW)
    async def show_role(self, role: FromPath[str], ports: NamedDependency[Ports]) -> RoleOut:
        """Return one role by name."""
        return show_role((await known_people(ports)).find_role(role))

    @put("/{role:str}", summary="Edit a role", responses=may_answer(400, 401, 403, 404, 409), needs=Action.ROLE_EDIT)
    async def edit_role(
        self, role: FromPath[str], data: RoleChanges, request: AnyRequest, ports: NamedDependency[Ports]
    ) -> RoleOut:
        """Change what the body names; it acts on all who have the role within a second."""
        by = caller_of(request.user)
        return show_role(await edit_role(role, data, by=by, own=carried(request.user), ports=ports))

    @delete(
        "/{role:str}",
        summary="Delete a role",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.ROLE_EDIT,
    )
    async def delete_role(self, role: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]) -> None:
        """Remove a role; 409 where users or groups have it, saying which."""
        await delete_role(role, by=caller_of(request.user), own=carried(request.user), ports=ports)
