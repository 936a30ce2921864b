"""Two api processes that pass the same file of a passive mirror: the source is asked once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen

import httpx
import msgspec
import pytest

from deploy.embedded.servers import free_port
from tests.e2e.conftest import MakeSource
from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.processes import running_services
from tests.support.stack import Stack

SHARED = a_package("shared", padding_bytes=400_000)
LEFT = a_package("left", padding_bytes=400_000)
CLIENTS = 6


class OtherApi(msgspec.Struct, frozen=True, kw_only=True):
    """An api process beside the stack's own."""

    url: str
    process: "Popen[bytes]"

    def is_ready(self) -> bool:
        """Tell whether it answers."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@pytest.fixture
def other(stack: Stack, tmp_path: Path) -> Iterator[OtherApi]:
    """Return a second api on the same NATS, MongoDB and blob store."""
    data, port = stack.folder / "data", free_port()
    settings = {
        "TAIN_NATS_URL": stack.nats_url,
        "TAIN_MONGO_URL": stack.mongo_url,
        "TAIN_BLOBS_URL": (data / "blobs").as_uri(),
        "TAIN_SECRET_KEY_FILE": str(data / "secret.key"),
        "TAIN_ADMIN_TOKEN_FILE": str(data / "admin.token"),
        "TAIN_PORT": str(port),
    }
    with running_services("api", tmp_path / "logs", settings=settings) as (process,):
        api = OtherApi(url=f"http://127.0.0.1:{port}", process=process)
        eventually(api.is_ready, within_s=30, what="the other api to answer")
        yield api


@pytest.fixture(scope="module")
def source(make_source: MakeSource) -> CondaSource:
    """Return a source of two packages."""
    return make_source((SHARED, LEFT))


@pytest.fixture(scope="module")
def passive(stack: Stack, source: CondaSource) -> Mirrored:
    """Return a passive mirror of it that has run."""
    return mirror(stack, "two-apis", source.url)


def test_a_file_is_fetched_once_by_two_apis(
    stack: Stack, other: OtherApi, passive: Mirrored, source: CondaSource
) -> None:
    """One holds the lease and streams; the other waits for the store."""
    source.break_files({SHARED.path: Held()})
    urls = [f"{url}/api/repo/two-apis/{SHARED.path}" for url in (other.url, stack.url)] * CLIENTS
    with ThreadPoolExecutor(len(urls)) as clients:
        answers = [clients.submit(httpx.get, url, timeout=60) for url in urls]
        source.wait_for_request(SHARED.path)
        # By the time that they answer something else they have what was asked before.
        assert passive.get("noarch/repodata.json").status_code == httpx.codes.OK
        assert other.is_ready()
        source.mend()
        bodies = {answer.result(60).content for answer in answers}

    assert bodies == {SHARED.data}
    assert source.count(SHARED.path) == 1


def test_an_api_takes_over_from_one_that_was_killed(stack: Stack, other: OtherApi, source: CondaSource) -> None:
    """Its lease runs out; the clients of the other one get the file all the same."""
    source.break_files({LEFT.path: Held()})
    with ThreadPoolExecutor(2) as clients:
        broken = clients.submit(httpx.get, f"{other.url}/api/repo/two-apis/{LEFT.path}", timeout=60)
        source.wait_for_request(LEFT.path)
        waiting = clients.submit(httpx.get, f"{stack.url}/api/repo/two-apis/{LEFT.path}", timeout=60)
        other.process.kill()
        with pytest.raises(httpx.HTTPError):
            broken.result(60)
        eventually(lambda: source.count(LEFT.path) == 2, within_s=40, what="the other api to ask")
        source.mend()

        assert waiting.result(60).content == LEFT.data
    assert source.count(LEFT.path) == 2
