"""The catalogue of events: who says each, who hears it, its fields."""

import json

import msgspec

from libs.client.docs.marks import Marks
from libs.common.contracts.flow import FLOW, Arrow
from libs.common.contracts.message import Message
from libs.common.contracts.messages import MESSAGES
from libs.common.contracts.subjects import stream_of

MARKS = Marks(source="libs/common/contracts")


def event_pages() -> str:
    """Describe every message, the public ones first."""
    lines: list[str] = []
    for message in sorted(MESSAGES, key=lambda it: not it.is_public):
        lines += _section(message, [arrow for arrow in FLOW if arrow.message is message])
    return "\n".join(lines).rstrip()


def _section(message: type[Message], arrows: list[Arrow]) -> list[str]:
    stream = stream_of(message.subject) or stream_of(f"{message.subject}.x")
    summary = (message.__doc__ or "").strip().splitlines()[0]
    lines = [f"### {message.subject}", "", f"{summary}", ""]
    lines.append(f"- {'Public' if message.is_public else 'Internal'}.")
    lines.append(f"- Kept in stream `{stream.name}`." if stream else "- Plain NATS: only who listens hears it.")
    lines += [
        f"- Said by {', '.join(arrow.says)}; heard by {', '.join(arrow.hears)}, to {arrow.does}." for arrow in arrows
    ]
    lines += ["", "| field | type | default |", "|---|---|---|"]
    schema = msgspec.json.schema(message)
    fields = schema["$defs"][message.__name__]["properties"] if "$defs" in schema else schema["properties"]
    required = {field.encode_name for field in msgspec.structs.fields(message) if field.required}
    for name, field in fields.items():
        default = "required" if name in required else f"`{json.dumps(field.get('default'))}`"
        lines.append(f"| `{name}` | {_type_of(field)} | {default} |")
    return [*lines, ""]


def _type_of(field: dict[str, object]) -> str:
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in list(field["enum"]))  # type: ignore[call-overload]
    if "anyOf" in field:
        return " or ".join(_type_of(choice) for choice in list(field["anyOf"]))  # type: ignore[call-overload]
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if field.get("type") == "array" and isinstance(field.get("items"), dict):
        return f"array of {_type_of(field['items'])}"  # type: ignore[arg-type]
    return str(field.get("type", "any"))
