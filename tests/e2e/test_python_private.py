"""Private Python channels: pip and uv send the token as a user, or have it in the path; sources with a login."""

from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest

from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, mirror_python
from tests.support.python_clients import ClientFailed, pip_install, uv_install, with_token
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

ALPHA, BETA = a_wheel("alpha", "1.0", requires=["Beta"]), a_wheel("Beta", "1.0")
_USER = "reader:s3cret-pass-w0rd"

_WAYS: dict[str, Callable[[Mirrored], str]] = {
    "as user": lambda private: with_token(index_of(private), private.stack.token),
    "in the path, at its root": lambda private: index_of(private).replace(
        "/api/repo/", f"/t/{private.stack.token}/api/repo/"
    ),
    "in the path, before the channel": lambda private: index_of(private).replace(
        "/api/repo/", f"/api/repo/t/{private.stack.token}/"
    ),
}


@pytest.fixture(scope="module")
def source() -> Iterator[PythonSource]:
    """Return a source that asks for a user."""
    with closing(PythonSource((ALPHA, BETA), user=_USER)) as index:
        yield index


@pytest.fixture(scope="module", params=["passive", "active"])
def private(stack: Stack, source: PythonSource, request: pytest.FixtureRequest) -> Mirrored:
    """Return a private channel of it."""
    mirrored = mirror_python(stack, f"py-private-{request.param}", source.root, mode=request.param)
    stack.api.update_channel(mirrored.channel, privacy="private")
    return mirrored


@pytest.mark.parametrize("way", _WAYS)
def test_clients_install_with_a_token(private: Mirrored, way: str) -> None:
    """Also what another project needs, whose page they find from the first."""
    index = _WAYS[way](private)

    with pip_install("alpha", index=index) as by_pip, uv_install("alpha", index=index) as by_uv:
        assert by_pip.versions() == by_uv.versions() == {"alpha": "1.0", "beta": "1.0"}


def test_a_page_with_a_token_in_its_path_leads_to_files_with_it(private: Mirrored) -> None:
    """Or the next request would be a stranger's; a redirect keeps it as well."""
    index = _WAYS["in the path, at its root"](private)
    answer = httpx.get(f"{index}/Beta", follow_redirects=True)
    url = answer.url.join(httpx.get(str(answer.url), headers=_JSON).json()["files"][0]["url"])

    assert private.stack.token in str(answer.url)
    assert httpx.get(url).content == BETA.data


def test_without_a_token_there_is_nothing(private: Mirrored) -> None:
    """Neither list, pages nor files; the answer tells clients how to ask."""
    for path in ("simple/", "simple/alpha/", ALPHA.ckey, f"{ALPHA.ckey}.metadata", "pypi/alpha/json"):
        answer = httpx.get(f"{private.url}/{path}")
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["www-authenticate"].startswith("Basic")
    with pytest.raises(ClientFailed), pip_install("alpha", index=index_of(private)):
        pass
    with pytest.raises(ClientFailed), uv_install("alpha", index=index_of(private)):
        pass


def test_the_sources_login_shows_nowhere(private: Mirrored) -> None:
    """Neither in answers nor in logs."""
    secret = _USER.partition(":")[2]
    shown = [private.get(path).text for path in ("simple/", "simple/alpha/")]

    assert private.show()["source_root"].startswith("http://****@")
    assert not any(
        secret in text for text in (*shown, str(private.show()), private.stack.service_logs(last_lines=5000))
    )


_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
