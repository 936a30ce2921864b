"""Sign-ins that go on, and sign-ins that failed."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from libs.common.domain.digest import Sha256

KEPT_SECRETS = 50
"""How many replaced secrets of a sign-in are remembered."""

SESSION_DAYS = 30
"""How long a sign-in lasts unless the operator says otherwise."""

TOKEN_DAYS = 30
"""How long a token lasts of which nobody says when it ends."""

TOKEN_MAX_DAYS = 3650
"""How long a token may last unless the operator says otherwise."""

FAILURES_COUNT_FOR = timedelta(hours=1)
"""Failures from before that long count no more."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in; `hash` is the sha256 of its present secret, `was` those of its last ones.

    A secret of `was` that is shown again was stolen, or its answer got lost: the session ends.
    `roles` and `groups` are what an OpenID provider told at the sign-in.
    """

    id: str
    user_id: str
    kind: Literal["refresh", "cookie"]
    hash: Sha256
    was: tuple[Sha256, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    csrf: str | None = None
    address: str | None = None
    agent: str | None = None
    created_at: datetime
    rotated_at: datetime | None = None
    expires_at: datetime


class SignInFailures(msgspec.Struct, frozen=True, kw_only=True):
    """How often a sign-in failed under one key lately."""

    key: str
    count: int
    last_at: datetime
    locked_until: datetime | None = None
