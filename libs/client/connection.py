"""Which server a command speaks to, and with whose token.

The first that is there counts: the options, then TAIN_URL and TAIN_TOKEN, then a sign-in that
`./tain login` saved for the server, then what a running `./tain up` left in its data folder. What
was saved, and a token from that folder, is only ever sent to the server that it belongs to.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

import msgspec

from libs.client.client import Client
from libs.client.endpoint import read_endpoint
from libs.client.errors import CommandFailed
from libs.client.signing_in.renew import SignedIn
from libs.client.signing_in.saved import saved_sign_ins

DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".tain"
"""`.tain` beside the program."""


class ConnectionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    url: str | None = None
    token_file: str | None = None
    data: str | None = None


def add_connection_options(parser: ArgumentParser) -> None:
    """Offer the options that name a server."""
    group = parser.add_argument_group("server", "left out, the server that ./tain up runs on this machine")
    group.add_argument("--url", metavar="URL", help="the server, for example http://127.0.0.1:8080 (or TAIN_URL)")
    group.add_argument("--token-file", metavar="FILE", help="a file that holds the token (or TAIN_TOKEN, the token)")
    group.add_argument("--data", metavar="DIR", help="the data folder of ./tain up (or TAIN_DATA; default ./.tain)")


def data_folder(given: str | None, environ: Mapping[str, str]) -> Path:
    """Return the data folder that is meant."""
    text = given or environ.get("TAIN_DATA")
    return Path(text).expanduser().absolute() if text else DEFAULT_DATA


def connect(options: ConnectionOptions, environ: Mapping[str, str]) -> Client:
    """Make a client for the server that is meant.

    Raises:
        CommandFailed: when no server is named and none runs, or a token file can't be read.
    """
    url = server_url(options, environ)
    if options.token_file:
        return Client(url, token=_read_token(options.token_file))
    if environ.get("TAIN_TOKEN"):
        return Client(url, token=environ["TAIN_TOKEN"])
    saved = saved_sign_ins(environ)
    sign_in = saved.get(url)
    if sign_in is not None:
        return Client(url, auth=SignedIn(saved, sign_in))
    endpoint = read_endpoint(data_folder(options.data, environ))
    if endpoint is not None and endpoint.url == url.rstrip("/"):
        return Client(url, token=_read_token(endpoint.token_file))
    return Client(url)


def server_url(options: ConnectionOptions, environ: Mapping[str, str]) -> str:
    """Return the URL of the server that is meant.

    Raises:
        CommandFailed: when no server is named and none runs.
    """
    folder = data_folder(options.data, environ)
    endpoint = read_endpoint(folder)
    url = options.url or environ.get("TAIN_URL") or (endpoint.url if endpoint else None)
    if url is None:
        raise CommandFailed(
            f"no server runs from {folder}; start one with ./tain up, or name one with --url or TAIN_URL"
        )
    return url if "://" in url else f"http://{url}"


def _read_token(path: str) -> str:
    """Read a token file; surrounding blanks are no part of the token."""
    try:
        return Path(path).expanduser().read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandFailed(f"the token file {path} can't be read: {exc}") from exc
