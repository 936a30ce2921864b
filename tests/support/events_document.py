"""What another system learns from docs/events/asyncapi.json, and from nothing else of ours."""

import json
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any, Literal

import msgspec

from tests.support.real_data import ROOT

DOCUMENT = ROOT / "docs" / "events" / "asyncapi.json"

_PLAIN: Mapping[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None}


class EventsDocument:
    """The document, read as a program reads it: subjects, streams and schemas."""

    def __init__(self, path: Path = DOCUMENT) -> None:
        self.tree: dict[str, Any] = json.loads(path.read_text())
        self._type_of = cache(self._resolved_type)

    def at(self, reference: str) -> Any:
        """Return what a reference leads to.

        Raises:
            KeyError: when it leads nowhere.
        """
        place: Any = self.tree
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        return place

    def operation(self, name: str) -> Mapping[str, Any]:
        """Return an operation by its name."""
        found: Mapping[str, Any] = self.tree["operations"][name]
        return found

    def subject(self, operation: str) -> str:
        """Return the subject of an operation."""
        return str(self.at(self.operation(operation)["channel"]["$ref"])["address"])

    def stream(self, operation: str) -> str | None:
        """Return the stream that keeps an operation's messages; None for plain NATS."""
        stream: str | None = self.at(self.operation(operation)["channel"]["$ref"]).get("x-tain-stream")
        return stream

    def public(self, action: str) -> Sequence[str]:
        """Name the operations of this action that other systems may take part in."""
        return [
            name
            for name, operation in self.tree["operations"].items()
            if operation["action"] == action and {"name": "public"} in operation["tags"]
        ]

    def message_of(self, subject: str) -> Mapping[str, Any]:
        """Return the message of a subject."""
        for channel in self.tree["channels"].values():
            if channel["address"].partition(".{")[0] == subject:
                (message,) = channel["messages"].values()
                found: Mapping[str, Any] = self.at(message["$ref"])
                return found
        raise KeyError(subject)

    def encode(self, operation: str, payload: Mapping[str, object]) -> bytes:
        """Return a payload that fits the schema of an operation.

        Raises:
            msgspec.ValidationError: when it does not.
        """
        self.check_payload(self.subject(operation), json.dumps(payload).encode())
        return json.dumps(payload).encode()

    def check_payload(self, subject: str, data: bytes) -> None:
        """Check a payload against its schema; a field that the schema does not have is wrong, too.

        Raises:
            msgspec.ValidationError: saying what does not fit.
        """
        msgspec.json.decode(data, type=self._type_of(self.message_of(subject)["payload"]["$ref"]))

    def check_headers(self, subject: str, headers: Mapping[str, str]) -> None:
        """Check an envelope against its schema.

        Raises:
            msgspec.ValidationError: saying what does not fit.
        """
        schema = self.at(self.message_of(subject)["headers"]["$ref"])["schema"]
        msgspec.convert(dict(headers), self._struct("Envelope", schema, is_open=True))

    def _resolved_type(self, reference: str) -> Any:
        found = self.at(reference)
        return self._type(found.get("schema", found))

    def _type(self, schema: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one for each keyword
        """Turn a schema into a type that checks the same; a keyword that is not known here fails."""
        match schema:
            case {"$ref": reference}:
                return self._type_of(reference.removesuffix("/schema"))
            case {"enum": values}:
                return Literal[tuple(values)]
            case {"anyOf": choices}:
                return reduce(or_, (self._type(choice) for choice in choices))
            case {"prefixItems": items}:
                return tuple[tuple(self._type(item) for item in items)]  # type: ignore[misc]
            case {"type": "array", "items": items}:
                return list[self._type(items)]  # type: ignore[misc]
            case {"type": "object", "properties": _}:
                return self._struct(schema.get("title", "Payload"), schema, is_open=False)
            case {"type": "object", "additionalProperties": values}:
                return dict[str, self._type(values)]  # type: ignore[misc]
        return _PLAIN[schema["type"]]

    def _struct(self, name: str, schema: Mapping[str, Any], *, is_open: bool) -> Any:
        required = schema.get("required", ())
        fields: list[Any] = []
        renamed: dict[str, str] = {}
        for number, (field, its) in enumerate(schema["properties"].items()):
            python_name = f"field_{number}"
            renamed[python_name] = field
            kind = self._type(its)
            fields.append((python_name, kind) if field in required else (python_name, kind, None))
        return msgspec.defstruct(name, fields, kw_only=True, rename=renamed, forbid_unknown_fields=not is_open)
