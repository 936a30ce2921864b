"""A channel's service account and its tokens; and the service accounts of all channels."""

from datetime import timedelta

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.levels import Level
from libs.common.domain.access.people import User, UserKind
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import InvalidInput, NotFound
from services.api.guards import caller_of
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page
from services.api.show_channels import get_channel
from services.api.tokens.change_tokens import create_token, renew_token, revoke_token
from services.api.tokens.schemas import (
    NewServiceToken,
    ServiceAccountList,
    ServiceAccountOut,
    TokenList,
    TokenRenewal,
    TokenValue,
)
from services.api.tokens.service_accounts import (
    create_service_account,
    delete_service_account,
    get_service_account,
)
from services.api.tokens.show_tokens import show_service_account, show_tokens
from services.api.tokens.token_ends import end_of_token

Asked = Request[Identity, None, State]


class AllServiceAccountsController(Controller):
    """The service accounts of all channels."""

    path = "/api/service-accounts"
    tags = ("Service accounts",)

    @get(summary="List all service accounts", responses=may_answer(400, 401, 403), needs=Action.USER_VIEW)
    async def list_service_accounts(
        self, ports: NamedDependency[Ports], offset: Offset = 0, limit: Limit = None
    ) -> ServiceAccountList:
        """Return the service accounts of all channels, by name."""
        found = [user for user in await ports.users.list() if user.kind is UserKind.SERVICE]
        shown = tuple(show_service_account(user) for user in page(found, offset=offset, limit=limit))
        return ServiceAccountList(total_count=len(found), items=shown)


class ServiceAccountController(Controller):
    """The service account of one channel or subchannel: for who manages access to it."""

    path = "/service-account"
    tags = ("Service accounts",)

    @get(summary="Show the service account", responses=may_answer(401, 403, 404), needs=Action.GROUP_EDIT)
    async def show_service_account(
        self, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]
    ) -> ServiceAccountOut:
        """Return the channel's service account."""
        return show_service_account((await _account(key, ports=ports))[1])

    @post(summary="Make the service account", responses=may_answer(401, 403, 404, 409), needs=Action.GROUP_EDIT)
    async def create_service_account(
        self, key: NamedDependency[ChannelKey], request: Asked, ports: NamedDependency[Ports]
    ) -> ServiceAccountOut:
        """Make a user that opens this channel alone, by tokens."""
        channel = await get_channel(ports.channels, key)
        account = await create_service_account(
            channel, by=caller_of(request.user), users=ports.users, bus=ports.bus, clock=ports.clock, ids=ports.ids
        )
        if await ports.channels.get(key) is None:
            # Deleted in this moment, by somebody who could not see the account yet.
            await _delete(channel, request.user, ports=ports)
        return show_service_account(account)

    @delete(summary="Remove the service account", responses=may_answer(401, 403, 404), needs=Action.GROUP_EDIT)
    async def delete_service_account(
        self, key: NamedDependency[ChannelKey], request: Asked, ports: NamedDependency[Ports]
    ) -> None:
        """Remove the account with all of its tokens."""
        channel, _ = await _account(key, ports=ports)
        if not await _delete(channel, request.user, ports=ports):
            raise NotFound(f"{key} has no service account")

    @get("/tokens", summary="List its tokens", responses=may_answer(401, 403, 404), needs=Action.GROUP_EDIT)
    async def list_service_tokens(self, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]) -> TokenList:
        """Return the tokens without their values, by name."""
        _, account = await _account(key, ports=ports)
        return show_tokens(await ports.access_tokens.list(account.id))

    @post(
        "/tokens",
        summary="Make a token of it",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 403, 404, 409),
        needs=Action.SERVICE_TOKEN_EDIT,
    )
    async def create_service_token(
        self,
        data: NewServiceToken,
        key: NamedDependency[ChannelKey],
        request: Asked,
        ports: NamedDependency[Ports],
    ) -> TokenValue:
        """Make a token that opens the channel at a level. Its value is shown this once."""
        _, account = await _account(key, ports=ports)
        if data.days is not None and data.expires_at is not None:
            raise InvalidInput("send days or expires_at, not both", field="days")
        now, max_days = ports.clock.now(), ports.sign_in_rules.token_max_days
        last_day = (now + timedelta(days=data.days)).date().isoformat() if data.days is not None else data.expires_at
        return await create_token(
            account,
            name=data.name,
            resources={key: Level(data.level)},
            expires_at=end_of_token(last_day, now=now, max_days=max_days),
            by=caller_of(request.user),
            tokens=ports.access_tokens,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )

    @put(
        "/tokens/{token_id:str}",
        summary="Give a token of it a new value",
        responses=may_answer(400, 401, 403, 404),
        needs=Action.SERVICE_TOKEN_EDIT,
    )
    async def renew_service_token(
        self,
        token_id: FromPath[str],
        data: TokenRenewal,
        key: NamedDependency[ChannelKey],
        request: Asked,
        ports: NamedDependency[Ports],
    ) -> TokenValue:
        """Return a new value; the old one is good no more."""
        _, account = await _account(key, ports=ports)
        return await renew_token(
            token_id,
            account,
            expires_at=data.expires_at,
            max_days=ports.sign_in_rules.token_max_days,
            by=caller_of(request.user),
            tokens=ports.access_tokens,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )

    @delete(
        "/tokens/{token_id:str}",
        summary="Revoke a token of it",
        responses=may_answer(401, 403, 404),
        needs=Action.SERVICE_TOKEN_EDIT,
    )
    async def revoke_service_token(
        self, token_id: FromPath[str], key: NamedDependency[ChannelKey], request: Asked, ports: NamedDependency[Ports]
    ) -> None:
        """Remove a token; it is refused from now on."""
        _, account = await _account(key, ports=ports)
        await revoke_token(
            token_id,
            account,
            by=caller_of(request.user),
            tokens=ports.access_tokens,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )


async def _account(key: ChannelKey, *, ports: Ports) -> tuple[Channel, User]:
    channel = await get_channel(ports.channels, key)
    return channel, await get_service_account(channel, users=ports.users)


async def _delete(channel: Channel, identity: Identity, *, ports: Ports) -> bool:
    return await delete_service_account(
        channel,
        by=caller_of(identity),
        users=ports.users,
        tokens=ports.access_tokens,
        sessions=ports.sessions,
        bus=ports.bus,
        clock=ports.clock,
        ids=ports.ids,
    )
