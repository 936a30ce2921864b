"""Which requests go through the machine's proxy."""

import pytest

from libs.common.adapters.upstream.proxies import ProxyRules, proxy_rules, with_usual_proxies
from libs.common.domain.errors import InvalidInput

PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("url", "no_proxy", "proxy"),
    [
        ("http://host/x", (), "http://for-http"),
        ("https://host/x", (), "http://for-https"),
        ("https://host/x", ("*",), None),
        ("https://host/x", ("host",), None),
        ("https://a.host/x", ("host",), None),
        ("https://a.host/x", (".host",), None),
        ("https://a.host/x", ("*.HOST",), None),
        ("https://another-host/x", ("host",), "http://for-https"),
        ("https://host/x", ("host:443",), None),
        ("https://host:8443/x", ("host:443",), "http://for-https"),
        ("http://10.1.2.3/x", ("10.0.0.0/8",), None),
        ("http://10.1.2.3/x", ("10.1.2.3",), None),
        ("http://11.1.2.3/x", ("10.0.0.0/8", "host"), "http://for-http"),
        ("http://[::1]/x", ("::1",), None),
    ],
)
def test_no_proxy_names_hosts_domains_and_networks(url: str, no_proxy: tuple[str, ...], proxy: str | None) -> None:
    """As other programs read NO_PROXY."""
    rules = ProxyRules(http="http://for-http", https="http://for-https", no_proxy=no_proxy)

    assert rules.proxy_for(url) == proxy


def test_without_proxies_all_goes_straight() -> None:
    """Nothing is read from the environment behind the operator's back."""
    assert ProxyRules().proxy_for("https://host/x") is None


@pytest.mark.parametrize(
    ("http", "https", "no_proxy", "rules"),
    [
        (None, None, None, ProxyRules()),
        ("", "", "", ProxyRules()),
        (PROXY, "proxy:1", None, ProxyRules(http=PROXY, https="http://proxy:1")),
        (None, None, " a, .b ,,10.0.0.0/8", ProxyRules(no_proxy=("a", ".b", "10.0.0.0/8"))),
    ],
    ids=["none", "empty", "bare-host", "list"],
)
def test_rules_are_read_as_people_write_them(
    http: str | None, https: str | None, no_proxy: str | None, rules: ProxyRules
) -> None:
    """The same values work here as for other programs."""
    assert proxy_rules(http=http, https=https, no_proxy=no_proxy) == rules


def test_a_proxy_of_another_kind_is_refused_at_the_start() -> None:
    """Better than failing with the first file."""
    with pytest.raises(InvalidInput, match="HTTPS_PROXY must be http"):
        proxy_rules(https="socks5://proxy:1080")


def test_the_usual_variables_stand_in_for_ours() -> None:
    """A machine that is set up for a proxy needs nothing more; our own variable wins."""
    environ = {"HTTP_PROXY": PROXY, "https_proxy": PROXY, "HTTPS_PROXY": "x", "NO_PROXY": "a", "TAIN_NO_PROXY": "b"}

    known = with_usual_proxies(environ)

    assert known["TAIN_HTTP_PROXY"] == PROXY
    assert known["TAIN_HTTPS_PROXY"] == PROXY
    assert known["TAIN_NO_PROXY"] == "b"
