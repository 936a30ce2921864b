"""Opening the blob store that TAIN_BLOBS_URL names."""

import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore.store
from obstore.exceptions import BaseError

from libs.common.adapters.blobs.files import FileBlobStore
from libs.common.adapters.blobs.objects import ObjectBlobStore
from libs.common.adapters.blobs.partials import PARTIAL_LIMIT_BYTES
from libs.common.domain.errors import InvalidInput
from libs.common.ports.blobs import AgingBlobStore

_OBJECT_SCHEMES = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl"})


def open_blob_store(
    url: str, *, spool_folder: Path | None = None, partial_limit_bytes: int = PARTIAL_LIMIT_BYTES
) -> AgingBlobStore:
    """Open `file:///folder`, or `s3://bucket/prefix`, `gs://…`, `az://…` by obstore's environment values.

    `spool_folder` is where files come in on their way to object storage; a fresh
    temporary folder where it is not given. Plain files have their own. `partial_limit_bytes`
    of transfers that were broken off are kept.

    Raises:
        InvalidInput: for a URL that names no store.
        StoreUnavailable: when the folder can't be made or written.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(unquote(parts.path))
        if parts.netloc not in ("", "localhost") or len(path.parts) < 2:
            raise _unknown()
        return FileBlobStore(path, partial_limit_bytes=partial_limit_bytes)
    if parts.scheme not in _OBJECT_SCHEMES or not parts.netloc:
        raise _unknown()
    try:
        store = obstore.store.from_url(url)
    except (BaseError, ValueError) as exc:
        raise InvalidInput(
            f"TAIN_BLOBS_URL does not name a usable object store ({type(exc).__name__}); "
            "check the URL and the store's environment values",
            field="blobs_url",
        ) from exc
    folder = spool_folder or Path(tempfile.mkdtemp(prefix="tain-spool-"))
    return ObjectBlobStore(store, folder, partial_limit_bytes=partial_limit_bytes)


def _unknown() -> InvalidInput:
    return InvalidInput(
        "TAIN_BLOBS_URL must be file:///absolute/folder, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX "
        "or az://CONTAINER/PREFIX",
        field="blobs_url",
    )
