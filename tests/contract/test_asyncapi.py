"""docs/events/asyncapi.json follows the rules of AsyncAPI 3.0, and says what the contracts say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.client.flow_docs import main
from libs.common.contracts.flow import FLOW
from libs.common.contracts.message import Message
from libs.common.contracts.messages import MESSAGES
from tests.support.events_document import EventsDocument

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = EventsDocument()
TREE = DOCUMENT.tree

# The fields that each object may have (AsyncAPI 3.0.0); extensions begin with x-.
FIELDS = {
    "document": {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"},
    "info": {"title", "version", "description", "termsOfService", "contact", "license", "tags", "externalDocs"},
    "channel": (
        {"address", "messages", "title", "summary", "description", "servers", "parameters", "tags", "externalDocs"}
        | {"bindings"}
    ),
    "operation": (
        {"action", "channel", "title", "summary", "description", "security", "tags", "externalDocs", "bindings"}
        | {"traits", "messages", "reply"}
    ),
    "message": (
        {"headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags"}
        | {"externalDocs", "bindings", "examples", "traits"}
    ),
}


def test_the_generated_pages_are_up_to_date() -> None:
    """`./tain check` says so, too."""
    assert main(["--check"]) == 0


def test_every_object_has_only_fields_of_the_specification() -> None:
    """Tools refuse documents with others."""
    objects = {
        "document": [TREE],
        "info": [TREE["info"]],
        "channel": TREE["channels"].values(),
        "operation": TREE["operations"].values(),
        "message": TREE["components"]["messages"].values(),
    }
    for kind, them in objects.items():
        for it in them:
            assert {field for field in it if not field.startswith("x-")} <= FIELDS[kind]
    assert TREE["asyncapi"] == "3.0.0"
    assert TREE["info"].keys() >= {"title", "version"}


def test_every_reference_leads_somewhere() -> None:
    """Also those inside of payload schemas."""
    references = [text for name, text in _walk(TREE) if name == "$ref"]

    assert references
    assert all(isinstance(DOCUMENT.at(reference), dict) for reference in references)


def test_operations_use_messages_of_their_own_channel() -> None:
    """The specification asks for it: by reference into the channel, not into the components."""
    for operation in TREE["operations"].values():
        channel = operation["channel"]["$ref"]
        assert operation["action"] in ("send", "receive")
        assert re.fullmatch(r"#/channels/[^/]+", channel)
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
        assert operation["bindings"].keys() == {"nats"}
        assert operation["bindings"]["nats"].keys() <= {"queue", "bindingVersion"}


def test_the_parameters_of_an_address_are_declared() -> None:
    """Each in braces, and no other."""
    for channel in TREE["channels"].values():
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel.get("parameters", {}))


def test_all_messages_are_there_and_only_public_ones_say_so() -> None:
    """What is not for others is not offered to them."""
    assert TREE["channels"].keys() == {message.subject for message in MESSAGES}
    for message in MESSAGES:
        tag = [{"name": "public" if message.is_public else "internal"}]
        assert TREE["channels"][message.subject]["tags"] == tag
        assert DOCUMENT.message_of(message.subject)["tags"] == tag


def test_others_may_say_what_the_flow_lets_them_say() -> None:
    """And hear every public message that Tain says."""
    said = {DOCUMENT.subject(name) for name in DOCUMENT.public("receive")}
    heard = {DOCUMENT.subject(name) for name in DOCUMENT.public("send")}

    assert said == {arrow.message.subject for arrow in FLOW if "others" in arrow.says}
    assert heard == {message.subject for message in MESSAGES if message.is_public}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.subject)
def test_a_golden_message_fits_its_schema(message: type[Message]) -> None:
    """The document describes what goes over the wire, every field of it."""
    golden = (GOLDEN / f"{message.subject}.json").read_bytes()

    DOCUMENT.check_payload(message.subject, golden)
    with pytest.raises(msgspec.ValidationError):
        DOCUMENT.check_payload(message.subject, json.dumps({"strange": 1}).encode())


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.subject)
def test_a_schema_names_its_dialect_and_what_is_required(message: type[Message]) -> None:
    """JSON Schema 2020-12; a field without a default is required."""
    payload = DOCUMENT.at(DOCUMENT.message_of(message.subject)["payload"]["$ref"])
    fields = msgspec.structs.fields(message)

    assert payload["schemaFormat"].endswith("draft-2020-12")
    assert payload["schema"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert payload["schema"]["properties"].keys() == {field.encode_name for field in fields}
    assert set(payload["schema"].get("required", ())) == {field.encode_name for field in fields if field.required}


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every (name, value) of all objects."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield name, value
            yield from _walk(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _walk(item)
