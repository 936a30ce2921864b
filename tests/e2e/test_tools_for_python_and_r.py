"""Packages, sources and clients for Python and R do what the tests believe, without Tain between them."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.cran_packages import an_archived_package, an_r_package
from tests.support.cran_source import ALL_INDEX_FILES, CranSource, IndexFile
from tests.support.faults import Corrupt
from tests.support.python_clients import ClientFailed, pip_download, pip_install, pip_report, uv_install, uv_resolve
from tests.support.python_index import Habits, Metadata, PageForm
from tests.support.python_packages import a_wheel, an_sdist
from tests.support.python_source import PythonSource
from tests.support.r import needs_r
from tests.support.r_client import available, r_install

ALPHA = a_wheel("alpha", "1.0", requires=["Beta.Two>=1"])
YANKED = a_wheel("alpha", "2.0", yanked="it eats files")
BETA = an_sdist("Beta.Two", "1.1")
R_ALPHA = an_r_package("alpha", Imports="beta (>= 1.0), stats")
R_BETA = an_r_package("beta", "1.1", Depends="R (>= 3.5)")
R_OLD = an_archived_package("beta", "1.0")
R_OLDER = an_archived_package("beta", "0.9")
R_NEW = an_r_package("toonew", Depends="R (>= 99.0)")
R_WINDOWS = an_r_package("alpha", folder="bin/windows/contrib/4.3")


@pytest.fixture(scope="module", params=[PageForm.JSON, PageForm.HTML, PageForm.PLAIN])
def index(request: pytest.FixtureRequest) -> Iterator[PythonSource]:
    """Return a simple index in one form."""
    with closing(PythonSource((ALPHA, YANKED, BETA), forms=(request.param,))) as source:
        yield source


@pytest.fixture(scope="module")
def repository() -> Iterator[CranSource]:
    """Return a CRAN-like repository."""
    with closing(CranSource((R_ALPHA, R_BETA, R_OLDER, R_OLD, R_NEW, R_WINDOWS))) as source:
        yield source


def test_the_same_python_file_has_the_same_bytes() -> None:
    """So that digests may be compared across processes."""
    assert a_wheel("alpha", "1.0", requires=["Beta.Two>=1"]) == ALPHA
    assert an_sdist("Beta.Two", "1.1") == BETA


def test_pip_and_uv_install_straight_from_the_source(index: PythonSource) -> None:
    """Wheels, sdists and pages are real enough for both."""
    with pip_install("alpha", index=index.root) as by_pip, uv_install("alpha", index=index.root) as by_uv:
        assert by_pip.versions() == by_uv.versions() == {"alpha": "1.0", "beta_two": "1.1"}
        assert by_pip.imported("alpha") == by_uv.imported("alpha") == "1.0"
    assert pip_download("alpha==2.0", index=index.root) == {YANKED.filename}
    assert pip_report("alpha", index=index.root) == {"alpha": "1.0", "Beta.Two": "1.1"}
    assert uv_resolve("alpha", index=index.root) == {"alpha": "1.0", "beta-two": "1.1"}


def test_pip_and_uv_notice_wrong_bytes(index: PythonSource) -> None:
    """Else a test on digests would prove nothing."""
    index.break_files({ALPHA.path: Corrupt()})
    try:
        with pytest.raises(ClientFailed), pip_install("alpha", index=index.root):
            pass
        with pytest.raises(ClientFailed), uv_install("alpha", index=index.root):
            pass
    finally:
        index.mend()


def test_a_clients_own_settings_are_out_of_the_way(index: PythonSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine is configured with must not help a test to pass."""
    for name in ("PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "R_LIBS"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/nothing")

    assert pip_report("alpha", index=index.root)["alpha"] == "1.0"
    assert uv_resolve("alpha", index=index.root)["alpha"] == "1.0"


def test_a_source_tells_serials_by_project() -> None:
    """A project's grows when something of it changes, no other."""
    with closing(PythonSource((ALPHA, BETA), habits=Habits(has_serials=True, metadata=Metadata.ABSENT))) as source:
        first = dict(source.serials)
        source.publish((ALPHA, YANKED, BETA))

        assert source.serials["Beta.Two"] == first["Beta.Two"]
        assert source.serials["alpha"] > max(first.values())


@needs_r
def test_r_installs_straight_from_the_source(repository: CranSource) -> None:
    """Packages and indexes are real enough for R, which leaves out what asks for a newer R."""
    with r_install("alpha", repository=repository.url) as library:
        assert library.versions() == {"alpha": "1.0", "beta": "1.1"}
    assert available(repository.url) == {"alpha": "1.0", "beta": "1.1"}
    assert available(repository.url, filters=())["toonew"] == "1.0"
    assert available(repository.url, contrib=f"{repository.url}/bin/windows/contrib/4.3") == {"alpha": "1.0"}
    with r_install("unknown", repository=repository.url) as empty:
        assert empty.versions() == {}


@needs_r
@pytest.mark.parametrize("form", [IndexFile.RDS, IndexFile.GZ, IndexFile.PLAIN])
def test_r_reads_each_form_alone(form: IndexFile) -> None:
    """It falls back without a word, so that each must be shown to be whole."""
    with closing(CranSource((R_ALPHA, R_BETA), index_files=(form,))) as source:
        assert available(source.url) == {"alpha": "1.0", "beta": "1.1"}


@needs_r
def test_the_same_packages_give_the_same_index_files() -> None:
    """An unchanged source must look unchanged."""
    with closing(CranSource((R_BETA, R_OLD))) as one, closing(CranSource((R_BETA, R_OLD))) as other:
        assert {f"src/contrib/{name}" for name in ALL_INDEX_FILES} < one.etags().keys()
        assert one.etags() == other.etags()
