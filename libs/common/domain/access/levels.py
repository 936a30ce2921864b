"""How much a role gives in which category."""

from enum import StrEnum


class Level(StrEnum):
    """None < read (view) < write (view, create) < manage (view, create, edit, delete)."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    MANAGE = "manage"

    @property
    def rank(self) -> int:
        """Where it stands, from 0."""
        return _RANKS[self]

    def __lt__(self, other: object) -> bool:
        return self.rank < other.rank if isinstance(other, Level) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.rank <= other.rank if isinstance(other, Level) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.rank > other.rank if isinstance(other, Level) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.rank >= other.rank if isinstance(other, Level) else NotImplemented


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Category(StrEnum):
    """What a role speaks of; the words are the incumbent's attribute keys, those below the line ours."""

    CHANNEL = "channel"
    DEFAULT_CHANNEL = "channel.default-channel"
    CHANNEL_GROUP = "channel.group"
    CHANNEL_MIRROR = "channel.mirror"
    SUBCHANNEL = "subchannel"
    SUBCHANNEL_GROUP = "subchannel.group"
    SUBCHANNEL_MIRROR = "subchannel.mirror"
    ARTIFACT = "artifact"
    CVE = "cve"
    ROLES = "roles"
    AUDIT = "audit"
    POLICY = "policy"
    # ours
    USERS = "users"
    SYSTEM = "system"
