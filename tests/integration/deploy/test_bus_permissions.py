"""A real nats-server with the users of `./tain up`: each does its own, and is denied the rest."""

import json
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from libs.common.adapters.nats.connect import connect_nats, prepare_nats
from libs.common.adapters.nats.news import NatsNews
from libs.common.adapters.server_secrets import ServerSecrets
from libs.common.contracts.messages import MirrorProgress
from libs.common.contracts.permissions import USERS
from libs.common.domain.errors import InvalidInput
from tests.support.servers import running_nats

PASSWORDS = {user: f"{user}-password" for user in USERS}

DENIED_TO_SAY = [
    ("fetcher", "mirror.requested"),
    ("fetcher", "artifact.fetch.run"),
    ("fetcher", "$KV.tain_stop_flags.run"),
    ("fetcher", "$KV.tain_leases.key"),
    ("fetcher", "$JS.API.STREAM.CREATE.TAIN_EVENTS"),
    ("fetcher", "$JS.API.STREAM.MSG.GET.TAIN_EVENTS"),
    ("fetcher", "$JS.API.CONSUMER.CREATE.TAIN_EVENTS.fetcher-artifact-fetch.artifact.fetch.>"),
    ("indexer", "$JS.API.STREAM.PURGE.TAIN_WORK"),
    ("reporter", "channel.published"),
    ("reporter", "$JS.API.STREAM.UPDATE.TAIN_EVENTS"),
    ("scheduler", "channel.published"),
    ("scheduler", "$JS.API.STREAM.DELETE.TAIN_EVENTS"),
    ("api", "artifact.fetch.run"),
    ("api", "mirror.finished"),
    ("api", "$JS.API.CONSUMER.MSG.NEXT.TAIN_EVENTS.scheduler-runs"),
    ("others", "channel.deleted"),
    ("others", "mirror.finished"),
    ("others", "$JS.API.CONSUMER.MSG.NEXT.TAIN_EVENTS.scheduler-runs"),
    ("others", "$JS.API.CONSUMER.DELETE.TAIN_EVENTS.scheduler-runs"),
    ("others", "$JS.API.CONSUMER.CREATE.TAIN_EVENTS.reporter-mirror-finished.mirror.finished"),
    ("others", "$JS.API.CONSUMER.CREATE.TAIN_EVENTS.mine.user.changed"),
    ("others", "$JS.API.CONSUMER.CREATE.TAIN_EVENTS.mine"),
    ("others", "$JS.API.CONSUMER.CREATE.TAIN_EVENTS"),
    ("others", "$JS.ACK.TAIN_EVENTS.scheduler-runs.1.1.1.1.1"),
    ("others", "$SRV.PING"),
]
DENIED_TO_HEAR = [
    ("fetcher", ">"),
    ("fetcher", "mirror.finished"),
    ("fetcher", "artifact.fetch.>"),
    ("fetcher", "_INBOX.api.>"),
    ("reporter", "_INBOX.>"),
    ("api", "$KV.>"),
    ("api", "artifact.fetched"),
    ("others", ">"),
    ("others", "user.changed"),
    ("others", "artifact.fetch.>"),
    ("others", "_INBOX.api.>"),
    ("others", "$JS.>"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server with users."""
    with running_nats(tmp_path_factory.mktemp("nats"), passwords=PASSWORDS) as url:
        yield url


def _as(user: str, url: str) -> str:
    return url.replace("://", f"://{user}:{PASSWORDS[user]}@")


async def _complaints_of(client: Client, heard: list[str]) -> list[str]:
    """Return what the server complained of; nats-py may send the first ping before what was to be flushed."""
    await client.flush()
    await client.flush()
    await client.close()
    return heard


async def _connected(user: str, url: str) -> tuple[Client, list[str]]:
    heard: list[str] = []

    async def hear(error: Exception) -> None:
        heard.append(str(error))

    return await nats.connect(_as(user, url), error_cb=hear), heard


@pytest.mark.parametrize(("user", "subject"), DENIED_TO_SAY)
async def test_a_user_may_not_say_what_is_not_its_own(url: str, user: str, subject: str) -> None:
    """The server refuses it, and says so."""
    client, heard = await _connected(user, url)

    await client.publish(subject, b"{}")

    assert any("permissions violation for publish" in words.lower() for words in await _complaints_of(client, heard))


@pytest.mark.parametrize(("user", "subject"), DENIED_TO_HEAR)
async def test_a_user_may_not_hear_what_is_not_its_own(url: str, user: str, subject: str) -> None:
    """The server refuses it, and says so."""
    client, heard = await _connected(user, url)

    await client.subscribe(subject)

    assert any(
        "permissions violation for subscription" in words.lower() for words in await _complaints_of(client, heard)
    )


async def test_the_api_hears_what_it_shows_to_people(url: str) -> None:
    """Every subject that it subscribes to."""
    maker = await connect_nats(_as("scheduler", url), name="scheduler")
    client, complaints = await _connected("api", url)
    async with aclosing(NatsNews(client).listen()) as news:
        assert await anext(news) is None
        progress = {"channel": "c", "mirror": "m", "mirror_id": "m", "run_id": "r", "run_number": 1}
        payload = json.dumps(progress | {"state": "active", "step": "fetch", "step_number": 1, "step_percent": 2})
        await maker.publish("mirror.progress", payload.encode())

        item = await anext(news)

    assert item is not None
    assert isinstance(item.message, MirrorProgress)
    assert await _complaints_of(client, complaints) == []
    await maker.close()


async def test_others_hear_and_replay_what_is_public(url: str) -> None:
    """A subscription by noun hears it, without what is not public; a consumer of one subject reads it again."""
    maker = await connect_nats(_as("scheduler", url), name="scheduler")
    await prepare_nats(maker, name="scheduler")
    api = await connect_nats(_as("api", url), name="api")
    client, complaints = await _connected("others", url)
    inbox = client.new_inbox()
    heard = await client.subscribe("mirror.*")
    again = await client.subscribe(inbox)
    await client.flush()

    await api.jetstream().publish("mirror.created", b"{}")
    await maker.jetstream().publish("mirror.started", b"{}")
    await client.jetstream().add_consumer(
        "TAIN_EVENTS",
        ConsumerConfig(name="mine", filter_subject="mirror.started", deliver_subject=inbox, ack_policy=AckPolicy.NONE),
    )

    assert (await heard.next_msg(timeout=10)).subject == "mirror.started"
    assert (await again.next_msg(timeout=10)).subject == "mirror.started"
    assert complaints == []
    for one in (client, api, maker):
        await one.close()


async def test_others_have_durable_consumers_of_their_own(url: str) -> None:
    """Who was away goes on where it stopped, as the page on events says."""
    maker = await connect_nats(_as("scheduler", url), name="scheduler")
    await prepare_nats(maker, name="scheduler")
    client, complaints = await _connected("others", url)
    js = client.jetstream()
    await js.add_consumer(
        "TAIN_EVENTS",
        ConsumerConfig(
            name="my-system",
            durable_name="my-system",
            filter_subject="mirror.finished",
            ack_policy=AckPolicy.EXPLICIT,
        ),
    )
    for number in range(2):
        await maker.jetstream().publish("mirror.finished", str(number).encode())

    heard = []
    for _ in range(2):
        pulling = await js.pull_subscribe_bind(consumer="my-system", stream="TAIN_EVENTS")
        (message,) = await pulling.fetch(1, timeout=10)
        await message.ack_sync(timeout=10)
        heard.append(message.data)
        await pulling.unsubscribe()

    assert heard == [b"0", b"1"]
    assert await js.delete_consumer("TAIN_EVENTS", "my-system")
    assert complaints == []
    await client.close()
    await maker.close()


async def test_a_file_says_who_we_are_and_a_changed_one_counts(url: str, tmp_path: Path) -> None:
    """What the URL says does not count beside it, and no password is in the words of a refusal."""
    file = tmp_path / "credentials"
    file.write_text("fetcher:wrong-password\n")
    secrets = ServerSecrets(nats_credentials_file=file)

    with pytest.raises(InvalidInput, match="NATS refuses the user, password or token") as caught:
        await connect_nats(url, name="fetcher", secrets=secrets)
    file.write_text(f"fetcher:{PASSWORDS['fetcher']}\n")
    client = await connect_nats(url.replace("://", "://nobody:nothing@"), name="fetcher", secrets=secrets)

    assert client.is_connected
    await client.close()
    assert "wrong-password" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_nobody_gets_in_without_a_password(url: str) -> None:
    """An open port of a shared machine is no way in."""
    with pytest.raises(InvalidInput, match="NATS refuses"):
        await connect_nats(url, name="api")
