"""`./tain token create | refresh | revoke`: making tokens, and taking them back."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.errors import UsageFailed
from libs.client.tokens.client_settings import CLIENTS, settings_for
from libs.client.tokens.look import add_json, add_service_account
from libs.client.tokens.token_client import TokenClient
from libs.client.tokens.wire import NewToken, Resource, TokenWish

_LEVELS = ("read", "write", "manage")
_DEFAULT_DAYS = 30
_MOST_DAYS = 100_000
"""The server bounds it; this keeps the day one that can be written."""


class CreateOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `create`."""

    name: str
    scope: tuple[str, ...]
    channel: tuple[str, ...]
    days: int | None
    expires: str | None
    service_account: str | None
    level: str | None
    show_for: str | None
    quiet: bool
    json: bool


class RefreshOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `refresh`."""

    token: str
    service_account: str | None
    quiet: bool
    json: bool


class RevokeOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `revoke`."""

    tokens: tuple[str, ...]
    service_account: str | None


def add_create_options(parser: ArgumentParser) -> None:
    """Offer the options of `create`."""
    parser.add_argument("name", metavar="NAME", help="what to call it, for example where it will be used")
    parser.add_argument(
        "--channel",
        metavar="CHANNEL[=LEVEL]",
        action="append",
        default=[],
        help="open this channel or subchannel, for read, write or manage (default: read); may be repeated",
    )
    parser.add_argument(
        "--scope",
        metavar="SCOPE",
        action="append",
        default=[],
        help="allow this on all that you may use; ./tain token scopes lists them; may be repeated",
    )
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--days", metavar="N", type=int, help=f"end after N days (default: {_DEFAULT_DAYS})")
    ends.add_argument("--expires", metavar="YYYY-MM-DD", help="end with this day (UTC)")
    add_service_account(parser)
    parser.add_argument("--level", choices=_LEVELS, help="what the service account's token may (default: read)")
    parser.add_argument(
        "--for", dest="show_for", choices=CLIENTS, help="show the lines by which a package client uses it"
    )
    _add_output(parser)


def add_refresh_options(parser: ArgumentParser) -> None:
    """Offer the options of `refresh`."""
    parser.add_argument("token", metavar="TOKEN", help="its name or id")
    add_service_account(parser)
    _add_output(parser)


def add_revoke_options(parser: ArgumentParser) -> None:
    """Offer the options of `revoke`."""
    parser.add_argument("tokens", metavar="TOKEN", nargs="+", help="their names or ids")
    add_service_account(parser)


def create_token(typed: CreateOptions, client: TokenClient) -> int:
    """Make a token, and show its value, once."""
    wish = _wish(typed)
    if typed.service_account is not None:
        client.make_service_account(typed.service_account)
    made = client.create(wish, typed.service_account)
    _print_value(made, is_quiet=typed.quiet, is_json=typed.json)
    if typed.show_for is not None and not typed.quiet and not typed.json:
        channel = typed.service_account or (typed.channel[0].partition("=")[0] if typed.channel else "CHANNEL")
        print(f"\n{settings_for(typed.show_for, server=client.url, token=made.token, channel=channel)}")
    return 0


def refresh_token(typed: RefreshOptions, client: TokenClient) -> int:
    """Give a token a new value, and show it, once."""
    found = client.find(typed.token, typed.service_account)
    _print_value(client.refresh(found.id, typed.service_account), is_quiet=typed.quiet, is_json=typed.json)
    return 0


def revoke_tokens(typed: RevokeOptions, client: TokenClient) -> int:
    """Take tokens back."""
    for found in [client.find(token, typed.service_account) for token in typed.tokens]:
        client.revoke(found.id, typed.service_account)
        print(f"Revoked {found.name}.")
    return 0


def _add_output(parser: ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="write the token's value and nothing else")
    add_json(parser)


def _wish(typed: CreateOptions) -> TokenWish:
    expires_at = typed.expires
    if expires_at is None:
        days = _DEFAULT_DAYS if typed.days is None else typed.days
        if not 1 <= days <= _MOST_DAYS:
            raise UsageFailed(f"--days must be from 1 to {_MOST_DAYS:,}")
        expires_at = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    if typed.service_account is not None:
        if typed.scope or typed.channel:
            raise UsageFailed("a service account's token opens its channel; leave out --scope and --channel")
        return TokenWish(name=typed.name, expires_at=expires_at, level=typed.level or "read")
    if typed.level is not None:
        raise UsageFailed("--level goes with --service-account; write --channel CHANNEL=LEVEL")
    if bool(typed.scope) == bool(typed.channel):
        raise UsageFailed("say what it opens: channels with --channel, or scopes with --scope, not both")
    if typed.scope:
        return TokenWish(name=typed.name, expires_at=expires_at, scopes=typed.scope)
    return TokenWish(name=typed.name, expires_at=expires_at, resources=tuple(map(_resource, typed.channel)))


def _resource(text: str) -> Resource:
    key, _, level = text.partition("=")
    channel, _, subchannel = key.partition("/")
    if level and level not in _LEVELS:
        raise UsageFailed(f"{text!r}: after the = stands one of {', '.join(_LEVELS)}")
    return Resource(channel=channel, subchannel=subchannel or None, level=level or "read")


def _print_value(made: NewToken, *, is_quiet: bool, is_json: bool) -> None:
    if is_json:
        print(msgspec.json.encode(made).decode())
    elif is_quiet:
        print(made.token)
    else:
        print(f"{made.token}\n\nThis is shown once; keep it where only who needs it can read it.")
