"""Tokens and service accounts as they stand on the wire (rest-api.md sections 4.1 and 4.4); nothing else uses them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from libs.common.domain.access.levels import Level
from services.api.schemas import Timestamp

TokenName = Annotated[str, Meta(min_length=1, max_length=128, examples=["repo-cli-token-myhost"])]
Ends = Annotated[
    str, Meta(max_length=40, description="the last day (UTC), or a moment; 30 days from now where it is left out")
]
OwnLevel = Literal["read", "write", "manage"]


class ResourceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A channel or subchannel that a token opens, and how far."""

    channel: str
    subchannel: str | None
    level: Level


class TokenOut(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its value; a scope token has scopes, a resource token resources."""

    id: str
    name: str
    metadata: None
    type: Literal["scope", "resource"]
    created_at: Timestamp
    expires_at: str | None
    scopes: tuple[str, ...]
    resources: tuple[ResourceOut, ...]


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """All tokens of an account."""

    total_count: int
    items: tuple[TokenOut, ...]


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a token: scopes or resources, not both.

    Resources are a list of {"channel", "subchannel"?, "level"}; {"name": "main/stage", "level"} and
    the short form {"main/stage": "read"} are understood as well.
    """

    name: TokenName
    expires_at: Ends | None = None
    scopes: Annotated[tuple[str, ...], Meta(max_length=200)] | None = None
    resources: (
        Annotated[
            list[dict[str, Any]] | dict[str, Any],
            Meta(examples=[[{"channel": "main", "subchannel": "stage", "level": "read"}]]),
        ]
        | None
    ) = None


class TokenRenewal(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of a token: a new value. It lasts as long as the old one did, unless `expires_at` says otherwise."""

    expires_at: Ends | None = None


class TokenValue(msgspec.Struct, frozen=True, kw_only=True):
    """A token's value, which is shown this once."""

    token: str
    id: str

    def __repr__(self) -> str:
        """Show no token, wherever this is printed."""
        return f"TokenValue(id={self.id!r})"


class ScopesOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one's tokens may carry."""

    scopes: tuple[str, ...]


class NewServiceToken(msgspec.Struct, frozen=True, kw_only=True):
    """POST of a service account's token: how far it opens the channel, and for how many days."""

    name: TokenName
    level: OwnLevel = "read"
    days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    expires_at: Ends | None = None


class ServiceAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's service account."""

    id: str
    username: str
    channel: str
    is_disabled: bool
    created: Timestamp


class ServiceAccountList(msgspec.Struct, frozen=True, kw_only=True):
    """The service accounts of all channels."""

    total_count: int
    items: tuple[ServiceAccountOut, ...]


class DefaultChannelChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT of the account: where an upload without a channel goes; null for nowhere."""

    default_channel_name: Annotated[str, Meta(max_length=300)] | None


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True):
    """PUT of one's password."""

    old_password: Annotated[str, Meta(max_length=4096, extra_json_schema={"format": "password"})]
    new_password: Annotated[str, Meta(max_length=4096, extra_json_schema={"format": "password"})]

    def __repr__(self) -> str:
        """Show no password, wherever this is printed."""
        return "PasswordChange()"
