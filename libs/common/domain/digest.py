"""Digests that name and verify content."""

import hashlib
import re
from collections.abc import Mapping
from typing import NewType, Self

import msgspec

from libs.common.domain.errors import InvalidInput

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal characters."""

LISTED = "listed"
"""The algorithm of files whose source gives no digest.

The hex is the sha256 of what is known of the file (source, address, size, date): whatever
first came in under it is the file from then on, and nothing else is taken in its place.
"""

_HEX = {
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "md5": re.compile(r"[0-9a-f]{32}"),
    LISTED: re.compile(r"[0-9a-f]{64}"),
}


class Digest(msgspec.Struct, frozen=True):
    """A digest with its algorithm, written `sha256:<hex>`, `md5:<hex>` or `listed:<hex>`."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `algorithm:hex`.

        Raises:
            InvalidInput: for an unknown algorithm or anything that is not its hex form.
        """
        algorithm, _, value = text.partition(":")
        pattern = _HEX.get(algorithm)
        if pattern is None or not pattern.fullmatch(value):
            raise InvalidInput(f"{text!r} is not a digest; expected sha256:<64 hex> or md5:<32 hex>")
        return cls(algorithm, value)

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a file must be, by its record: digest, and size where the record has it."""

    digest: Digest
    size_bytes: int | None = None


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that are stored and verified: their sha256 and size."""

    sha256: Sha256
    size_bytes: int


def is_hex_digest(value: object, algorithm: str) -> bool:
    """Tell whether `value` is the lower-case hex form of a digest of `algorithm`."""
    return isinstance(value, str) and _HEX[algorithm].fullmatch(value) is not None


def sha256_of(data: bytes) -> Sha256:
    """Return the sha256 of `data` as hex."""
    return Sha256(hashlib.sha256(data).hexdigest())


def listed_digest(*known: object) -> Digest:
    """Name a file whose source gives no digest by all that is known of it, its source among that."""
    return Digest(LISTED, sha256_of(msgspec.json.encode([str(one) for one in known])))


def damaged_of(payloads: Mapping[bytes, bytes]) -> frozenset[bytes]:
    """Return those sha256, as bytes, that are not of the payload under them."""
    return frozenset(digest for digest, payload in payloads.items() if hashlib.sha256(payload).digest() != digest)
