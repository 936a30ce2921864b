"""Who asks: by which credential, with which rights, on behalf of whom."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from libs.common.domain.access.levels import Level
from libs.common.domain.access.roles import EVERYONE, PRESETS, Rights
from libs.common.domain.channel import ChannelKey


class Credential(StrEnum):
    """What was shown. `session` is a sign-in (JWT or cookie), `bootstrap` the administrator's token of a file."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - a kind of credential, not one
    SESSION = "session"
    BOOTSTRAP = "bootstrap"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a token narrows its owner's rights to: scopes, or levels on some channels; never both."""

    scopes: frozenset[str] | None = None
    resources: Mapping[ChannelKey, Level] | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; `name` is None for someone who showed nothing.

    `rights` are those of all of their roles, `everyone` included. `serves` is the channel whose
    service account this is. `address` is where the request came from.
    """

    user_id: str | None = None
    name: str | None = None
    roles: tuple[str, ...] = ()
    rights: Rights = PRESETS[EVERYONE].rights
    groups: frozenset[str] = frozenset()
    serves: ChannelKey | None = None
    credential: Credential = Credential.NONE
    limits: Limits | None = None
    token_id: str | None = None
    session_id: str | None = None
    address: str | None = None

    @property
    def is_signed_in(self) -> bool:
        """Tell whether it is known who asks."""
        return self.name is not None


ANONYMOUS = Identity()


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something, and from where: what the audit trail tells."""

    name: str
    address: str | None = None
