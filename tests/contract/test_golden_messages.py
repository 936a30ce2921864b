"""Messages evolve by addition: what was said a year ago can still be read.

`golden/<subject>.json` is one example of each message. A new field may join the files;
a field that changes its name or type, or loses its default, fails here.
"""

from pathlib import Path

import msgspec
import pytest

from libs.common.contracts.message import Message
from libs.common.contracts.messages import MESSAGES

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.subject)
def test_the_golden_message_is_read_and_written_unchanged(message: type[Message]) -> None:
    """Every field of the file is a field of the Struct, with the same value."""
    golden = msgspec.json.decode((GOLDEN / f"{message.subject}.json").read_bytes())
    read = msgspec.convert(golden, message)
    written = msgspec.json.decode(msgspec.json.encode(read))

    assert {key: written[key] for key in golden} == golden


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.subject)
def test_a_reader_ignores_fields_that_it_does_not_know(message: type[Message]) -> None:
    """An older service hears what a newer one says."""
    golden = msgspec.json.decode((GOLDEN / f"{message.subject}.json").read_bytes())
    newer = msgspec.json.encode(golden | {"added_later": {"a": [1]}})

    assert msgspec.json.decode(newer, type=message) == msgspec.convert(golden, message)


def test_every_golden_file_belongs_to_a_message() -> None:
    """A message that is gone takes its file along, on purpose."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == {message.subject for message in MESSAGES}
