"""`./tain login`: sign in at a server."""

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

import httpx
import msgspec

from libs.client.client import Client
from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, server_url
from libs.client.errors import ClientError, CommandFailed, UsageFailed
from libs.client.signing_in.device_flow import DeviceFlow
from libs.client.signing_in.passwords import add_password_options, read_password
from libs.client.signing_in.renew import Granted, SignedIn, renewed
from libs.client.signing_in.saved import Provider, SavedSignIns, SignIn, saved_sign_ins
from libs.client.signing_in.sign_in_client import Account, Methods, OidcWays, SignInClient

ABOUT = """\
Sign in at a server. Where it knows passwords, yours is asked for; where an OpenID provider
(Keycloak) knows you, a code is shown that you enter in a browser. The sign-in is saved for
this server and renewed by itself; ./tain logout ends it. For scripts and package clients
make a token instead: ./tain token --help."""

EXAMPLES = """\
  ./tain login https://tain.example.org
  ./tain login --username ann --password-stdin < password
  ./tain login https://tain.example.org --client-id builder --client-secret-file secret"""

_TRIES = 3
_UNAUTHORIZED = 401


class LoginOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    server: str | None
    username: str | None
    password_file: str | None
    password_stdin: bool
    client_id: str | None
    client_secret_file: str | None
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `login`."""
    parser.add_argument("server", metavar="URL", nargs="?", help="the server (default: as --url says)")
    parser.add_argument("--username", metavar="NAME", help="who you are (default: ask for it)")
    add_password_options(parser)
    machine = parser.add_argument_group("machines, at an OpenID provider")
    machine.add_argument("--client-id", metavar="ID", help="the client of the provider that this machine is")
    machine.add_argument("--client-secret-file", metavar="FILE", help="a file that holds its secret")
    parser.add_argument("--json", action="store_true", help="write one JSON document")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Sign in, and save it."""
    typed = msgspec.convert(vars(options), LoginOptions)
    if typed.server is not None and typed.url is not None:
        raise UsageFailed("name the server once: as URL, or with --url")
    if (typed.client_id is None) != (typed.client_secret_file is None):
        raise UsageFailed("--client-id and --client-secret-file go together")
    url = server_url(msgspec.structs.replace(typed, url=typed.server or typed.url), os.environ)
    account = log_in(url, typed, saved=saved_sign_ins(os.environ))
    if typed.json:
        print(msgspec.json.encode(account).decode())
    else:
        print(f"Signed in at {url} as {account.username} ({', '.join(account.roles) or 'no roles'}).")
    return 0


def log_in(
    url: str, typed: LoginOptions, *, saved: SavedSignIns, transport: httpx.BaseTransport | None = None
) -> Account:
    """Sign in at a server in the way that it offers, save it, and return who that is.

    Raises:
        CommandFailed: when the sign-in fails, or can't be saved.
    """
    with Client(url, transport=transport) as client:
        methods = SignInClient(client).methods()
        provider = None
        if typed.client_id is not None:
            granted = _by_secret(typed, _oidc(methods, url), transport)
        elif methods.oidc is not None and typed.username is None:
            granted = _by_device(methods.oidc, transport)
            provider = Provider(token_endpoint=methods.oidc.token_endpoint, client_id=methods.oidc.client_id)
        elif methods.password:
            granted = _by_password(SignInClient(client), typed)
        else:
            raise UsageFailed(f"{url} takes no passwords; leave out --username to sign in at its provider")
    nameless = SignIn(url=client.url, username="?", access_token="", provider=provider)
    sign_in = renewed(nameless, granted, now=time.time())
    with Client(url, auth=SignedIn(saved, sign_in), transport=transport) as client:
        account = SignInClient(client).account()
    saved.put(msgspec.structs.replace(sign_in, username=account.username))
    return account


def _by_password(client: SignInClient, typed: LoginOptions) -> Granted:
    username = typed.username or _ask_name()
    is_typed = typed.password_file is None and not typed.password_stdin
    for tries_left in reversed(range(_TRIES if is_typed else 1)):
        password = read_password(f"Password of {username}", file=typed.password_file, from_stdin=typed.password_stdin)
        try:
            return client.log_in(username, password)
        except ClientError as exc:
            if exc.status != _UNAUTHORIZED:
                raise
            if not tries_left:
                raise CommandFailed(exc.words) from exc
            print(f"tain: {exc.words}", file=sys.stderr)
    raise AssertionError


def _ask_name() -> str:
    if not sys.stdin.isatty():
        raise UsageFailed("there is nobody to ask who you are; use --username")
    print("User name: ", end="", file=sys.stderr, flush=True)
    name = sys.stdin.readline().strip()
    if not name:
        raise CommandFailed("no user name was given")
    return name


def _by_device(ways: OidcWays, transport: httpx.BaseTransport | None) -> Granted:
    flow = DeviceFlow(ways, transport=transport)
    code = flow.begin()
    print(f"Open {code.verification_uri_complete or code.verification_uri}", file=sys.stderr)
    print(f"and enter the code {code.user_code} there; waiting …", file=sys.stderr)
    return flow.wait(code)


def _by_secret(typed: LoginOptions, ways: OidcWays, transport: httpx.BaseTransport | None) -> Granted:
    try:
        secret = Path(typed.client_secret_file or "").expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandFailed(f"the file {typed.client_secret_file} can't be read: {exc}") from exc
    granted = DeviceFlow(ways, transport=transport).by_secret(typed.client_id or "", secret)
    # What renews it is the machine's secret, which is not saved.
    return msgspec.structs.replace(granted, refresh_token=None)


def _oidc(methods: Methods, url: str) -> OidcWays:
    if methods.oidc is None:
        raise UsageFailed(f"{url} has no OpenID provider; leave out --client-id")
    return methods.oidc


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)
