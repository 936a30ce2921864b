"""Aliases: small files that say which blob an md5 or a listed digest stands for, as "sha256 size".

An md5 says itself which bytes it is of. A listed digest says nothing of them: whatever
came in first under it is the file for as long as its alias is there.
"""

from libs.common.domain.digest import LISTED, Blob, Digest, Sha256, is_hex_digest
from libs.common.domain.errors import ContentMismatch

ALIASED = ("md5", LISTED)
"""The algorithms by which blobs are found through aliases."""


def alias_text(blob: Blob) -> bytes:
    """Write an alias."""
    return f"{blob.sha256} {blob.size_bytes}\n".encode()


def read_alias(data: bytes) -> Blob | None:
    """Read what `alias_text` wrote; None for anything else."""
    sha256, _, size = data.decode("ascii", errors="replace").strip().partition(" ")
    if not is_hex_digest(sha256, "sha256") or not size.isdecimal():
        return None
    return Blob(sha256=Sha256(sha256), size_bytes=int(size))


def check_first(first: Blob | None, blob: Blob, digest: Digest) -> None:
    """Compare a blob with the one that first came in under a listed digest, None where it is the first.

    Raises:
        ContentMismatch: when it is another.
    """
    if first is not None and first.sha256 != blob.sha256:
        raise ContentMismatch(
            f"the file is not the one that came in first as {digest}: sha256 {blob.sha256}, not {first.sha256}; "
            "its source changed it, and gives no digest that says which one is right"
        )
