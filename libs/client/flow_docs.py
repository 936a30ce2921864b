"""Generated documentation: the diagram of a run, and the catalogue of events.

python -m libs.client.flow_docs           writes README.md's diagram and docs/events/README.md
python -m libs.client.flow_docs --check   exits with 1 where they are not up to date
"""

import argparse
import json
import sys
from pathlib import Path

import msgspec

from libs.common.contracts.flow import FLOW, Arrow
from libs.common.contracts.messages import MESSAGES, Message
from libs.common.contracts.subjects import stream_of

ROOT = Path(__file__).resolve().parents[2]
_BEGIN = "<!-- generated from libs/common/contracts/flow.py: begin -->"
_END = "<!-- generated from libs/common/contracts/flow.py: end -->"
_ACTORS = ("others", "api", "scheduler", "fetcher", "indexer", "reporter")
# What the reporter hears is everything; drawing it would hide the run.
_DRAWN = ("others", "api", "scheduler", "fetcher", "indexer")


def main(arguments: list[str]) -> int:
    """Write or check the generated parts; return the exit code."""
    parser = argparse.ArgumentParser(prog="flow_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something is out of date")
    options = parser.parse_args(arguments)
    readme = ROOT / "README.md"
    events = ROOT / "docs" / "events" / "README.md"
    wanted = {readme: replace_between(readme.read_text(), diagram()), events: catalogue()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if options.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date; run: ./tain check --fix")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    return 0


def diagram() -> str:
    """Draw the flow of a run as a Mermaid sequence diagram."""
    lines = ["```mermaid", "sequenceDiagram"]
    lines += [f"    participant {actor}" for actor in _DRAWN]
    for arrow in FLOW:
        hearers = [actor for actor in arrow.hears if actor in _DRAWN]
        for says in arrow.says:
            lines += [
                f"    {says}->>{hears}: {arrow.message.subject}" for hears in hearers if _is_worth_drawing(says, hears)
            ]
    return "\n".join([*lines, "```"])


def replace_between(text: str, generated: str) -> str:
    """Put the generated part between the marks of a document that has them."""
    before, _, rest = text.partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        return text
    return f"{before}{_BEGIN}\n{generated}\n{_END}{after}"


def catalogue() -> str:
    """Describe every message: who says it, who hears it, its fields."""
    lines = [
        "# Events",
        "",
        "Generated from `libs/common/contracts`; do not edit.",
        "",
        "Messages are CloudEvents 1.0 in NATS binary mode: the attributes are `ce-*` headers, the payload is JSON.",
        "`Nats-Msg-Id` is the event's id; the same id within two minutes is stored once.",
        "New fields may come; readers ignore what they do not know.",
        "",
        "**Public** messages may be published or read by other systems; the others are Tain's own.",
        "To run a mirror from outside:",
        "",
        "```sh",
        """nats pub mirror.requested '{"channel": "main", "mirror": "conda-forge"}'""",
        "```",
        "",
        "What can't be followed is answered on `mirror.rejected` with a reason.",
        "",
    ]
    for message in MESSAGES:
        lines += _section(message, [arrow for arrow in FLOW if arrow.message is message])
    return "\n".join(lines).rstrip() + "\n"


def _section(message: type[Message], arrows: list[Arrow]) -> list[str]:
    stream = stream_of(message.subject) or stream_of(f"{message.subject}.x")
    summary = (message.__doc__ or "").strip().splitlines()[0]
    lines = [f"## {message.subject}", "", f"{summary}", ""]
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


def _is_worth_drawing(says: str, hears: str) -> bool:
    return says in _DRAWN and says != hears


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
