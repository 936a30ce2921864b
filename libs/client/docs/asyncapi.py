"""The AsyncAPI document: every subject, message and stream, for programs to read.

Essential reading: AsyncAPI 3.0.0; its NATS binding 0.1.0, which knows operations only;
CloudEvents 1.0 and its NATS protocol binding, binary mode.

The application that it describes is Tain: `receive` is what Tain hears, `send` is what
it says. The tag `public` marks what other systems may say or hear.
"""

import inspect
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.contracts.flow import FLOW
from libs.common.contracts.message import Message
from libs.common.contracts.messages import MESSAGES
from libs.common.contracts.subjects import stream_of
from libs.common.version import VERSION

Json = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
_OTHERS = "others"


def asyncapi_text() -> str:
    """Return the document as it stands in docs/events."""
    return json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"


def asyncapi() -> Json:
    """Describe all messages."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tain events",
            "version": VERSION,
            "description": "What Tain says and hears on NATS. Messages evolve by addition: ignore unknown fields.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {
                "host": "{host}",
                "protocol": "nats",
                "description": "The NATS server that TAIN_NATS_URL names, with JetStream.",
                "variables": {"host": {"default": "127.0.0.1:4222", "description": "host and port"}},
            }
        },
        "channels": {message.subject: _channel(message) for message in MESSAGES},
        "operations": _operations(),
        "components": {
            "messages": {message.__name__: _message(message) for message in MESSAGES},
            "schemas": {**_schemas(), **_HEADERS},
        },
    }


def _channel(message: type[Message]) -> Json:
    stream = stream_of(message.subject) or stream_of(f"{message.subject}.x")
    # Work is addressed to one run each, so that it can be dropped with it.
    is_addressed = stream_of(message.subject) is None and stream is not None
    channel: Json = {
        "address": f"{message.subject}.{{run_id}}" if is_addressed else message.subject,
        "title": message.subject,
        "summary": _summary(message),
        "messages": {message.__name__: {"$ref": f"#/components/messages/{message.__name__}"}},
        "servers": [{"$ref": "#/servers/nats"}],
        "tags": _tags(is_public=message.is_public),
    }
    if is_addressed:
        channel["parameters"] = {"run_id": {"description": "the run that the work is for"}}
    if stream is not None:
        channel["x-tain-stream"] = stream.name
        if stream.max_age_s:
            channel["x-tain-kept-days"] = stream.max_age_s // (24 * 3600)
    return channel


def _operations() -> Json:
    operations: Json = {}
    for arrow in FLOW:
        message = arrow.message
        if set(arrow.hears) - {_OTHERS}:
            operations[f"receive{message.__name__}"] = _operation(
                message, "receive", summary=f"Tain hears it, to {arrow.does}.", is_public=_OTHERS in arrow.says
            )
        if set(arrow.says) - {_OTHERS}:
            operations[f"send{message.__name__}"] = _operation(
                message, "send", summary=f"Said by {', '.join(arrow.says)}.", is_public=message.is_public
            )
    return operations


def _operation(message: type[Message], action: str, *, summary: str, is_public: bool) -> Json:
    channel = f"#/channels/{message.subject}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": summary,
        "messages": [{"$ref": f"{channel}/messages/{message.__name__}"}],
        "tags": _tags(is_public=is_public),
        "bindings": {"nats": {"bindingVersion": "0.1.0"}},
    }


def _message(message: type[Message]) -> Json:
    # Other systems may leave out the whole envelope.
    is_from_others = any(_OTHERS in arrow.says for arrow in FLOW if arrow.message is message)
    return {
        "name": message.subject,
        "title": message.__name__,
        "summary": _summary(message),
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{'AnyHeaders' if is_from_others else 'Headers'}"},
        "payload": {"$ref": f"#/components/schemas/{message.__name__}"},
        "tags": _tags(is_public=message.is_public),
    }


def _schemas() -> Json:
    """Return the payloads' schemas; their references are those of the whole document."""
    _, components = msgspec.json.schema_components(MESSAGES, ref_template="#/components/schemas/{name}/schema")
    return {name: _formatted(schema) for name, schema in sorted(components.items())}


def _formatted(schema: Mapping[str, Any]) -> Json:
    schema = {"$schema": _DIALECT, **schema}
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"])
    return {"schemaFormat": _SCHEMA_FORMAT, "schema": schema}


def _summary(message: type[Message]) -> str:
    return (message.__doc__ or "").strip().splitlines()[0]


def _tags(*, is_public: bool) -> list[Json]:
    return [{"name": "public" if is_public else "internal"}]


_ENVELOPE: Json = {
    "type": "object",
    "properties": {
        "ce-specversion": {"type": "string", "enum": ["1.0"]},
        "ce-id": {"type": "string", "description": "unique in its source; percent-encoded"},
        "ce-source": {"type": "string", "description": "/tain/SERVICE, or whatever another system calls itself"},
        "ce-type": {"type": "string", "description": "the subject without its parameters"},
        "ce-time": {"type": "string", "description": "when it was said, RFC 3339"},
        "ce-datacontenttype": {"type": "string", "enum": ["application/json"]},
        "Nats-Msg-Id": {"type": "string", "description": "the event's id; the same within two minutes is stored once"},
    },
}

_HEADERS: Json = {
    "Headers": _formatted({**_ENVELOPE, "required": [*_ENVELOPE["properties"]]}),
    "AnyHeaders": _formatted({**_ENVELOPE, "description": "Tain sends all of them; other systems may leave out any."}),
}
