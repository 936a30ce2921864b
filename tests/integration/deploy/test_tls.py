"""NATS and MongoDB by TLS: whom we trust, who we are, and one plain line for what is wrong."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded.servers import find_mongod, find_nats, free_port
from libs.common.adapters.mongo.connect import asking, connect
from libs.common.adapters.nats.connect import connect_nats
from libs.common.adapters.server_secrets import ServerSecrets
from libs.common.domain.errors import InvalidInput, StoreUnavailable, TainError
from libs.common.runtime.bus import make_broker
from tests.support.certificates import make_certificate
from tests.support.eventually import eventually


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make authorities and certificates: the server's, a client's, an expired client's, and a stranger's."""
    folder = tmp_path_factory.mktemp("tls")
    for name, days_left in (("server", 1), ("client", 1), ("expired", -0.5), ("stranger", 1)):
        (folder / name).mkdir()
        make_certificate(folder / name, days_left=days_left)
    both = (folder / "client" / "authority.pem").read_text() + (folder / "expired" / "authority.pem").read_text()
    (folder / "clients.pem").write_text(both)
    return folder


@contextlib.contextmanager
def _running(log: Path, *command: object, ready: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output)
    try:
        eventually(lambda: ready in log.read_text(), within_s=30, what=f"{command[0]} to be ready")
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def nats_port(folder: Path) -> Iterator[int]:
    """Run a nats-server that wants a certificate of its clients."""
    port, pem = free_port(), folder / "server" / "server.pem"
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\n'
        f'tls {{ cert_file: "{pem}", key_file: "{pem}", ca_file: "{folder / "clients.pem"}", verify: true }}\n'
    )
    with _running(folder / "nats.log", find_nats(), "-c", config, ready="Server is ready"):
        yield port


@pytest.fixture(scope="module")
def mongo_port(folder: Path) -> Iterator[int]:
    """Run a mongod that speaks TLS alone."""
    port, data = free_port(), folder / "mongo"
    data.mkdir()
    options = f"--bind_ip 127.0.0.1 --nounixsocket --port {port} --tlsMode requireTLS".split()
    pem = folder / "server" / "server.pem"
    command = (find_mongod(), "--dbpath", data, *options, "--tlsCertificateKeyFile", pem)
    with _running(folder / "mongo.log", *command, ready="Waiting for connections"):
        yield port


@pytest.mark.parametrize("scheme", ["nats", "tls"])
async def test_both_connections_to_nats_speak_tls(folder: Path, nats_port: int, scheme: str) -> None:
    """The service's own and the broker's."""
    secrets, url = _secrets(folder, "server", "client"), f"{scheme}://127.0.0.1:{nats_port}"
    client = await connect_nats(url, name="api", secrets=secrets)
    broker = make_broker(url, name="api", secrets=secrets)
    await broker.start()

    assert client.is_connected
    assert await broker.ping(timeout=5)
    await broker.stop()
    await client.close()


@pytest.mark.parametrize(
    ("authority", "certificate", "words"),
    [
        ("stranger", "client", "the certificate of NATS is not trusted .*; check TAIN_NATS_CA_FILE"),
        ("server", "expired", "NATS (does not agree on TLS|breaks off the connection).*TAIN_NATS_CERT_FILE"),
        ("server", None, "NATS (does not agree on TLS|breaks off the connection).*TAIN_NATS_CERT_FILE"),
    ],
)
async def test_what_is_wrong_with_nats_is_one_plain_line(
    folder: Path, nats_port: int, authority: str, certificate: str | None, words: str
) -> None:
    """Whom we do not trust, and who is not trusted."""
    with pytest.raises(TainError, match=words) as caught:
        await connect_nats(
            f"nats://127.0.0.1:{nats_port}", name="api", secrets=_secrets(folder, authority, certificate)
        )

    assert "\n" not in caught.value.message


async def test_nats_without_tls_is_refused_where_it_was_asked_for(folder: Path, nats_url: str) -> None:
    """One line tells what to do."""
    with pytest.raises(InvalidInput, match="does not offer TLS"):
        await connect_nats(nats_url, name="api", secrets=_secrets(folder, "server", None))


class _InTheOpen:
    """Who stands in the place of NATS, claims that there is no TLS, and keeps what it is told."""

    def __init__(self) -> None:
        self.told = b""
        self.asked = asyncio.Queue[None]()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"version":"2.11.0","auth_required":true,"tls_required":false,"max_payload":1048576}\r\n')
        self.told += await reader.read()
        writer.close()
        self.asked.put_nowait(None)


@pytest.fixture
async def in_the_open() -> AsyncIterator[tuple[_InTheOpen, str]]:
    """Listen."""
    stranger = _InTheOpen()
    server = await asyncio.start_server(stranger.answer, "127.0.0.1", 0)
    async with server:
        yield stranger, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("way", ["tls:// in the URL", "an authority"])
async def test_nothing_is_said_in_the_open_to_who_was_to_be_proved(
    folder: Path, in_the_open: tuple[_InTheOpen, str], way: str
) -> None:
    """No name and no password, by the service's own connection nor by the broker's, which tries again for ever."""
    stranger, place = in_the_open
    credentials = folder / "credentials"
    credentials.write_text("api:secret")
    authority = folder / "server" / "authority.pem" if way == "an authority" else None
    secrets = ServerSecrets(nats_credentials_file=credentials, nats_ca_file=authority)
    url = f"{'nats' if authority else 'tls'}://{place}"

    with pytest.raises(InvalidInput, match="does not offer TLS"):
        await connect_nats(url, name="api", secrets=secrets)
    starting = asyncio.create_task(make_broker(url, name="api", secrets=secrets).start())
    async with asyncio.timeout(30):
        for _ in range(3):
            await stranger.asked.get()
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting

    assert stranger.told == b""


async def test_mongodb_speaks_tls(folder: Path, mongo_port: int) -> None:
    """By a file of the environment, or by the URL alone."""
    file = folder / "server" / "authority.pem"
    url = f"mongodb://127.0.0.1:{mongo_port}/tain"
    for database in (
        connect(url, secrets=ServerSecrets(mongo_ca_file=file)),
        connect(f"{url}?tls=true&tlsCAFile={file}"),
    ):
        assert await database["things"].find_one() is None
        database.client.close()


async def test_a_stranger_in_the_place_of_mongodb_is_one_plain_line(folder: Path, mongo_port: int) -> None:
    """The line names what to look at."""
    secrets = ServerSecrets(mongo_ca_file=folder / "stranger" / "authority.pem")
    database = connect(f"mongodb://127.0.0.1:{mongo_port}/tain", secrets=secrets, find_timeout_s=1)

    with pytest.raises(StoreUnavailable, match=r"certificate of MongoDB is not trusted .*; check TAIN_MONGO") as caught:
        async with asking():
            await database["things"].find_one()

    database.client.close()
    assert "\n" not in caught.value.message


def _secrets(folder: Path, authority: str, certificate: str | None) -> ServerSecrets:
    return ServerSecrets(
        nats_ca_file=folder / authority / "authority.pem",
        nats_cert_file=None if certificate is None else folder / certificate / "server.pem",
    )
