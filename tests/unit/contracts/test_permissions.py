"""What each service may do on the bus follows from the flow, and the generated file from that."""

import re
from pathlib import Path

import pytest

from deploy.nats_permissions import permissions_conf
from libs.common.contracts.flow import FLOW
from libs.common.contracts.messages import MESSAGES
from libs.common.contracts.permissions import OTHERS, SERVICES, SETTERS, permissions_of
from libs.common.contracts.subjects import EVENTS, stream_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_its_own_messages_and_no_others(service: str) -> None:
    """What the flow does not let it say is not among what it may publish."""
    may = {subject.removesuffix(".>") for subject in permissions_of(service).publish}
    all_subjects = {message.subject for message in MESSAGES}

    assert may & all_subjects == {arrow.message.subject for arrow in FLOW if service in arrow.says}


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_may_use_another_ones_consumers_or_all_of_anything(service: str) -> None:
    """Each durable of the calls is the service's own, and no call is for all streams."""
    calls = [subject for subject in permissions_of(service).publish if "CONSUMER" in subject or "$JS.ACK" in subject]
    durables = {call.split(".")[-2 if call.endswith(".>") else -1] for call in calls if "MSG.NEXT" in call}

    assert all(name.startswith(f"{service}-") for name in durables)
    assert not {"$JS.>", "$JS.API.>", "$JS.API.STREAM.>", ">"} & set(permissions_of(service).publish)


def test_only_those_who_set_up_make_streams() -> None:
    """The one that speaks with the world outside is none of them."""
    makers = {user for user in SERVICES if any("STREAM.CREATE" in one for one in permissions_of(user).publish)}

    assert makers == SETTERS
    assert "fetcher" not in makers


def test_others_hear_what_is_public_and_nothing_else() -> None:
    """By noun, with what is not public denied."""
    permissions = permissions_of(OTHERS)
    heard = {
        message.subject
        for message in MESSAGES
        if f"{message.subject.partition('.')[0]}.*" in permissions.subscribe
        and message.subject not in permissions.subscribe_denied
    }

    assert heard == {message.subject for message in MESSAGES if message.is_public}


def test_the_example_replays_all_that_is_public() -> None:
    """Its list is written by hand, for it is there to be copied."""
    text = (ROOT / "docs" / "events" / "examples" / "replay.py").read_text()
    listed = re.findall(r'^    "([a-z.-]+)",$', text, re.MULTILINE)

    public = {message.subject for message in MESSAGES if message.is_public and stream_of(message.subject) is EVENTS}
    assert set(listed) == public


def test_the_file_for_servers_of_ones_own_is_up_to_date() -> None:
    """`./tain check --fix` writes it."""
    assert (ROOT / "deploy" / "nats" / "permissions.conf").read_text() == permissions_conf()
