"""Writing what is there already: the unique index says so, and that is fine."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import BulkWriteError, DuplicateKeyError

_DUPLICATE_KEY = 11000


@contextmanager
def ignoring_duplicates() -> Iterator[None]:
    """Pass over duplicate keys, also in an unordered bulk; other failures go on."""
    try:
        yield
    except DuplicateKeyError:
        return
    except BulkWriteError as exc:
        details = exc.details or {}
        codes = {error["code"] for error in details.get("writeErrors", ())}
        if codes != {_DUPLICATE_KEY} or details.get("writeConcernErrors"):
            raise
