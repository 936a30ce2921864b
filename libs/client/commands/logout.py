"""`./tain logout`: end a sign-in."""

import os
import sys
from argparse import ArgumentParser, Namespace

import httpx
import msgspec

from libs.client.client import Client
from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, server_url
from libs.client.errors import ClientError, UsageFailed
from libs.client.signing_in.saved import SavedSignIns, SignIn, saved_sign_ins
from libs.client.signing_in.sign_in_client import SignInClient

ABOUT = """\
End the sign-in at a server, and forget it on this machine. Tokens that you made stay: revoke
them with ./tain token revoke."""

EXAMPLES = """\
  ./tain logout
  ./tain logout https://tain.example.org
  ./tain logout --all"""


class LogoutOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    server: str | None
    all: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `logout`."""
    parser.add_argument("server", metavar="URL", nargs="?", help="the server (default: as --url says)")
    parser.add_argument("--all", action="store_true", help="end all saved sign-ins")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Sign out."""
    typed = msgspec.convert(vars(options), LogoutOptions)
    saved = saved_sign_ins(os.environ)
    if typed.all:
        if typed.server is not None or typed.url is not None:
            raise UsageFailed("name a server, or write --all")
        urls = [sign_in.url for sign_in in saved.all()]
    else:
        urls = [server_url(msgspec.structs.replace(typed, url=typed.server or typed.url), os.environ)]
    if not urls:
        print("Nobody is signed in.")
    for url in urls:
        gone = log_out(url, saved=saved)
        print(f"Signed out at {url}." if gone else f"Nobody was signed in at {url}.")
    return 0


def log_out(url: str, *, saved: SavedSignIns, transport: httpx.BaseTransport | None = None) -> SignIn | None:
    """Forget a sign-in, then end it at the server; returns what it was.

    It is forgotten even where the server does not answer, which is said then.
    """
    gone = saved.forget(url)
    if gone is None or gone.refresh_token is None or gone.provider is not None:
        # A provider's sign-in is the provider's to end; what is not renewed ends within minutes.
        return gone
    try:
        with Client(url, transport=transport) as client:
            SignInClient(client).log_out(gone.refresh_token)
    except ClientError as exc:
        print(f"tain: forgotten here, but the server did not hear of it: {exc}", file=sys.stderr)
    return gone


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)
