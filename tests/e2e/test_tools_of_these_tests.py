"""The packages, the source and the client of these tests do what the tests believe, without Tain between them."""

from collections.abc import Callable

import httpx
import pytest

from tests.support import read_index
from tests.support.conda_source import CondaSource
from tests.support.faults import Corrupt, Fault, Missing, ServerError, Truncated, WrongSize
from tests.support.packages import Digests, a_package
from tests.support.solve import ClientFailed, ClientForm, Order, install

MakeSource = Callable[..., CondaSource]

BETA = a_package("beta", extension=".tar.bz2", digests=Digests.MD5_ONLY)
ALPHA = a_package("alpha", depends=["beta >=1"], padding_bytes=5_000)
GAMMA = a_package("gamma", subdir="linux-64", depends=["alpha"])


@pytest.fixture(scope="module")
def source(make_source: MakeSource) -> CondaSource:
    """Return a source with packages of both formats."""
    return make_source((ALPHA, BETA, GAMMA))


def test_the_same_package_has_the_same_bytes() -> None:
    """So that digests may be compared across processes."""
    assert a_package("alpha", depends=["beta >=1"], padding_bytes=5_000) == ALPHA


@pytest.mark.parametrize("form", list(ClientForm))
def test_a_client_installs_straight_from_the_source(source: CondaSource, form: ClientForm) -> None:
    """Packages and all index forms are real enough for py-rattler."""
    with install(Order(channels=(source.url,), specs=("gamma",), form=form)) as environment:
        assert all(environment.has(package.installed_path) for package in (ALPHA, BETA, GAMMA))


@pytest.mark.parametrize(
    "fault", [Corrupt(), Missing(), ServerError(), Truncated(), WrongSize()], ids=lambda fault: type(fault).__name__
)
def test_a_client_notices_each_fault(source: CondaSource, fault: Fault) -> None:
    """Else a test on faults would prove nothing."""
    source.break_files({ALPHA.path: fault})

    with pytest.raises(ClientFailed), install(Order(channels=(source.url,), specs=("alpha",))):
        pass
    source.mend()


def test_our_own_reader_agrees_with_the_packages(source: CondaSource) -> None:
    """In every form."""
    with httpx.Client() as http:
        forms = read_index.listed_everywhere(http, source.url)

    assert set(forms.values()) == {frozenset({ALPHA.filename, BETA.filename})}
