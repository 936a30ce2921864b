"""What a request shows -> who asks."""

import hashlib
import hmac

import msgspec

from libs.common.domain.access.identity import ANONYMOUS, Credential, Identity
from libs.common.domain.access.roles import ADMIN, PRESETS
from libs.common.domain.errors import NotAuthenticated
from services.api.credentials import Shown, tokens_of

ADMIN_NAME = "admin"
"""The name that the holder of the administrator's token goes by."""


class Access:
    """Knows who holds which token."""

    def __init__(self, admin_token: str) -> None:
        self._admin = _fingerprint(admin_token)

    async def identify(self, shown: Shown) -> Identity:
        """Return who asks; anonymous where nothing was shown.

        One valid token is enough.

        Raises:
            NotAuthenticated: when tokens were shown and none of them is valid.
            StoreUnavailable: when the database does not answer.
        """
        tokens = tokens_of(shown)
        is_admin = False
        for token in tokens:
            is_admin |= hmac.compare_digest(_fingerprint(token), self._admin)
        if is_admin:
            return Identity(
                name=ADMIN_NAME,
                user_id=ADMIN_NAME,
                roles=(ADMIN,),
                rights=PRESETS[ADMIN].rights,
                credential=Credential.BOOTSTRAP,
                address=shown.address,
            )
        if tokens:
            raise NotAuthenticated("the token that was sent is not valid here; ask your administrator for one")
        return msgspec.structs.replace(ANONYMOUS, address=shown.address)


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
