"""Mirrors: the rule that fills a channel from one source."""

import re
from datetime import datetime
from enum import StrEnum

import msgspec

from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import InvalidInput

DEFAULT_CRON = "0 0 1 * *"
"""First day of the month, 00:00 UTC."""

_NAME = re.compile(r"[^\x00-\x1f/\x7f]{1,200}")


class MirrorType(StrEnum):
    """The ecosystem of a mirror, as the wire names it."""

    CONDA = "conda"
    PYTHON_SIMPLE = "python_simple"
    CRAN = "CRAN"


class MirrorMode(StrEnum):
    """When files are fetched: in the run, or when a client first asks."""

    ACTIVE = "active"
    PASSIVE = "passive"


class UpstreamRemovals(StrEnum):
    """What becomes of a file that the source does not list any more."""

    FOLLOW = "follow"
    KEEP = "keep"


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the wire's `filters` object may hold; absent means not filtered.

    `legacy_packages: drop` is ours: it drops a `.tar.bz2` whose build exists as `.conda`.
    """

    subdirs: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    include_licenses: tuple[str, ...] = ()
    exclude_licenses: tuple[str, ...] = ()
    only_specs: tuple[str, ...] = ()
    exclude_specs: tuple[str, ...] = ()
    include_specs: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    cve_score_threshold: float | None = None
    exclude_non_curated_cve: bool = False
    only_signed: bool = False
    legacy_packages: str = "keep"


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror.

    `source_root` and `proxy` are what people may see: secrets in them are masked.
    `sealed_source` and `sealed_proxy` hold the real values, encrypted with the
    installation's key; None where there was nothing to hide.
    `policy_id` is the mirror's own policy, which overrides the channel's; None for the channel's.
    `policy_token` names the act that put the mirror under it, see `Assignment`.
    """

    id: str
    name: str
    channel: ChannelKey
    channel_id: str
    source_root: str
    sealed_source: str | None = None
    type: MirrorType
    mode: MirrorMode
    cron: str = DEFAULT_CRON
    proxy: str | None = None
    sealed_proxy: str | None = None
    filters: Filters = Filters()
    upstream_removals: UpstreamRemovals = UpstreamRemovals.FOLLOW
    policy_id: str | None = None
    policy_token: str | None = None
    position: int = 0
    created_at: datetime
    updated_at: datetime | None = None


def check_mirror_name(name: str) -> None:
    """Refuse empty names and names with slashes or control characters.

    Raises:
        InvalidInput: with what to write instead.
    """
    if not _NAME.fullmatch(name) or name != name.strip():
        raise InvalidInput(
            "mirror_name must have 1 to 200 characters, no slash, no control character, no outer blanks",
            field="mirror_name",
        )
