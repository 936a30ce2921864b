"""/api/users: who can sign in, and what they may do."""

from typing import Annotated, Literal

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.access.give import carried
from libs.common.domain.access.identity import Identity
from services.api.guards import caller_of
from services.api.people.create_user import create_user
from services.api.people.delete_user import delete_user
from services.api.people.edit_user import edit_user
from services.api.people.known_people import known_people
from services.api.people.schemas import NewUser, UserChanges, UserList, UserOut
from services.api.people.show_people import find_users, show_user
from services.api.people.user_tokens import list_tokens, revoke_token
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page
from services.api.tokens.schemas import TokenList

AnyRequest = Request[Identity, None, State]
Heir = Annotated[str | None, QueryParameter(description="who shall own the channels that the user alone owns")]
Search = Annotated[
    str | None, QueryParameter(max_length=200, description="only those with this in their name or email, in any case")
]
Kind = Annotated[Literal["person", "service"] | None, QueryParameter(description="only people, or service accounts")]


class UsersController(Controller):
    """All users and service accounts."""

    path = "/api/users"
    tags = ("People",)

    @get(summary="List users", responses=may_answer(400, 401, 403), needs=Action.USER_VIEW)
    async def list_users(
        self,
        ports: NamedDependency[Ports],
        *,
        search: Search = None,
        kind: Kind = None,
        offset: Offset = 0,
        limit: Limit = None,
    ) -> UserList:
        """Return users by name, with the roles and groups that they were given here."""
        users = find_users(await ports.users.list(), search=search, kind=kind)
        return UserList(total_count=len(users), items=tuple(map(show_user, page(users, offset=offset, limit=limit))))

    @post(summary="Create a user", responses=may_answer(400, 401, 403, 409, 429), needs=Action.USER_EDIT)
    async def create_user(self, data: NewUser, request: AnyRequest, ports: NamedDependency[Ports]) -> UserOut:
        """Make a user; nobody makes one that may do more than they may themselves."""
        by = caller_of(request.user)
        return show_user(await create_user(data, by=by, own=carried(request.user), ports=ports))

    @get("/{username:str}", summary="Show a user", responses=may_answer(400, 401, 403, 404), needs=Action.USER_VIEW)
    async def show_user(self, username: FromPath[str], ports: NamedDependency[Ports]) -> UserOut:
        """Return one user by name."""
        return show_user((await known_people(ports)).find_user(username))

    @put(
        "/{username:str}",
        summary="Edit a user",
        responses=may_answer(400, 401, 403, 404, 409, 429),
        needs=Action.USER_EDIT,
    )
    async def edit_user(
        self, username: FromPath[str], data: UserChanges, request: AnyRequest, ports: NamedDependency[Ports]
    ) -> UserOut:
        """Change what the body names; a new password and disabling end all of the user's sign-ins."""
        by = caller_of(request.user)
        return show_user(await edit_user(username, data, by=by, own=carried(request.user), ports=ports))

    @delete(
        "/{username:str}",
        summary="Delete a user",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.USER_EDIT,
    )
    async def delete_user(
        self,
        username: FromPath[str],
        request: AnyRequest,
        ports: NamedDependency[Ports],
        reassign_to: Heir = None,
    ) -> None:
        """Remove a user with all tokens and sign-ins; 409 where they alone own channels and nobody is to have them."""
        await delete_user(
            username,
            reassign_to=reassign_to,
            asked_by=request.user,
            by=caller_of(request.user),
            own=carried(request.user),
            ports=ports,
        )

    @get(
        "/{username:str}/tokens",
        summary="List a user's tokens",
        responses=may_answer(400, 401, 403, 404),
        needs=Action.USER_VIEW,
    )
    async def list_user_tokens(
        self, username: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]
    ) -> TokenList:
        """Return the tokens of a user by name, without their values; channels that one may not see are left out."""
        return await list_tokens(username, asked_by=request.user, ports=ports)

    @delete(
        "/{username:str}/tokens/{token_id:str}",
        summary="Revoke a user's token",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 404),
        needs=Action.USER_EDIT,
    )
    async def revoke_user_token(
        self, username: FromPath[str], token_id: FromPath[str], request: AnyRequest, ports: NamedDependency[Ports]
    ) -> None:
        """End a token; it is refused a second later at the latest."""
        await revoke_token(username, token_id, by=caller_of(request.user), own=carried(request.user), ports=ports)
