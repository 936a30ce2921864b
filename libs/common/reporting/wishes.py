"""What is wished of a report, as `report.requested` carries it."""

import msgspec

from libs.common.domain.policy import EcosystemWord


class DependencyWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose sources are looked into, and for what.

    Without `mirror_id` it is all mirrors of the channel. Without `specs` it is the packages
    that the policy names, and without a policy those that the rules in force name. Without
    `platforms` all that the sources have. `ecosystem` chooses among the mirrors' types; without
    it, that of the first mirror.
    """

    channel: str
    mirror_id: str | None = None
    specs: tuple[str, ...] = ()
    policy_id: str | None = None
    platforms: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    ecosystem: EcosystemWord | None = None
