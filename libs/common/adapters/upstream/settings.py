"""What the operator can set for services that ask sources: the way to them, patience, politeness."""

from typing import Annotated

import msgspec

from libs.common.adapters.server_secrets import ServerSecrets

AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
MoreThanNothing = Annotated[float, msgspec.Meta(gt=0)]
AtLeastNothing = Annotated[float, msgspec.Meta(ge=0)]


class UpstreamSettings(ServerSecrets, frozen=True, kw_only=True):
    """Environment values; the `host_` ones are for each host, over all that one process does.

    `file_sources` are the folders that file:// sources may lie below; none by default.
    `trusted_hosts` are those of the operator's networks that a source may lead to, split at commas.
    0 for a rate means that there is no limit.
    """

    file_sources: tuple[str, ...] = ()
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    trusted_hosts: str | None = None
    ca_bundle: str | None = None
    connect_timeout_s: MoreThanNothing = 10.0
    read_timeout_s: MoreThanNothing = 60.0
    host_connections: AtLeastOne = 16
    host_requests_per_s: AtLeastNothing = 0.0
    host_mb_per_s: AtLeastNothing = 0.0
