"""The CloudEvents envelope: what is written is read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from libs.common.adapters.nats.envelope import EventInfo, headers_of, info_of
from libs.common.contracts.messages import MirrorStop

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
ids = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cs", "Cc")), min_size=1)


@given(event_id=ids)
def test_an_envelope_is_read_as_it_was_written(event_id: str) -> None:
    """Ids of other systems may hold anything that is printable."""
    headers = headers_of(MirrorStop(channel="c", mirror="m"), event_id=event_id, source="api", time=NOW)

    assert info_of(headers, fallback_id="-", now=NOW) == EventInfo(id=event_id, time=NOW, source="/tain/api")
    assert all(value.isascii() for key, value in headers.items() if key.startswith("ce-"))


@given(st.dictionaries(st.sampled_from(["ce-id", "ce-time", "ce-source", "ce-type", "Nats-Msg-Id"]), st.text()))
def test_any_headers_give_an_event(headers: dict[str, str]) -> None:
    """Other systems leave things out or get them wrong; the message still counts once."""
    event = info_of(headers, fallback_id="stream-1", now=NOW)

    assert event.id
    assert event.time.tzinfo is not None
