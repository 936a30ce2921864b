"""Which addresses are of the Internet, and which hosts an operator named."""

import ipaddress
import socket

import pytest
from yarl import URL

from libs.common.adapters.upstream.places import place_of
from libs.common.adapters.upstream.reach import NotPublic, OnlyForTheMachine, Reach, home_of, is_public
from libs.common.domain.errors import SourceNotAllowed

INSIDE = [
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",  # noqa: S104 - not bound
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "fe80::1",
    "fe80::1%1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "2002:7f00:1::",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
]
METADATA = ["169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fe80::1", "fe80::1%1"]
METADATA += ["fd00:ec2::254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "2852039166", "0xa9fea9fe"]
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_of_a_network_is_not_public(address: str) -> None:
    """Loopback, private, link-local, multicast, metadata; also in IPv6 clothes."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    """Also where it is reached by way of a translation."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [*INSIDE, "2130706433", "127.1", "0x7f000001", "017700000001", "not an address"])
def test_no_connection_is_made_to_what_is_inside(address: str) -> None:
    """However the address is written; what can't be read is not tried."""
    with pytest.raises(NotPublic):
        Reach().socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))


@pytest.mark.parametrize("address", METADATA)
def test_no_source_is_where_a_machine_is_told_about_itself(address: str) -> None:
    """Not even as the source's own host: who may make mirrors need not be who looks after the machine."""
    with pytest.raises(OnlyForTheMachine):
        Reach().named_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(SourceNotAllowed, match="told about itself"):
        Reach().check_named(URL.build(scheme="http", host=address) if "%" in address else URL(f"http://{host}/x"))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.2.3.4", "192.168.1.1", "fc00::1", "1.1.1.1", "169.254.1.2"])
def test_a_source_may_be_anywhere_else(address: str) -> None:
    """An organisation's own index is what many mirror; what the operator names may be anything."""
    with Reach(("169.254.0.0/16",)).named_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))) as made:
        assert made.family is socket.AF_INET
    Reach().check_named(URL("http://metadata.example/x"))


@pytest.mark.parametrize("address", ["1.1.1.1", "10.2.3.4"])
def test_a_connection_is_made_to_what_is_public_or_trusted(address: str) -> None:
    """A trusted network holds for whatever a name stands for."""
    with Reach(("10.0.0.0/8",)).socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))) as made:
        assert made.family is socket.AF_INET


@pytest.mark.parametrize(
    ("url", "home", "trusted", "is_free"),
    [
        ("http://host/x", "http://host/simple", (), True),
        ("http://HOST:81/x", "https://user:word@host/simple", (), True),
        ("http://other/x", "http://host/simple", (), False),
        ("http://host.evil/x", "http://host/simple", (), False),
        ("http://host@evil/x", "http://host/simple", (), False),
        ("http://other/x", "http://host/simple", ("other",), True),
        ("http://a.other/x", "http://host/simple", ("other",), True),
        ("http://other:8080/x", "http://host/simple", ("other:8080",), True),
        ("http://other/x", "http://host/simple", ("other:8080",), False),
        ("http://10.1.1.1/x", "http://host/simple", ("10.0.0.0/8",), True),
        ("http://10.1.1.1/x", "file:///srv/simple", (), False),
        ("http://[::1]/x", "http://[0:0::1]/simple", (), True),
        ("http://[::1]/x", "http://[::1]:8080/simple", (), True),
        ("http://b\u00fccher.example/x", "http://B\u00dcCHER.example/", (), True),
    ],
)
def test_a_host_is_free_that_the_operator_named(url: str, home: str, trusted: tuple[str, ...], is_free: bool) -> None:
    """The source's own host at any port, and those that are trusted."""
    assert Reach(trusted).is_free(place_of(url), home=home_of(home)) is is_free


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "[::1]", "2130706433", "127.1", "0x7f.1", "10.0.0.1"],
)
def test_a_proxy_is_not_asked_for_what_is_inside(host: str) -> None:
    """As far as a name tells."""
    with pytest.raises(SourceNotAllowed, match="TAIN_TRUSTED_HOSTS"):
        Reach().check_name(URL(f"http://{host}:8080/x"))


@pytest.mark.parametrize("host", ["files.corp", "1.1.1.1", "[2606:4700::1111]", "localhost.evil"])
def test_other_names_are_the_proxys_business(host: str) -> None:
    """Only it knows what they stand for."""
    Reach().check_name(URL(f"http://{host}/x"))
