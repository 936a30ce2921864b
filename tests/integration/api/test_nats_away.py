"""Changes while NATS is away: answered as ever, and told when it is back, also by an api that was started anew."""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from deploy.embedded.servers import free_port
from tests.support.bus_recorder import BusRecorder
from tests.support.eventually import eventually
from tests.support.mortal_nats import MortalNats
from tests.support.processes import running_services

TOKEN = "a-token-of-the-administrator"
_WITHIN_S = 40


@pytest.fixture
def mortal_nats(tmp_path: Path) -> Iterator[MortalNats]:
    """Return a server that may be killed."""
    server = MortalNats(tmp_path / "nats")
    yield server
    server.kill()


@pytest.mark.parametrize("is_api_killed", [False, True], ids=["the api lives on", "the api is killed, too"])
def test_what_is_changed_while_nats_is_away_is_told_when_it_is_back(
    mortal_nats: MortalNats, mongo_database_url: str, tmp_path: Path, *, is_api_killed: bool
) -> None:
    """In order, with the times of the changes; a request that stores nothing is refused meanwhile."""
    with _running_api(mortal_nats.url, mongo_database_url, tmp_path) as (http, process):
        made = http.post("/channels", json={"name": "main"}).raise_for_status().json()
        mirror = http.post("/channels/main/mirrors", json=_wish()).raise_for_status().json()
        mortal_nats.kill()
        path = f"/channels/main/mirrors/{mirror['mirror_id']}"

        answers = [
            http.put("/channels/main", json={"indexing_behavior": "frozen"}),
            http.put("/channels/main", json={"indexing_behavior": "default"}),
            http.put(path, json=_wish(cron="5 5 * * *", run_now=True)),
            http.put(path, json=_wish(cron="5 5 * * *", run_now=True)),
            http.delete(path, params={"packages": "remove"}),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 202, 503, 204]
        assert "Retry-After" in answers[3].headers
        shown = http.get("/channels/main").json()
        assert (shown["indexing_behavior"], shown["mirror_count"]) == ("default", 0)

        if is_api_killed:
            process.kill()
        else:
            heard = _heard_when_back(mortal_nats)
    if is_api_killed:
        mortal_nats.start(without_data=False)
        recorder = BusRecorder(mortal_nats.url)
        with _running_api(mortal_nats.url, mongo_database_url, tmp_path):
            heard = _wait(recorder)

    assert [subject for subject, _ in heard if subject.startswith("channel.")] == ["channel.frozen", "channel.unfrozen"]
    assert [subject for subject, _ in heard if subject.startswith("mirror.")] == [
        "mirror.updated",
        "mirror.requested",
        "mirror.deleted",
    ]
    updated = datetime.fromisoformat(shown["updated"])
    assert dict(heard)["channel.unfrozen"] == updated > datetime.fromisoformat(made["created"])


def _heard_when_back(server: MortalNats) -> list[tuple[str, datetime]]:
    """Start the server again and return what is said then."""
    server.start(without_data=False)
    return _wait(BusRecorder(server.url))


def _wait(recorder: BusRecorder) -> list[tuple[str, datetime]]:
    """Return what was said and of what time it tells, once the last was said; a repetition counts once."""
    recorder.wait_for("mirror.deleted", within_s=_WITHIN_S)
    recorder.wait_for("channel.unfrozen", within_s=_WITHIN_S)
    heard = {
        it.headers["ce-id"]: (it.subject, datetime.fromisoformat(it.headers["ce-time"]))
        for it in recorder.everything()
        if "ce-id" in it.headers
    }
    recorder.close()
    return list(heard.values())


@contextmanager
def _running_api(
    nats_url: str, mongo_url: str, folder: Path
) -> Iterator[tuple[httpx.Client, "subprocess.Popen[bytes]"]]:
    key, token, port = folder / "secret.key", folder / "admin.token", free_port()
    key.write_bytes(base64.b64encode(bytes(32)))
    token.write_text(TOKEN)
    settings = {
        "TAIN_NATS_URL": nats_url,
        "TAIN_MONGO_URL": mongo_url,
        "TAIN_BLOBS_URL": (folder / "blobs").as_uri(),
        "TAIN_SECRET_KEY_FILE": str(key),
        "TAIN_ADMIN_TOKEN_FILE": str(token),
        "TAIN_PORT": str(port),
    }
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api", headers={"X-Auth": TOKEN}, timeout=30)
    with running_services("api", folder / f"logs-{port}", settings=settings) as (process,), client as http:
        eventually(lambda: _is_live(http), within_s=_WITHIN_S, what="the api to answer")
        yield http, process


def _is_live(http: httpx.Client) -> bool:
    try:
        return http.get("/channels").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _wish(**changes: object) -> dict[str, object]:
    return {"mirror_name": "m", "source_root": "https://s.example/forge", "cron": "0 0 1 1 *", **changes}
