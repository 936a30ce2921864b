"""Whom a source may lead us to: its own host, hosts that the operator trusts, and all that are public.

An index, a page or a redirect is somebody else's word. It must not make this server ask
other servers of its own networks, which trust it more than they trust that somebody.
What is connected to is looked at, not what a name stood for a moment before.
"""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import AddrInfoType
from yarl import URL

from libs.common.adapters.upstream.named_hosts import covers
from libs.common.domain.errors import SourceNotAllowed

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Where IPv6 networks have the IPv4 addresses of the rest of the world (RFC 6052)."""
_OF_THE_MACHINE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # RFC 6890: protocol assignments; clouds have metadata there
        "168.63.129.16/32",  # a cloud's host agent, at an address that looks public
    )
)
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # RFC 3927: link-local; nearly every cloud tells a machine's secrets there
        "fe80::/10",
        "fd00:ec2::/32",
        "100.100.100.200/32",
        *map(str, _OF_THE_MACHINE),
    )
)
"""Where a cloud answers the machine that asks, with what is meant for nobody else."""

_THIS_MACHINE = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


class NotPublic(PermissionError):
    """The address lies inside of some network, and nobody named it."""


class OnlyForTheMachine(PermissionError):
    """At the address a machine is told about itself, and nobody named it."""


class Reach:
    """Says which requests are free to go anywhere, and holds back the others from what is not public.

    `trusted` as in `named_hosts.covers`; a network trusts names that stand for an address in it, too.
    """

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._trusted = tuple(trusted)
        self._networks = tuple(network for entry in trusted for network in _networks(entry))

    def is_free(self, place: URL, *, home: str | None) -> bool:
        """Tell whether the operator named the host: by `home`, the source's root, or as trusted."""
        parts = urlsplit(str(place.with_user(None)))
        return parts.hostname == home or any(covers(entry, parts) for entry in self._trusted)

    def check_name(self, place: URL) -> None:
        """Check what can be said of a host by its name alone; what other names stand for a proxy knows.

        Raises:
            SourceNotAllowed: for this machine, and addresses that are not public.
        """
        host = (place.host or "").lower().rstrip(".")
        address = _literal(host)
        is_here = host in _THIS_MACHINE or host.endswith(".localhost")
        if is_here or (address is not None and not self._may_connect(address)):
            raise not_allowed(host)

    def check_named(self, place: URL) -> None:
        """Check, of a host that is named as a source's own, what can be said by its name alone.

        Raises:
            SourceNotAllowed: for addresses at which a machine is told about itself.
        """
        address = _literal((place.host or "").lower().rstrip("."))
        if address is not None and not self._may_be_named(address):
            raise metadata_not_allowed(str(place.host))

    def named_socket(self, address: AddrInfoType) -> socket.socket:
        """Make a socket for a connection to an address of a source's own host.

        Raises:
            OnlyForTheMachine: when a machine is told about itself there: who may make mirrors
                need not be who looks after this machine.
        """
        family, kind, protocol, _, where = address
        literal = _literal(str(where[0]))
        if literal is not None and not self._may_be_named(literal):
            raise OnlyForTheMachine("the address is for this machine alone")
        return socket.socket(family=family, type=kind, proto=protocol)

    def socket(self, address: AddrInfoType) -> socket.socket:
        """Make a socket for a connection to an address.

        Raises:
            NotPublic: when it may not be connected to.
        """
        family, kind, protocol, _, where = address
        literal = _literal(str(where[0]))
        if literal is None or not self._may_connect(literal):
            raise NotPublic("the address is not public")
        return socket.socket(family=family, type=kind, proto=protocol)

    def _may_be_named(self, address: _Address) -> bool:
        return not is_metadata(address) or any(address in network for network in self._networks)

    def _may_connect(self, address: _Address) -> bool:
        return is_public(address) or any(address in network for network in self._networks)


def home_of(home: str) -> str | None:
    """Return the host of a source's root, None where it has none, as folders have."""
    try:
        return urlsplit(str(URL(home).with_user(None))).hostname
    except ValueError:
        return None


def is_public(address: _Address) -> bool:
    """Tell whether an address is of the Internet; one in another's clothes is looked at itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    if any(address in network for network in _OF_THE_MACHINE):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_metadata(address: _Address) -> bool:
    """Tell whether a machine is told about itself at an address; one in another's clothes is looked at itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_metadata(inner)
    return any(address in network for network in _METADATA)


def metadata_not_allowed(host: str) -> SourceNotAllowed:
    """Say so to whoever made the mirror."""
    return SourceNotAllowed(
        f"{host} is an address at which a machine is told about itself, and no source; "
        "an operator who means it can name it in TAIN_TRUSTED_HOSTS"
    )


def not_allowed(host: str) -> SourceNotAllowed:
    """Say so to the operator."""
    return SourceNotAllowed(
        f"the source leads to {host}, which is neither its own host nor public; "
        "the operator can name hosts of their own networks in TAIN_TRUSTED_HOSTS"
    )


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to (RFC 4291, 3056, 6052)."""
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _literal(host: str) -> _Address | None:
    """Read an address also as the system does, which takes `127.1` and `0x7f000001`, too."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _networks(entry: str) -> tuple[_Network, ...]:
    try:
        return (ipaddress.ip_network(entry, strict=False),)
    except ValueError:
        return ()
