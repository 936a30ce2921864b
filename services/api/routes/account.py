"""/api/account: who asks, their default channel, their password, their tokens."""

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.access.grant_scopes import grantable_scopes
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.people import User
from services.api.channel_schemas import ChannelList
from services.api.guards import caller_of, name_of, visible
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page
from services.api.schemas import AccountOut, TokenInfoOut
from services.api.show_channels import show_channels
from services.api.signing_in.account import change_password, find_account, get_account, set_default_channel
from services.api.sync_state import timestamp
from services.api.tokens.change_tokens import create_token, renew_token, revoke_token
from services.api.tokens.grant import check_grant
from services.api.tokens.schemas import (
    DefaultChannelChange,
    NewToken,
    PasswordChange,
    ScopesOut,
    TokenList,
    TokenRenewal,
    TokenValue,
)
from services.api.tokens.show_tokens import show_tokens
from services.api.tokens.token_ends import end_of_token, shown_end

Asked = Request[Identity, None, State]


class AccountController(Controller):
    """The account of who asks."""

    path = "/api/account"
    tags = ("Account",)

    @get(summary="Show the account", responses=may_answer(401), needs=Action.ACCOUNT_VIEW)
    async def show_account(self, request: Asked, ports: NamedDependency[Ports]) -> AccountOut:
        """Return the name, the roles and the default channel of who asks."""
        return _out(request.user, await find_account(request.user, ports=ports))

    @put(
        summary="Choose the default channel",
        responses=may_answer(400, 401, 403, 409),
        needs=Action.DEFAULT_CHANNEL_EDIT,
    )
    async def change_account(
        self, data: DefaultChannelChange, request: Asked, ports: NamedDependency[Ports]
    ) -> AccountOut:
        """Set the channel that uploads go to which name none; null for none."""
        return _out(request.user, await set_default_channel(data.default_channel_name, request.user, ports=ports))

    @put(
        "/password",
        summary="Change the password",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 403, 409, 429),
        needs=Action.ACCOUNT_EDIT,
    )
    async def change_password(self, data: PasswordChange, request: Asked, ports: NamedDependency[Ports]) -> None:
        """Set one's own password. All other sign-ins end; tokens stay."""
        await change_password(data.old_password, data.new_password, request.user, ports=ports)

    @get("/channels", summary="List the account's channels", responses=may_answer(400, 401), needs=Action.ACCOUNT_VIEW)
    async def list_account_channels(
        self, request: Asked, ports: NamedDependency[Ports], offset: Offset = 0, limit: Limit = None
    ) -> ChannelList:
        """Return the channels that one owns or shares by a group, sorted by name; public ones are not among them."""
        asks = request.user
        own = [
            channel
            for channel in await ports.channels.list()
            if asks.name in channel.owners or asks.serves == channel.key or asks.groups & channel.groups.keys()
        ]
        seen = visible(asks, own)
        shown = await show_channels(page(seen, offset=offset, limit=limit), seen_by=asks, ports=ports)
        return ChannelList(total_count=len(seen), items=shown)

    @get("/token-info", summary="Show when the token ends", responses=may_answer(401), needs=Action.ACCOUNT_VIEW)
    async def show_token_info(self, request: Asked, ports: NamedDependency[Ports]) -> TokenInfoOut:
        """Return when the token or sign-in ends that is shown; null for the administrator's token of a file."""
        asks = request.user
        if asks.token_id is not None:
            token = await ports.access_tokens.get(asks.token_id)
            return TokenInfoOut(expires_at=shown_end(token.expires_at) if token is not None else None)
        session = await ports.sessions.get(asks.session_id) if asks.session_id is not None else None
        return TokenInfoOut(expires_at=timestamp(session.expires_at) if session is not None else None)

    @get("/scopes", summary="List what tokens may carry", responses=may_answer(401), needs=Action.ACCOUNT_VIEW)
    async def list_scopes(self, request: Asked) -> ScopesOut:
        """Return the scopes that one may give to one's tokens."""
        return ScopesOut(scopes=grantable_scopes(request.user.rights))


class OwnTokensController(Controller):
    """Tokens of who asks; managing them takes a sign-in, so that no token makes another one."""

    path = "/api/account/tokens"
    tags = ("Account",)

    @get(summary="List one's tokens", responses=may_answer(401, 403), needs=Action.ACCOUNT_EDIT)
    async def list_tokens(self, request: Asked, ports: NamedDependency[Ports]) -> TokenList:
        """Return one's tokens without their values, by name."""
        user = await find_account(request.user, ports=ports)
        return show_tokens(await ports.access_tokens.list(user.id) if user is not None else ())

    @post(
        summary="Make a token",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 403, 409),
        needs=Action.ACCOUNT_EDIT,
    )
    async def create_token(self, data: NewToken, request: Asked, ports: NamedDependency[Ports]) -> TokenValue:
        """Make a token with scopes, or one that opens channels. Its value is shown this once."""
        user = await get_account(request.user, ports=ports)
        scopes, resources = await check_grant(data, request.user, channels=ports.channels)
        max_days = ports.sign_in_rules.token_max_days
        return await create_token(
            user,
            name=data.name,
            scopes=scopes,
            resources=resources,
            expires_at=end_of_token(data.expires_at, now=ports.clock.now(), max_days=max_days),
            by=caller_of(request.user),
            tokens=ports.access_tokens,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )

    @put(
        "/{token_id:str}",
        summary="Give a token a new value",
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.ACCOUNT_EDIT,
    )
    async def renew_token(
        self, token_id: FromPath[str], data: TokenRenewal, request: Asked, ports: NamedDependency[Ports]
    ) -> TokenValue:
        """Return a new value; the old one is good no more."""
        return await renew_token(
            token_id,
            await get_account(request.user, ports=ports),
            expires_at=data.expires_at,
            max_days=ports.sign_in_rules.token_max_days,
            by=caller_of(request.user),
            tokens=ports.access_tokens,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )

    @delete(
        "/{token_id:str}",
        summary="Revoke a token",
        responses=may_answer(401, 403, 404, 409),
        needs=Action.ACCOUNT_EDIT,
    )
    async def revoke_token(self, token_id: FromPath[str], request: Asked, ports: NamedDependency[Ports]) -> None:
        """Remove a token; it is refused from now on."""
        await revoke_token(
            token_id,
            await get_account(request.user, ports=ports),
            by=caller_of(request.user),
            tokens=ports.access_tokens,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )


def _out(identity: Identity, user: User | None) -> AccountOut:
    return AccountOut(
        user_id=user.id if user is not None else identity.user_id or "",
        username=name_of(identity),
        roles=identity.roles,
        dbroles=identity.roles,
        default_channel_name=user.default_channel if user is not None else None,
    )
