"""/api/account: who holds the token that was sent."""

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from services.api.channel_schemas import ChannelList
from services.api.guards import name_of
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.pages import Limit, Offset, page
from services.api.schemas import AccountOut, TokenInfoOut
from services.api.show_channels import show_channels


class AccountController(Controller):
    """The administrator's account; there are no others yet."""

    path = "/api/account"
    tags = ("Account",)

    @get(summary="Show the account", responses=may_answer(401), needs=Action.ACCOUNT_VIEW)
    async def show_account(self, request: Request[Identity, None, State]) -> AccountOut:
        """Return the name and roles of the token's holder; there is no default channel."""
        name = name_of(request.user)
        return AccountOut(user_id=name, username=name, roles=("admin",), dbroles=("admin",), default_channel_name=None)

    @get("/channels", summary="List the account's channels", responses=may_answer(400, 401), needs=Action.ACCOUNT_VIEW)
    async def list_account_channels(
        self,
        request: Request[Identity, None, State],
        ports: NamedDependency[Ports],
        offset: Offset = 0,
        limit: Limit = None,
    ) -> ChannelList:
        """Return the channels that the token's holder owns, sorted by name."""
        name = name_of(request.user)
        owned = [channel for channel in await ports.channels.list() if name in channel.owners]
        shown = await show_channels(page(owned, offset=offset, limit=limit), ports=ports)
        return ChannelList(total_count=len(owned), items=shown)

    @get("/token-info", summary="Show when the token ends", responses=may_answer(401), needs=Action.ACCOUNT_VIEW)
    async def show_token_info(self) -> TokenInfoOut:
        """Return null: the administrator's token does not expire."""
        return TokenInfoOut(expires_at=None)
