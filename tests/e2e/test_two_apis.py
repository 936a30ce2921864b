"""Two api processes on the same stores.

They pass the same file or page of a passive mirror, and the source is asked once; who may do what is
the same at both.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from subprocess import Popen

import httpx
import msgspec
import pytest

from deploy.embedded.folder import DataFolder
from deploy.embedded.servers import free_port
from tests.e2e.conftest import MakeSource
from tests.support.conda_source import CondaSource
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.mirrored import Mirrored, mirror
from tests.support.mirrored_python import mirror_python
from tests.support.packages import a_package
from tests.support.processes import running_services
from tests.support.python_index import PageForm
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

SHARED = a_package("shared", padding_bytes=400_000)
LEFT = a_package("left", padding_bytes=400_000)
CLIENTS = 6
MANY = 2_100
"""More names than a passive mirror reads before somebody asks for them."""


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
        "TAIN_NATS_URL": f"nats://{stack.nats_url.rpartition('@')[2]}",
        "TAIN_NATS_CREDENTIALS_FILE": str(DataFolder(path=data).nats_credentials("api")),
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


def test_what_is_revoked_at_one_api_is_refused_at_the_other(stack: Stack, other: OtherApi) -> None:
    """A sign-in of one is good at both; so is a token, until it is revoked, and the pause after wrong passwords."""
    password = DataFolder(path=stack.folder / "data").admin_password.read_text().strip()
    login = httpx.post(f"{stack.url}/api/auth/login", json={"username": "admin", "password": password}, timeout=30)
    with httpx.Client(headers={"Authorization": f"Bearer {login.json()['token']}"}, timeout=30) as signed_in:
        made = signed_in.post(
            f"{other.url}/api/account/tokens", json={"name": "two-apis", "scopes": ["channel:view"]}
        ).json()

        def status() -> int:
            return httpx.get(f"{other.url}/api/account", headers={"X-Auth": made["token"]}, timeout=30).status_code

        assert status() == httpx.codes.OK
        assert signed_in.delete(f"{stack.url}/api/account/tokens/{made['id']}").status_code == httpx.codes.NO_CONTENT
        eventually(lambda: status() == httpx.codes.UNAUTHORIZED, within_s=5, what="the other api to refuse the token")

        assert signed_in.post(f"{other.url}/api/auth/logout").status_code == httpx.codes.NO_CONTENT
        eventually(
            lambda: signed_in.get(f"{stack.url}/api/account").status_code == httpx.codes.UNAUTHORIZED,
            within_s=5,
            what="the sign-in to be over at both",
        )
    wrong = {"username": "nobody", "password": "not the password"}
    answers = [httpx.post(f"{stack.url}/api/auth/login", json=wrong, timeout=30).status_code for _ in range(5)]
    assert set(answers) == {httpx.codes.UNAUTHORIZED}
    assert httpx.post(f"{other.url}/api/auth/login", json=wrong, timeout=30).status_code == 429


class TestNamesThatNobodyRead:
    """A passive mirror of a large index."""

    @pytest.fixture(scope="class")
    def source(self) -> Iterator[PythonSource]:
        """Return an index of many projects."""
        files = [a_wheel(f"lode-{number:04}", "1.0") for number in range(MANY)]
        with closing(PythonSource(files, forms=(PageForm.JSON,))) as index:
            yield index

    @pytest.fixture(scope="class")
    def whole(self, stack: Stack, source: PythonSource) -> Mirrored:
        """Return a passive mirror of all of it."""
        return mirror_python(stack, "two-apis-py", source.root)

    def test_a_page_is_read_once_by_two_apis(
        self, stack: Stack, other: OtherApi, whole: Mirrored, source: PythonSource
    ) -> None:
        """One holds the lease and reads; the other waits for what it keeps."""
        path = "simple/lode-0001/"
        source.break_files({path: Held()})
        urls = [f"{url}/api/repo/two-apis-py/{path}" for url in (other.url, stack.url)] * CLIENTS
        with ThreadPoolExecutor(len(urls)) as clients:
            answers = [clients.submit(httpx.get, url, timeout=60) for url in urls]
            source.wait_for_request(path)
            # By the time that they answer something else they have what was asked before.
            assert whole.get("simple/").status_code == httpx.codes.OK
            assert other.is_ready()
            source.mend()
            bodies = {answer.result(60).content for answer in answers}

        assert len(bodies) == 1
        assert b"lode_0001-1.0" in bodies.pop()
        assert source.count(path) == 1

    def test_an_api_reads_what_a_killed_one_was_reading(
        self, other: OtherApi, whole: Mirrored, source: PythonSource
    ) -> None:
        """Its lease runs out; whoever waited too long for that comes back."""
        path = "simple/lode-0002/"
        source.break_files({path: Held()})
        with ThreadPoolExecutor(1) as clients:
            broken = clients.submit(httpx.get, f"{other.url}/api/repo/two-apis-py/{path}", timeout=60)
            source.wait_for_request(path)
            other.process.kill()
            with pytest.raises(httpx.HTTPError):
                broken.result(60)
        source.mend()
        eventually(lambda: whole.get(path).status_code == httpx.codes.OK, within_s=40, what="the other api to read it")

        assert source.count(path) == 2
