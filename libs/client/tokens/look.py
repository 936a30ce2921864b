"""`./tain token list | info | scopes`: looking at tokens."""

from argparse import ArgumentParser
from collections.abc import Iterable

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.tokens.token_client import TokenClient
from libs.client.tokens.wire import Token


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    service_account: str | None
    json: bool


class InfoOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `info` or `scopes`."""

    json: bool


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    add_service_account(parser)
    add_json(parser)


def add_info_options(parser: ArgumentParser) -> None:
    """Offer the options of `info` and `scopes`."""
    add_json(parser)


def add_service_account(parser: ArgumentParser) -> None:
    """Offer the choice of a channel's service account."""
    parser.add_argument(
        "--service-account", metavar="CHANNEL", help="that of the channel's service account (default: your own)"
    )


def add_json(parser: ArgumentParser) -> None:
    """Offer machine-readable output."""
    parser.add_argument("--json", action="store_true", help="write one JSON document")


def list_tokens(typed: ListOptions, client: TokenClient) -> int:
    """Show tokens in a table; none of them with its value."""
    tokens = client.list(typed.service_account)
    if typed.json:
        print(msgspec.json.encode(tokens).decode())
    elif not tokens:
        print("There are no tokens; ./tain token create --help shows how to make one.")
    else:
        table_console().print(tokens_table(tokens))
    return 0


def show_info(typed: InfoOptions, client: TokenClient) -> int:
    """Show when the token in use ends."""
    info = client.info()
    if typed.json:
        print(msgspec.json.encode(info).decode())
    else:
        print(f"ends on {info.expires_at}" if info.expires_at else "does not end")
    return 0


def list_scopes(typed: InfoOptions, client: TokenClient) -> int:
    """Show what one's tokens may carry."""
    scopes = client.scopes()
    print(msgspec.json.encode(scopes).decode() if typed.json else "\n".join(scopes))
    return 0


def tokens_table(tokens: Iterable[Token]) -> Table:
    """Lay it out, a line per token."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Name", "Kind", "Opens", "Made", "Ends", "Id"):
        table.add_column(heading, overflow="fold")
    for token in tokens:
        table.add_row(
            escape(token.name),
            token.type,
            escape(_opens(token)),
            (token.created_at or "-")[:10],
            (token.expires_at or "never")[:10],
            token.id,
        )
    return table


def _opens(token: Token) -> str:
    if token.resources:
        return ", ".join(_resource(resource) for resource in token.resources)
    return ", ".join(token.scopes) or "-"


def _resource(resource: dict[str, object]) -> str:
    below = f"/{resource['subchannel']}" if resource.get("subchannel") else ""
    return f"{resource.get('channel')}{below}={resource.get('level')}"
