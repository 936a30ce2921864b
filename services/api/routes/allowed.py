"""/api/allowed and <channel>/allowed: what who asks may do, so that nothing else need be offered."""

from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import allowed_actions
from libs.common.domain.channel import ChannelKey
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.schemas import AllowedOut
from services.api.show_channels import get_channel

AnyRequest = Request[Any, Any, Any]


class AllowedController(Controller):
    """What somebody may do, whatever the channel."""

    path = "/api/allowed"
    tags = ("Account",)

    @get(summary="List what one may do", responses=may_answer(401), needs=Action.ACCOUNT_VIEW)
    async def list_allowed(self, request: AnyRequest) -> AllowedOut:
        """Return the actions that the roles and the token of who asks give.

        Those on channels are in the list where they may be done on some; which, `<channel>/allowed` says.
        """
        return AllowedOut(actions=allowed_actions(request.user))


class ChannelAllowedController(Controller):
    """What somebody may do to one channel or subchannel."""

    path = "/allowed"
    tags = ("Channels",)

    @get(summary="List what one may do to a channel", responses=may_answer(401, 403, 404), needs=Action.CHANNEL_VIEW)
    async def list_allowed_here(
        self, key: NamedDependency[ChannelKey], request: AnyRequest, ports: NamedDependency[Ports]
    ) -> AllowedOut:
        """Return the actions on channels that who asks may do here; for a subchannel by the same words."""
        return AllowedOut(actions=allowed_actions(request.user, await get_channel(ports.channels, key)))
