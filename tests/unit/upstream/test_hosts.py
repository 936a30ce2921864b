"""The hosts that a process knows."""

from libs.common.adapters.upstream.manners import HostLimits, Hosts


def test_a_host_is_the_same_for_all_who_ask_it() -> None:
    """Its limits are for everything that the process does; another port is another host."""
    hosts = Hosts(HostLimits())

    assert hosts.of("https://a") is hosts.of("https://a")
    assert hosts.of("https://a") is not hosts.of("https://a:8443")


def test_hosts_that_nobody_asks_any_more_are_forgotten() -> None:
    """An index that names a host for each file fills no memory."""
    hosts = Hosts(HostLimits(), most=2)
    kept, forgotten = hosts.of("https://kept"), hosts.of("https://forgotten")
    hosts.of("https://kept")
    hosts.of("https://new")

    assert hosts.of("https://kept") is kept
    assert hosts.of("https://forgotten") is not forgotten
