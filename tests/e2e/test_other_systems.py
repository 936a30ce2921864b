"""Another system that knows docs/events and nothing else of ours."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.support.conda_source import CondaSource
from tests.support.events_document import EventsDocument
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.outsider import Outsider
from tests.support.packages import Package, a_package
from tests.support.real_data import ROOT
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

EXAMPLES = ROOT / "docs" / "events" / "examples"
_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def outsider(stack: Stack) -> Iterator[Outsider]:
    """Return another system, connected."""
    with Outsider(stack.others_nats_url, document=EventsDocument()) as system:
        yield system


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """A channel with a mirror that has not run yet, whose source can be held up."""

    channel: str
    mirror: str
    packages: tuple[Package, ...]
    source: CondaSource

    @property
    def names(self) -> Mapping[str, str]:
        """What a public message has to say."""
        return {"channel": self.channel, "mirror": self.mirror}


@pytest.fixture
def ours(stack: Stack, make_source: MakeSource, channel: str) -> Ours:
    """Make a channel and an active mirror."""
    # Bytes that no other test has: what is stored already is not fetched.
    packages = tuple(a_package(f"{channel}-{number}", padding_bytes=500) for number in range(3))
    source = make_source(packages[:-1])
    stack.api.create_channel(channel)
    name = f"{channel} mirror"
    stack.api.create_mirror(channel, source.url, name=name, mode="active", run_now=False)
    return Ours(channel=channel, mirror=name, packages=packages, source=source)


def test_the_document_is_enough_to_run_and_follow_a_mirror(outsider: Outsider, ours: Ours) -> None:
    """Subjects and payloads come from asyncapi.json; every message that is heard fits its schema."""
    asked = str(uuid.uuid4())
    outsider.say("receiveMirrorRequested", ours.names, headers={"ce-id": asked})

    started = outsider.wait_for("sendMirrorStarted", **ours.names)
    finished = outsider.wait_for("sendMirrorFinished", **ours.names)
    published = outsider.wait_for("sendChannelPublished", channel=ours.channel)
    progress = outsider.wait_for("sendMirrorProgress", run_id=started["run_id"])

    assert (finished["run_id"], finished["state"]) == (started["run_id"], "completed")
    assert (started["request_id"], finished["request_id"]) == (asked, asked)
    assert progress["run_number"] == started["run_number"] == 1
    assert published["artifact_count"] == len(ours.packages) - 1
    assert outsider.complaints == []


def test_the_document_is_enough_to_stop_a_run(outsider: Outsider, ours: Ours) -> None:
    """Also of a run that hangs in its downloads."""
    ours.source.break_files({package.path: Held() for package in ours.packages})
    outsider.say("receiveMirrorRequested", ours.names)
    ours.source.wait_for_request(ours.packages[0].path)

    outsider.say("receiveMirrorStop", ours.names)

    assert outsider.wait_for("sendMirrorFinished", **ours.names)["state"] == "stopped"
    ours.source.mend()
    assert outsider.complaints == []


def test_what_was_missed_is_replayed_by_sequence_and_by_time(outsider: Outsider, ours: Ours) -> None:
    """The stream is the one that the document names; what it keeps is what was said, in order."""
    before = outsider.last_sequence("sendMirrorFinished")
    outsider.say("receiveMirrorRequested", ours.names)
    outsider.wait_for("sendChannelPublished", channel=ours.channel)

    missed = [
        event
        for event in outsider.replay("sendMirrorFinished", after=before)
        if event.body.get("channel") == ours.channel
    ]
    # The stream's clock counts nanoseconds, Python's microseconds.
    again = outsider.replay("sendMirrorFinished", since=missed[0].stored_at - timedelta(milliseconds=1))

    subjects = [outsider.document.subject(name) for name in ("receiveMirrorRequested", "sendMirrorStarted")]
    subjects += [outsider.document.subject(name) for name in ("sendMirrorFinished", "sendChannelPublished")]
    assert [event.subject for event in missed] == subjects
    assert [event for event in again if event.body.get("channel") == ours.channel] == missed


def test_a_rejection_names_the_message_and_its_source(outsider: Outsider, channel: str) -> None:
    """Two systems may choose the same id, also at the same moment."""
    event_id = str(uuid.uuid4())
    for source in ("/one", "/two"):
        outsider.say(
            "receiveMirrorRequested",
            {"channel": channel, "mirror": "none"},
            headers={"ce-id": event_id, "ce-source": source},
        )

    for source in ("/one", "/two"):
        rejected = outsider.wait_for("sendMirrorRejected", event_id=event_id, event_source=source)
        assert (rejected["channel"], rejected["mirror"]) == (channel, "none")
    assert outsider.complaints == []


def test_the_examples_do_what_they_say(stack: Stack, ours: Ours, tmp_path: Path) -> None:
    """They are run as they stand in the documentation."""
    names = (ours.channel, ours.mirror)
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with _example(stack, tmp_path, "hear_rejections", "/examples") as rejections:
        eventually(lambda: "listening" in rejections.read_text(), within_s=30, what="the example to listen")
        assert _finished(stack, "request_run", ours.channel, "no such mirror").startswith("rejected: channel")
        eventually(lambda: "no such mirror" in rejections.read_text(), within_s=30, what="the reason")

    assert _finished(stack, "request_run", *names) == "run 1 completed: all is well\n"
    ours.source.break_files({ours.packages[-1].path: Held()})
    ours.source.publish(ours.packages)
    with _example(stack, tmp_path, "follow_run", *names) as follow:
        eventually(lambda: "following" in follow.read_text(), within_s=30, what="the example to listen")
        asked = tmp_path / "request_run.txt"
        with _example(stack, tmp_path, "request_run", *names):
            ours.source.wait_for_request(ours.packages[-1].path)
            eventually(lambda: "6/8" in follow.read_text(), within_s=30, what="the step to be shown")
            assert _finished(stack, "stop_run", *names) == "run 2 stopped\n"
            eventually(lambda: asked.read_text().startswith("run 2 stopped"), within_s=30, what="the end to be told")
        eventually(lambda: "run 2 stopped" in follow.read_text(), within_s=30, what="the end to be shown")
        assert "run 2 started" in follow.read_text()
    ours.source.mend()

    replayed = _finished(stack, "replay", "--since", before).splitlines()
    mine = [line.split(" ", 4) for line in replayed if f'"{ours.channel}"' in line]
    assert [subject for _, _, subject, _, body in mine if json.loads(body).get("run_number") == 2] == [
        "mirror.started",
        "mirror.finished",
    ]
    place = int(mine[0][0])
    after = _finished(stack, "replay", "--after", str(place)).splitlines()
    assert after == [line for line in replayed if int(line.split(" ")[0]) > place]


@pytest.mark.parametrize("request_id", [(), ("build-4711",)], ids=["the_next_run", "of_one_request"])
def test_following_a_run_goes_on_past_a_skipped_one(
    stack: Stack, outsider: Outsider, ours: Ours, tmp_path: Path, request_id: tuple[str, ...]
) -> None:
    """A request beside a run ends at once; that is not the end of what is followed, nor of what was asked for."""
    names = (ours.channel, ours.mirror)
    ours.source.break_files({ours.packages[0].path: Held()})
    with _example(stack, tmp_path, "follow_run", *names, *request_id) as follow:
        eventually(lambda: "following" in follow.read_text(), within_s=30, what="the example to listen")
        outsider.say("receiveMirrorRequested", ours.names, headers={"ce-id": "build-4711"})
        ours.source.wait_for_request(ours.packages[0].path)
        assert _finished(stack, "request_run", *names).startswith("run 2 skipped")
        ours.source.mend()
        eventually(lambda: "run 1 completed" in follow.read_text(), within_s=30, what="the end to be shown")


def test_a_request_is_answered_with_the_end_of_its_own_run(stack: Stack, ours: Ours, tmp_path: Path) -> None:
    """A request beside it that is skipped ends first."""
    names = (ours.channel, ours.mirror)
    ours.source.break_files({ours.packages[0].path: Held()})
    with _example(stack, tmp_path, "request_run", *names) as first:
        ours.source.wait_for_request(ours.packages[0].path)
        assert _finished(stack, "request_run", *names).startswith("run 2 skipped")
        ours.source.mend()
        eventually(lambda: first.read_text().startswith("run 1 completed"), within_s=30, what="the end to be told")


@contextmanager
def _example(stack: Stack, folder: Path, name: str, *arguments: str) -> Iterator[Path]:
    """Run an example beside what the test does; yields the file that it prints to."""
    printed = folder / f"{name}.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(_command(name, *arguments), env=_environ(stack), stdout=output)
    try:
        yield printed
    finally:
        process.terminate()
        process.wait(_TIMEOUT_S)


def _finished(stack: Stack, name: str, *arguments: str) -> str:
    """Run an example to its end, and return what it printed."""
    done = subprocess.run(
        _command(name, *arguments),
        env=_environ(stack),
        stdout=subprocess.PIPE,
        text=True,
        timeout=_TIMEOUT_S,
        check=True,
    )
    return done.stdout


def _command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", str(EXAMPLES / f"{name}.py"), *arguments]


def _environ(stack: Stack) -> dict[str, str]:
    return {"NATS_URL": stack.others_nats_url, "PATH": os.environ["PATH"]}
