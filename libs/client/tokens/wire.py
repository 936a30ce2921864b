"""Tokens as they stand on the wire (rest-api.md section 4)."""

from typing import Any

import msgspec


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its value; `resources` are as the server writes them."""

    id: str
    name: str
    type: str = "scope"
    created_at: str | None = None
    expires_at: str | None = None
    scopes: tuple[str, ...] = ()
    resources: tuple[dict[str, Any], ...] = ()


class TokenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of tokens."""

    items: tuple[Token, ...]


class Scopes(msgspec.Struct, frozen=True, kw_only=True):
    """What one's tokens may carry."""

    scopes: tuple[str, ...]


class Resource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a resource token opens: a channel or subchannel, at a level."""

    channel: str
    level: str
    subchannel: str | None = None


class TokenWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token that is to be made: scopes or resources, not both; `level` is for service accounts."""

    name: str
    expires_at: str | None = None
    scopes: tuple[str, ...] | None = None
    resources: tuple[Resource, ...] | None = None
    level: str | None = None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a token, which is shown once."""

    token: str
    id: str


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """When the token that was shown ends."""

    expires_at: str | None = None
