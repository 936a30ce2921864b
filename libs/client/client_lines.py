"""What a user types so that conda, mamba, pixi, pip, uv or R reads a channel."""

import ipaddress
from urllib.parse import urlsplit

_TOKEN = "<TOKEN>"  # noqa: S105 - stands for one


def client_lines(server: str, *, channel: str, mirror_type: str, privacy: str) -> str:
    """Return the lines for the clients of a mirror's type, with the token's place where one is needed."""
    is_open = privacy == "public"
    match mirror_type:
        case "python_simple":
            lines = _python_lines(_with_user(server, is_open=is_open), channel)
        case "CRAN":
            lines = _r_lines(_with_user(server, is_open=is_open), channel)
        case _:
            lines = _conda_lines(server if is_open else f"{server}/t/{_TOKEN}", channel)
    hint = () if is_open else ("", f"The channel is {privacy}: write a token that may read it for {_TOKEN}.")
    return "\n".join((*lines, *hint))


def _conda_lines(server: str, channel: str) -> tuple[str, ...]:
    address = f"{server}/api/repo/{channel}"
    return (
        "Use it with:",
        f"  conda install --override-channels -c {address} PACKAGE",
        f"  mamba install --override-channels -c {address} PACKAGE",
        f"  pixi init --channel {address} PROJECT",
        "or for good, in .condarc:",
        "  channels:",
        f"    - {address}",
    )


def _python_lines(server: str, channel: str) -> tuple[str, ...]:
    address = f"{server}/api/repo/{channel}/simple"
    trusted = _host_to_trust(server)
    return (
        "Use it with:",
        f"  pip install --index-url {address}{f' --trusted-host {trusted}' if trusted else ''} PACKAGE",
        f"  uv pip install --default-index {address} PACKAGE",
        "or for good, in pip.conf:",
        "  [global]",
        f"  index-url = {address}",
        *((f"  trusted-host = {trusted}",) if trusted else ()),
        "and in uv.toml (or under tool.uv in pyproject.toml):",
        "  [[index]]",
        f'  url = "{address}"',
        "  default = true",
    )


def _r_lines(server: str, channel: str) -> tuple[str, ...]:
    address = f"{server}/api/repo/{channel}/cran"
    return (
        "Use it with:",
        f'  install.packages("PACKAGE", repos = "{address}")',
        "or for good, in .Rprofile:",
        f'  options(repos = c(CRAN = "{address}"))',
    )


def _with_user(server: str, *, is_open: bool) -> str:
    """Put the token where pip, uv and R look for a user."""
    scheme, _, rest = server.partition("://")
    return server if is_open else f"{scheme}://{_TOKEN}:x-auth-token@{rest}"


def _host_to_trust(server: str) -> str | None:
    """Return the host that pip reads over plain http only when told so; it needs no word for this machine's own."""
    parts = urlsplit(server.replace(_TOKEN, "token"))
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost":
        return None
    try:
        return None if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host
