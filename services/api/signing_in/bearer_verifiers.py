"""The seam for bearer tokens that others have signed: those of an OpenID provider."""

from typing import Protocol

from libs.common.domain.access.identity import Identity


class BearerVerifier(Protocol):
    """Knows the tokens of one issuer. `Access` asks it for each JWT that is not of our own making."""

    async def verify(self, token: str, *, address: str | None) -> Identity | None:
        """Return who holds a token; None where nothing in it says who its issuer is.

        The rights of the user that it finds come from `Identities.of`.

        Raises:
            NotAuthenticated: for a token of this issuer that is not valid, saying why and what to do.
            UpstreamUnavailable: when the issuer's keys can't be had now.
            StoreUnavailable: when the database does not answer.
        """
