"""Which proxy a request goes through: the mirror's own, or the machine's by HTTP_PROXY, HTTPS_PROXY, NO_PROXY."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import msgspec

from libs.common.domain.errors import InvalidInput

_PORTS = {"http": 80, "https": 443}


class ProxyRules(msgspec.Struct, frozen=True, kw_only=True):
    """The machine's proxies by the scheme of what is asked for, and the hosts that need none."""

    http: str | None = None
    https: str | None = None
    no_proxy: tuple[str, ...] = ()

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy for a URL, None to go straight.

        An entry of `no_proxy` is `*`, a domain (with all below it), an address or a
        network; a port may follow.
        """
        parts = urlsplit(url)
        proxy = self.https if parts.scheme == "https" else self.http
        if proxy is None or any(_covers(entry, parts) for entry in self.no_proxy):
            return None
        return proxy


def read_proxies(environ: Mapping[str, str]) -> ProxyRules:
    """Read the variables that other programs follow too, in either case; a bare HOST:PORT is http.

    Raises:
        InvalidInput: for a proxy of another kind than http.
    """
    return ProxyRules(
        http=_proxy(environ, "http_proxy"),
        https=_proxy(environ, "https_proxy"),
        no_proxy=tuple(part.strip() for part in (_value(environ, "no_proxy") or "").split(",") if part.strip()),
    )


def _proxy(environ: Mapping[str, str], name: str) -> str | None:
    value = _value(environ, name)
    if value is None or value.startswith("http://"):
        return value
    if "://" in value:
        raise InvalidInput(f"{name.upper()} must be http://[USER:PASSWORD@]HOST[:PORT]", field=name)
    return f"http://{value}"


def _value(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name) or environ.get(name.upper()) or None


def _covers(entry: str, parts: SplitResult) -> bool:
    if entry == "*":
        return True
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        domain, _, port = entry.lower().partition(":")
        domain = domain.removeprefix("*").lstrip(".")
        if port and port != str(parts.port or _PORTS.get(parts.scheme)):
            return False
        return host == domain or host.endswith(f".{domain}")
