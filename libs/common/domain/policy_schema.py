"""The JSON Schema of policy documents, for editors and other tools."""

import inspect
from typing import Any

import msgspec

from libs.common.domain.policy_document import PolicyDocument


def policy_schema() -> bytes:
    """Return the schema (JSON Schema 2020-12), the same bytes every time."""
    (root,), parts = msgspec.json.schema_components([PolicyDocument])
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tain policy",
        **root,
        "$defs": {name: _with_plain_description(part) for name, part in sorted(parts.items())},
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def _with_plain_description(part: dict[str, Any]) -> dict[str, Any]:
    """Take the indent of our docstrings out."""
    return {**part, "description": inspect.cleandoc(part["description"])} if "description" in part else part
