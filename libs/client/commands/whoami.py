"""`./tain whoami`: who the server takes one for."""

import os
from argparse import ArgumentParser, Namespace

import msgspec

from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.signing_in.sign_in_client import SignInClient

ABOUT = "Show who you are at a server, with which roles."

EXAMPLES = """\
  ./tain whoami
  ./tain whoami --url https://tain.example.org --json"""


class WhoamiOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `whoami`."""
    parser.add_argument("--json", action="store_true", help="write one JSON document")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Show it."""
    typed = msgspec.convert(vars(options), WhoamiOptions)
    with connect(typed, os.environ) as client:
        account = SignInClient(client).account()
    if typed.json:
        print(msgspec.json.encode(account).decode())
        return 0
    print(f"{account.username} at {client.url}")
    print(f"roles: {', '.join(account.roles) or 'none'}")
    if account.default_channel_name is not None:
        print(f"default channel: {account.default_channel_name}")
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)
