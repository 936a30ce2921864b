"""Passive mirrors: the index at once, each file when a client first asks for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.conda_source import CondaSource
from tests.support.faults import Held
from tests.support.mirrored import Mirrored, mirror
from tests.support.packages import a_package
from tests.support.solve import ClientForm
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

BETA = a_package("beta", extension=".tar.bz2")
ALPHA = a_package("alpha", depends=["beta >=1"], run_exports={"weak": ["alpha >=1"]})
GAMMA = a_package("gamma", subdir="linux-64", depends=["alpha"])
LARGE = a_package("large", padding_bytes=3_000_000)
OTHER = a_package("other", padding_bytes=200_000)
PACKAGES = (ALPHA, BETA, GAMMA, LARGE, OTHER)


@pytest.fixture(scope="module")
def source(make_source: MakeSource) -> CondaSource:
    """Return a source that offers every index form."""
    return make_source(PACKAGES)


@pytest.fixture(scope="module")
def passive(stack: Stack, source: CondaSource) -> Mirrored:
    """Return a passive mirror of it that has run."""
    return mirror(stack, "passive", source.url)


def test_a_passive_run_lists_all_files_and_fetches_none(passive: Mirrored, source: CondaSource) -> None:
    """Metadata only: that is what makes a passive mirror quick to begin with."""
    assert passive.listed() == {package.filename for package in PACKAGES if package.subdir == "noarch"}
    assert passive.listed("linux-64") == {GAMMA.filename}
    assert passive.count()["passive"] == len(PACKAGES)
    assert not [package for package in (ALPHA, BETA, GAMMA) if source.count(package.path) > 1]


@pytest.mark.parametrize("form", [ClientForm.SHARDS, ClientForm.ZST, ClientForm.JSON])
def test_a_client_installs_whichever_index_form_it_reads(passive: Mirrored, form: ClientForm) -> None:
    """Clients of all ages read the same channel."""
    with passive.install("gamma", form=form) as environment:
        assert environment.outcome.filenames == {GAMMA.filename, ALPHA.filename, BETA.filename}
        assert all(environment.has(package.installed_path) for package in (ALPHA, BETA, GAMMA))


def test_a_second_client_is_served_from_the_store(passive: Mirrored, source: CondaSource) -> None:
    """What was fetched once is ours."""
    for _ in range(2):
        with passive.install("alpha"):
            pass

    assert source.count(ALPHA.path) == 1
    assert source.count(BETA.path) == 1


def test_a_file_is_fetched_once_however_many_ask_at_the_same_time(passive: Mirrored, source: CondaSource) -> None:
    """A hundred build machines start at once; the source sees one request."""
    source.break_files({OTHER.path: Held()})
    with ThreadPoolExecutor(12) as clients:
        answers = [clients.submit(passive.get, OTHER.path) for _ in range(12)]
        source.wait_for_request(OTHER.path)
        source.mend()
        bodies = {answer.result(30).content for answer in answers}

    assert bodies == {OTHER.data}
    assert source.count(OTHER.path) == 1


def test_a_client_gets_the_first_bytes_while_the_source_still_sends(passive: Mirrored, source: CondaSource) -> None:
    """A client must not wait, nor time out, until a large file is stored."""
    source.break_files({LARGE.path: Held()})
    with passive.http.stream("GET", f"{passive.url}/{LARGE.path}") as answer:
        pieces = answer.iter_raw()
        first = next(pieces)
        source.mend()
        whole = first + b"".join(pieces)

    assert whole == LARGE.data


def test_stored_files_install_after_the_source_is_gone(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """A mirror is worth its disk when the source is away."""
    source = make_source((ALPHA, BETA))
    mirrored = mirror(stack, channel, source.url)
    with mirrored.install("alpha"):
        source.close()
    with mirrored.install("alpha") as environment:
        assert environment.has(ALPHA.installed_path)


def test_a_file_that_is_not_stored_fails_clearly_while_the_source_is_gone(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """A client must tell "try later" from "there is no such file"."""
    unlike = a_package("unlike", padding_bytes=10)
    source = make_source((unlike,))
    mirrored = mirror(stack, channel, source.url)
    source.close()

    answer = mirrored.get(unlike.path)

    assert answer.status_code in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)


def test_a_path_that_the_index_does_not_list_is_not_fetched(passive: Mirrored, source: CondaSource) -> None:
    """A mirror is no open proxy to its source."""
    answer = passive.get("noarch/unknown-1.0-h0_0.conda")

    assert answer.status_code == httpx.codes.NOT_FOUND
    assert source.count("noarch/unknown-1.0-h0_0.conda") == 0
