"""What the client reads of an answer to `why`; unknown keys are ignored."""

import msgspec

_SEEN = frozenset({"visible", "excluded_but_visible", "stale"})


class WhyFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that matches."""

    ckey: str
    version: str
    status: str
    words: str
    rule: str | None = None
    policy: str | None = None
    reason: str | None = None


class WhyMirror(msgspec.Struct, frozen=True, kw_only=True):
    """One mirror's answer."""

    mirror: str
    mirror_id: str
    words: str
    files: tuple[WhyFile, ...] = ()
    file_count: int = 0
    versions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class MissingDependency(msgspec.Struct, frozen=True, kw_only=True):
    """What a file needs and clients do not see."""

    ckey: str
    chain: tuple[str, ...]
    words: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer."""

    channel: str
    spec: str
    platform: str | None = None
    words: str
    mirrors: tuple[WhyMirror, ...] = ()
    missing: tuple[MissingDependency, ...] = ()

    @property
    def is_there(self) -> bool:
        """Tell whether clients see a file that matches."""
        return any(file.status in _SEEN for mirror in self.mirrors for file in mirror.files)
