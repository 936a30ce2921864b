"""Hosts as operators name them: for NO_PROXY, and those of their networks that are trusted."""

import ipaddress
from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}


def named(text: str | None) -> tuple[str, ...]:
    """Split a list at its commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def covers(entry: str, parts: SplitResult) -> bool:
    """Tell whether an entry names the host of a URL.

    An entry is `*`, a domain (with all below it), an address or a network; a port may follow.
    """
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
