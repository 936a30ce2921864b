"""Which requests go through the machine's proxy."""

import pytest

from libs.common.adapters.upstream.proxies import ProxyRules, read_proxies
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
    ("environ", "rules"),
    [
        ({}, ProxyRules()),
        ({"HTTP_PROXY": PROXY, "HTTPS_PROXY": "proxy:1"}, ProxyRules(http=PROXY, https="http://proxy:1")),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, ProxyRules(https=PROXY)),
        ({"NO_PROXY": " a, .b ,,10.0.0.0/8", "HTTP_PROXY": ""}, ProxyRules(no_proxy=("a", ".b", "10.0.0.0/8"))),
    ],
    ids=["none", "upper", "lower-first", "no-proxy"],
)
def test_the_usual_variables_are_read(environ: dict[str, str], rules: ProxyRules) -> None:
    """HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case."""
    assert read_proxies(environ) == rules


def test_a_proxy_of_another_kind_is_refused_at_the_start() -> None:
    """Better than failing with the first file."""
    with pytest.raises(InvalidInput, match="HTTPS_PROXY must be http"):
        read_proxies({"HTTPS_PROXY": "socks5://proxy:1080"})
