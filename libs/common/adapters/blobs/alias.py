"""Aliases: small files that say which blob an md5 stands for, as "sha256 size"."""

from libs.common.domain.digest import Blob, Sha256, is_hex_digest


def alias_text(blob: Blob) -> bytes:
    """Write an alias."""
    return f"{blob.sha256} {blob.size_bytes}\n".encode()


def read_alias(data: bytes) -> Blob | None:
    """Read what `alias_text` wrote; None for anything else."""
    sha256, _, size = data.decode("ascii", errors="replace").strip().partition(" ")
    if not is_hex_digest(sha256, "sha256") or not size.isdecimal():
        return None
    return Blob(sha256=Sha256(sha256), size_bytes=int(size))
