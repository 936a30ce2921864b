"""The embedded servers start, survive a kill, and say plainly what is wrong."""

import asyncio
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nats
import pymongo
import pytest
from pymongo.write_concern import WriteConcern

from deploy.embedded.failure import ServerFailed
from deploy.embedded.servers import Server, free_port, start_mongod, start_nats
from deploy.embedded.supervise import Guard, Pauses, Supervisor, Unit, launch

Start = Callable[..., Server]
STARTS = pytest.mark.parametrize("start", [start_nats, start_mongod], ids=["nats", "mongod"])


@STARTS
def test_a_server_stops_in_order(start: Start, tmp_path: Path) -> None:
    """SIGTERM is enough; nothing has to be killed."""
    server = start(tmp_path)

    server.stop(timeout_s=20)
    server.stop(timeout_s=20)

    assert server.process.returncode == 0


@STARTS
def test_a_taken_port_is_one_plain_line(start: Start, tmp_path: Path) -> None:
    """The line names the port and what to do."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(ServerFailed, match=rf"port {port} is taken; stop .* or choose another port") as caught:
            start(tmp_path, port=port)

    assert "\n" not in str(caught.value)


@STARTS
def test_a_folder_that_cannot_be_written_is_one_plain_line(start: Start, tmp_path: Path) -> None:
    """A file in the folder's place stands for all that can be wrong with it."""
    folder = tmp_path / "data"
    folder.write_text("")

    with pytest.raises(ServerFailed, match=r"can't be written .*; choose another data folder") as caught:
        start(folder)

    assert "\n" not in str(caught.value)


def test_a_folder_in_use_says_so(tmp_path: Path) -> None:
    """The last words of the server's log are in the message."""
    server = start_mongod(tmp_path)
    try:
        with pytest.raises(ServerFailed, match="already running") as caught:
            start_mongod(tmp_path)
    finally:
        server.stop()

    assert "\n" not in str(caught.value)


def test_nats_keeps_its_port_over_restarts(tmp_path: Path) -> None:
    """Other systems that stay connected find it again; where the port is taken meanwhile, it takes another."""
    first = start_nats(tmp_path)
    first.stop()
    second = start_nats(tmp_path)
    second.stop()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(first.url.rpartition(":")[2])))
        holder.listen()
        third = start_nats(tmp_path)
        third.stop()

    assert second.url == first.url
    assert third.url != first.url


def test_what_mongod_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """A stale lock file does no harm, and journaled writes are there again."""
    port = free_port()
    server = start_mongod(tmp_path, port=port)
    try:
        with pymongo.MongoClient[dict[str, object]](server.url) as client:
            journaled = client["tain"].get_collection("things", write_concern=WriteConcern(w=1, j=True))
            journaled.insert_one({"_id": "kept"})
    finally:
        server.process.kill()
        server.process.wait()

    again = start_mongod(tmp_path, port=port)
    try:
        with pymongo.MongoClient[dict[str, object]](again.url) as client:
            assert client["tain"]["things"].find_one() == {"_id": "kept"}
    finally:
        again.stop()


def test_while_a_server_starts_again_others_are_looked_after(tmp_path: Path) -> None:
    """A journal may take long to replay; what dies in that time must not wait for it."""
    port = free_port()
    server = start_mongod(tmp_path / "mongo", port=port)
    said: list[str] = []
    supervisor = Supervisor(say=said.append, guard=Guard(), pauses=Pauses(first_s=0))
    other = Unit(
        name="other",
        log=tmp_path / "other.log",
        start=lambda: launch(["sleep", "600"], log=tmp_path / "other.log", environ={}, folder=tmp_path),
    )
    try:
        supervisor.take(Unit(name="mongod", log=server.log, start=server.start_again), server.process)
        supervisor.add(other)
        mongod = supervisor.units[0]
        for unit in (mongod, other):
            assert unit.process is not None
            unit.process.kill()
            unit.process.wait()
        supervisor.tend()
        with socket.socket() as probe:
            does_not_answer_yet = probe.connect_ex(("127.0.0.1", port)) != 0

        assert does_not_answer_yet
        assert (mongod.has_ended, other.has_ended) == (False, False)
        with pymongo.MongoClient[dict[str, object]](server.url, serverSelectionTimeoutMS=30_000) as client:
            client.admin.command("ping")
        assert len(said) == 2
    finally:
        asyncio.run(supervisor.end(grace_s=20, hurry=asyncio.Event()))
        supervisor.guard.dismiss()


async def test_what_nats_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """JetStream hands a message to the kernel before it acknowledges it."""
    server = start_nats(tmp_path)
    try:
        client = await nats.connect(server.url)
        await client.jetstream().add_stream(name="THINGS", subjects=["things"])
        for number in range(100):
            await client.jetstream().publish("things", str(number).encode())
    finally:
        server.process.kill()
        server.process.wait()
    await client.close()

    again = start_nats(tmp_path)
    try:
        client = await nats.connect(again.url)
        kept = (await client.jetstream().stream_info("THINGS")).state.messages
        await client.close()
    finally:
        again.stop()
    assert kept == 100


def test_a_killed_parent_leaves_no_server_behind(tmp_path: Path) -> None:
    """On Linux the kernel tells the server that its parent is gone."""
    program = (
        "import sys, pathlib; from deploy.embedded.servers import start_nats\n"
        "server = start_nats(pathlib.Path(sys.argv[1])); print(server.process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        assert parent.stdout is not None
        server = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        ended, _, _ = select.select([server], [], [], 20)
        os.close(server)

    assert ended
