"""Which proxy a request goes through: the mirror's own, or the machine's by HTTP_PROXY, HTTPS_PROXY, NO_PROXY."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from libs.common.adapters.upstream.named_hosts import covers, named
from libs.common.domain.errors import InvalidInput


class ProxyRules(msgspec.Struct, frozen=True, kw_only=True):
    """The machine's proxies by the scheme of what is asked for, and the hosts that need none."""

    http: str | None = None
    https: str | None = None
    no_proxy: tuple[str, ...] = ()

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy for a URL, None to go straight; entries of `no_proxy` as in `named_hosts.covers`."""
        parts = urlsplit(url)
        proxy = self.https if parts.scheme == "https" else self.http
        if proxy is None or any(covers(entry, parts) for entry in self.no_proxy):
            return None
        return proxy


def proxy_rules(*, http: str | None = None, https: str | None = None, no_proxy: str | None = None) -> ProxyRules:
    """Read the values as people write them: a bare HOST:PORT is an http proxy, `no_proxy` is split at commas.

    Raises:
        InvalidInput: for a proxy of another kind than http.
    """
    return ProxyRules(
        http=_proxy(http, field="http_proxy"),
        https=_proxy(https, field="https_proxy"),
        no_proxy=named(no_proxy),
    )


def with_usual_proxies(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Let HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case, stand in for TAIN_HTTP_PROXY and so on."""
    usual = {
        f"TAIN_{name}": environ.get(name.lower()) or environ.get(name, "")
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    }
    return usual | dict(environ)


def _proxy(value: str | None, *, field: str) -> str | None:
    if not value or value.startswith("http://"):
        return value or None
    if "://" in value:
        raise InvalidInput(f"{field.upper()} must be http://[USER:PASSWORD@]HOST[:PORT]", field=field)
    return f"http://{value}"
