"""What the operator sets of signing in."""

from typing import Literal

import msgspec

from libs.common.domain.access.sessions import SESSION_DAYS, TOKEN_MAX_DAYS

Mode = Literal["local", "oidc"]


class SignInRules(msgspec.Struct, frozen=True, kw_only=True):
    """Whether people sign in with passwords here or at a provider, and how long what they get lasts.

    `channel_service_accounts` makes each channel a service account when the channel is made.
    """

    mode: Mode = "local"
    session_days: int = SESSION_DAYS
    token_max_days: int = TOKEN_MAX_DAYS
    channel_service_accounts: bool = False
