"""Everything that can go wrong, as one tree.

    TainError
    ├── Transient                 try again later
    │   ├── UpstreamUnavailable   the source did not answer, or answered 5xx or 429
    │   │   ├── UpstreamUnreachable   nobody is at the source's address
    │   │   └── ProviderUnavailable   the OpenID provider did not answer, or answered nonsense
    │   ├── StoreUnavailable      MongoDB, NATS or the blob store did not answer
    │   └── TooManyAttempts       so many tries failed that there is a pause now
    └── Permanent                 trying again changes nothing
        ├── InvalidInput          what was sent is wrong; names the field
        ├── NotAuthenticated      no valid token was sent
        ├── NotAllowed            the token is valid but not enough
        ├── NotFound              there is no such thing
        │   └── NotKept           there was, but it is no longer kept
        ├── Conflict              it clashes with what is there
        ├── SourceNotAllowed      the operator does not allow this source
        ├── UpstreamMissing       the source says 404 or 410
        ├── UpstreamRefused       the source says 401, 403 or another 4xx
        │   ├── MirrorCircle      mirrors lead back to each other
        │   └── ProviderRefused   the OpenID provider does not take what we sent
        ├── UnreadableIndex       the source's index can't be understood
        └── ContentMismatch       a file's size or digest is not what its record says

Only two questions matter to a caller: may I try again, and what do I tell the person.
"""


class TainError(Exception):
    """Base of all errors that Tain raises on purpose."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Transient(TainError):
    """Trying again later can succeed."""

    code = "transient"


class UpstreamUnavailable(Transient):
    """The source did not answer in time, or answered 5xx or 429."""

    code = "upstream_unavailable"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UpstreamUnreachable(UpstreamUnavailable):
    """The source's host has no address, refuses connections, or is not trusted: it is away, or a setting is wrong."""

    code = "upstream_unreachable"


class ProviderUnavailable(UpstreamUnavailable):
    """The OpenID provider did not answer, or answered what can't be used; nobody can be signed in meanwhile."""

    code = "provider_unavailable"


class StoreUnavailable(Transient):
    """MongoDB, NATS or the blob store did not answer."""

    code = "store_unavailable"


class TooManyAttempts(Transient):
    """So many tries failed that the next ones are refused for a while, whether they are right or not."""

    code = "too_many_attempts"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Permanent(TainError):
    """Trying again changes nothing."""

    code = "permanent"


class InvalidInput(Permanent):
    """What was sent is wrong; `field` names the part at fault."""

    code = "invalid_input"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotAuthenticated(Permanent):
    """No valid token was sent."""

    code = "not_authenticated"


class NotAllowed(Permanent):
    """The token is valid, but not for this."""

    code = "not_allowed"


class NotFound(Permanent):
    """There is no such channel, mirror, run or file."""

    code = "not_found"


class NotKept(NotFound):
    """There was such a thing; what is needed of it is no longer kept."""

    code = "not_kept"


class Conflict(Permanent):
    """The request clashes with what is there."""

    code = "conflict"


class SourceNotAllowed(Permanent):
    """The operator's settings do not allow this source."""

    code = "source_not_allowed"


class UpstreamMissing(Permanent):
    """The source says that it has no such file (404 or 410)."""

    code = "upstream_missing"


class UpstreamRefused(Permanent):
    """The source refuses the request (401, 403 or another 4xx)."""

    code = "upstream_refused"


class MirrorCircle(UpstreamRefused):
    """The sources of some mirrors lead back to each other, and none of them has what is asked for."""

    code = "mirror_circle"


class ProviderRefused(UpstreamRefused):
    """The OpenID provider does not take what we sent; `error` is its own word for why (RFC 6749 section 5.2)."""

    code = "provider_refused"

    def __init__(self, message: str, *, error: str) -> None:
        super().__init__(message)
        self.error = error


class UnreadableIndex(Permanent):
    """The source's index can't be understood."""

    code = "unreadable_index"


class ContentMismatch(Permanent):
    """A file's size or digest is not what its record says."""

    code = "content_mismatch"
