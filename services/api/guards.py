"""Who gets in: every REST route names its action (`needs=Action.…` in its decorator), or is open (`needs=None`).

Where the action is one of channels, the channel is the one that the path names. A route that takes
two things names the second one as well (`also=Action.…`), which is of no channel. What a route
takes of channels in its body or query, and what it shows of others, is for its handler to check, by
`require_on` and `visible`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from msgspec import UNSET, UnsetType

from libs.common.domain.access.actions import NEEDS, Action, scope_of
from libs.common.domain.access.decide_access import Verdict, can_see, decide_access
from libs.common.domain.access.identity import Caller, Credential, Identity
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import NotAllowed, NotAuthenticated, NotFound, TainError
from services.api.credentials import Shown, shown_by
from services.api.ports import Ports
from services.api.routes.keys import key_of

_MARK = "asks_what_is_needed"
Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def access_guard(ports: Ports) -> Guard:
    """Return the guard of all routes; it leaves the `Identity` as `request.user` for the handler.

    A function, for the framework copies objects with all that they hold.
    """

    @_marked
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let pass who may do what the route does.

        Raises:
            NotAuthenticated: for who must show who they are, or showed what is not valid.
            NotAllowed: for who may not.
            NotFound: for a channel that is not there for who asks.
        """
        identity = await identify(connection, ports=ports)
        connection.scope["user"] = identity
        action = handler.opt["needs"]
        if action is None:
            return
        names = connection.path_params
        if "channel" in names:
            await require_on(identity, action, _key_in(names, identity), ports=ports)
        else:
            require(identity, action)
        if "also" in handler.opt:
            require(identity, handler.opt["also"])

    return guard


def is_access_guard(guard: Any) -> bool:
    """Tell whether a guard is one that asks for what a route needs."""
    return getattr(guard, _MARK, False) is True


def _marked(guard: Guard) -> Guard:
    setattr(guard, _MARK, True)
    return guard


def _key_in(names: Mapping[str, Any], identity: Identity) -> ChannelKey:
    try:
        return key_of(names["channel"], names.get("subchannel"))
    except NotFound as exc:
        raise unknown_channel(identity) from exc


async def identify(connection: ASGIConnection[Any, Any, Any, Any], *, ports: Ports) -> Identity:
    """Return who sends a request.

    Raises:
        NotAuthenticated: for who showed what is not valid.
        NotAllowed: for a change by cookie that no page of our own sends.
    """
    return await ports.access.identify(shown_in(connection))


def shown_in(connection: ASGIConnection[Any, Any, Any, Any]) -> Shown:
    """Return what a request shows of who sends it."""
    return shown_by(
        connection.headers,
        method=str(connection.scope.get("method", "GET")),
        cookies=connection.cookies,
        address=connection.client.host if connection.client else None,
    )


async def require_on(identity: Identity, action: Action, key: ChannelKey, *, ports: Ports) -> Channel:
    """Return a channel that somebody may do something on.

    Raises:
        NotFound: when there is none, or none for who asks.
        NotAuthenticated: when nothing was shown and that is not enough.
        NotAllowed: when it is not enough.
    """
    channel = await ports.channels.get(key)
    if channel is None:
        raise unknown_channel(identity)
    require(identity, action, channel)
    return channel


def require(identity: Identity, action: Action, channel: Channel | None = None) -> None:
    """Raise unless somebody may do something.

    Raises:
        NotFound, NotAuthenticated, NotAllowed: as `require_on`.
    """
    verdict = decide_access(identity, action, channel)
    if verdict is Verdict.ALLOWED:
        return
    if verdict is Verdict.HIDDEN:
        raise unknown_channel(identity)
    if verdict is Verdict.SIGN_IN:
        is_seen = channel is None or can_see(identity, channel)
        raise NotAuthenticated(_SHOW) if is_seen else unknown_channel(identity)
    raise NotAllowed(_refusal(identity, action, channel))


def require_choice(identity: Identity, wished: str | UnsetType | None, *, before: str | None = None) -> None:
    """Raise unless somebody may put something under a policy, or take it off one: it takes seeing policies.

    Sending back the id that is there is no choice; nor is it to leave the policy out.

    Raises:
        NotAuthenticated, NotAllowed: as `require`.
    """
    if wished is not UNSET and (wished or None) != before:
        require(identity, Action.POLICY_VIEW)


def visible(identity: Identity, channels: Sequence[Channel], action: Action = Action.CHANNEL_VIEW) -> list[Channel]:
    """Return those channels that somebody may view, or do something else on."""
    return [channel for channel in channels if decide_access(identity, action, channel) is Verdict.ALLOWED]


def unknown_channel(identity: Identity) -> TainError:
    """Return what is said of a channel that is not there, and of one that must look so."""
    if identity.limits is not None and identity.limits.resources is not None:
        return NotFound("there is no such channel that this token opens")
    if identity.is_signed_in:
        return NotFound("there is no such channel")
    return NotAuthenticated("there is no public channel of this name; send a token if it is a private one")


def caller_of(identity: Identity) -> Caller:
    """Return who asks as the audit trail names them, behind a guard that lets no one pass without."""
    return Caller(name=name_of(identity), address=identity.address)


def name_of(identity: Identity) -> str:
    """Return who asks, by name, behind a guard that lets no one pass without."""
    return identity.name or "unknown"


_SHOW = "sign in, or send your token in the X-Auth header"


def _refusal(identity: Identity, action: Action, channel: Channel | None) -> str:
    if NEEDS[action].is_own and identity.credential is Credential.TOKEN:
        return "this takes a sign-in, not a token: run tain login, or POST to /api/auth/login"
    word = scope_of(action, is_subchannel=channel is not None and channel.parent is not None)
    if identity.limits is not None:
        return f"this token does not allow {word}; use one that does"
    return f"you may not do this ({word}); ask an administrator for a role or a group that may"
