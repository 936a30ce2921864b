"""What package clients are told so that they show a token: lines to copy.

Where each one takes it is in rest-api.md sections 15.1 and 15.4.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit, urlunsplit

_BASIC_PASSWORD = "x-auth-token"  # noqa: S105 - the literal that says "the user is the token", not a secret


def settings_for(client: str, *, server: str, token: str, channel: str) -> str:
    """Return the lines for one package client.

    Raises:
        KeyError: for a client that is not in `CLIENTS`.
    """
    return _LINES[client](server.rstrip("/"), token, channel)


def _with_login(server: str, token: str, path: str) -> str:
    parts = urlsplit(server)
    return urlunsplit(parts._replace(netloc=f"{token}:{_BASIC_PASSWORD}@{parts.netloc}", path=f"{parts.path}{path}"))


def _conda(server: str, token: str, channel: str) -> str:
    return f"conda install --override-channels -c {server}/t/{token}/api/repo/{channel} PACKAGE"


def _pixi(server: str, token: str, channel: str) -> str:
    host = urlsplit(server).netloc
    return f"pixi auth login {host} --conda-token {token}\npixi init --channel {server}/api/repo/{channel}"


def _pip(server: str, token: str, channel: str) -> str:
    return f"pip install --index-url {_with_login(server, token, f'/api/repo/{channel}/simple/')} PACKAGE"


def _uv(server: str, token: str, channel: str) -> str:
    return f"uv pip install --default-index {_with_login(server, token, f'/api/repo/{channel}/simple/')} PACKAGE"


def _twine(server: str, token: str, channel: str) -> str:
    return (
        f"export TWINE_REPOSITORY_URL={server}/api/repo/{channel} TWINE_USERNAME={token} "
        f"TWINE_PASSWORD={_BASIC_PASSWORD}\ntwine upload dist/*"
    )


def _r(server: str, token: str, channel: str) -> str:
    return f'options(repos = c(Tain = "{_with_login(server, token, f"/api/repo/{channel}/cran")}"))'


_LINES: Mapping[str, Callable[[str, str, str], str]] = {
    "conda": _conda,
    "pixi": _pixi,
    "pip": _pip,
    "uv": _uv,
    "twine": _twine,
    "r": _r,
}
CLIENTS = tuple(_LINES)
