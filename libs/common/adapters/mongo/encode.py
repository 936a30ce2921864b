"""Between our values and MongoDB's documents.

- Datetimes stay datetimes and digests stay bytes; enums are their words.
- A map whose keys come from outside (`noarch/repodata.json`, `mirror_filtered.license`)
  is kept as one JSON text, since dots and dollars in field names mean things to MongoDB.
- Unknown fields are passed over on reading, so that an older service can read what a
  newer one wrote.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import NODEFAULT

from libs.common.adapters.mongo.connect import Document

T = TypeVar("T", bound=msgspec.Struct)


class Codec(Generic[T]):
    """Writes and reads one type of value.

    `key` names the field that is the document's `_id`; `packed` the fields that are kept
    as JSON text, with the type to read the text as before the whole is put together.
    """

    def __init__(self, kind: type[T], *, key: str = "id", packed: Mapping[str, Any] | None = None) -> None:
        self._kind = kind
        self._key = key
        self._packed = packed or {}
        fields = msgspec.structs.fields(kind)
        self._names = frozenset(field.name for field in fields)
        self._defaults = {
            it.name: it.default if it.default_factory is NODEFAULT else it.default_factory() for it in fields
        }

    def encode(self, value: T) -> Document:
        """Return the document of a value."""
        document = {name: self._plain(name, field) for name, field in msgspec.structs.asdict(value).items()}
        document["_id"] = document.pop(self._key)
        return document

    def changes(self, fields: Mapping[str, object]) -> Document:
        """Return some fields of a value as they stand in its document.

        Raises:
            ValueError: for a name that is no field, or the key; that is a bug of the caller.
        """
        strange = fields.keys() - self._names | fields.keys() & {self._key}
        if strange:
            raise ValueError(f"{self._kind.__name__} has no changeable {', '.join(sorted(strange))}")
        return {name: self._plain(name, field) for name, field in fields.items()}

    def matching(self, fields: Mapping[str, object] | None) -> Document:
        """Return the query for documents whose fields are so; a field that an older document has not is its default."""
        plain = self.changes(fields or {})
        return {
            name: {"$in": [plain[name], None]} if value == self._defaults[name] else plain[name]
            for name, value in (fields or {}).items()
        }

    def decode(self, document: Mapping[str, Any]) -> T:
        """Return the value of a document."""
        fields = {**document, self._key: document["_id"]}
        for name, kind in self._packed.items():
            if name in fields:
                fields[name] = msgspec.json.decode(fields[name], type=kind)
        return msgspec.convert(fields, self._kind)

    def _plain(self, name: str, field: object) -> object:
        if name in self._packed:
            return msgspec.json.encode(field).decode()
        return msgspec.to_builtins(field, builtin_types=(datetime, bytes))
