"""TAIN_TRUSTED_PROXIES -> whose X-Forwarded-For and X-Forwarded-Proto are believed."""

import ipaddress

from libs.common.domain.errors import InvalidInput


def read_trusted_proxies(text: str | None) -> list[str]:
    """Return the addresses and networks of a list that is split at commas; none where nothing is set.

    Raises:
        InvalidInput: for what is neither, also for `*`: who believes everybody has every address forged.
    """
    proxies = [part.strip() for part in (text or "").split(",") if part.strip()]
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError as exc:
            raise InvalidInput(
                f"{proxy[:80]!r} in TAIN_TRUSTED_PROXIES is no address and no network; "
                "write the addresses of your proxies, such as 192.0.2.7,10.1.0.0/16",
                field="TAIN_TRUSTED_PROXIES",
            ) from exc
    return proxies
