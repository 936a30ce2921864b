"""What an upload tells of its file besides the bytes, compared with them.

Essential reading: the upload API of the public Python index, whose fields these are; others send some of them.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping

from libs.common.domain.digest import Sha256
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.archives.refuse import shown
from libs.common.ecosystems.archives.stored_file import StoredFile

_BLAKE2_BYTES = 32


def check_told(told: Mapping[str, str], file: StoredFile, *, sha256: Sha256, md5: str) -> None:
    """Refuse a file that is not the one which was told of: another size, another digest.

    Raises:
        InvalidInput: naming the field.
    """
    size = told.get("size")
    if size and size != str(file.size_bytes):
        raise InvalidInput(f"the upload says that its file has {size[:40]} bytes; {file.size_bytes} came", field="size")
    _check_digest(told, "sha256_digest", sha256)
    _check_digest(told, "md5_digest", md5)
    if told.get("blake2_256_digest"):
        _check_digest(told, "blake2_256_digest", _blake2_of(file))


def check_same(told: Mapping[str, str], **read: str) -> None:
    """Refuse a file that says otherwise of itself than was told: of fields that were told, what was read.

    Raises:
        InvalidInput: naming the field.
    """
    for field, text in read.items():
        said = told.get(field, "").strip()
        if said and said != text:
            raise InvalidInput(
                f"the upload says that the {field} is {shown(said)!r}, the file says {shown(text)!r}", field=field
            )


def _check_digest(told: Mapping[str, str], field: str, hex: str) -> None:
    said = told.get(field, "").strip()
    if said and said.lower() != hex and _from_base64(said) != hex:
        raise InvalidInput(
            f"{field} is {said[:140]}, but that of what came is {hex}: the file was changed or cut off on its way",
            field=field,
        )


def _from_base64(text: str) -> str | None:
    """Return the hex of a digest in URL-safe base64, in which MD5 may be told."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    except (binascii.Error, ValueError):
        return None


def _blake2_of(file: StoredFile) -> str:
    digest = hashlib.blake2b(digest_size=_BLAKE2_BYTES)
    for piece in file.pieces():
        digest.update(piece)
    return digest.hexdigest()
