"""What a path below a channel asks for."""

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ecosystems.served import (
    ArtifactPath,
    CompanionPath,
    IndexPath,
    MovedPath,
    NegotiatedPath,
    PagePath,
    Served,
)
from tests.support.python_records import ECO

WHEEL = "De_Mo-1.0-py3-none-any.whl"


def page(form: str, version: str | None = None) -> PagePath:
    """Return the JSON API's page of a project."""
    return PagePath(partition="simple", name="de-mo", form=form, content_type="application/json", version=version)


def companion(ending: str, content_type: str) -> CompanionPath:
    """Return what is beside the wheel."""
    return CompanionPath(
        partition="simple", name="de-mo", filename=f"{WHEEL}{ending}", of=WHEEL, content_type=content_type
    )


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("simple/index.html", IndexPath(path="simple/index.html")),
        ("simple/index.json", IndexPath(path="simple/index.json")),
        (f"simple/de-mo/{WHEEL}", ArtifactPath(partition="simple", name="de-mo", filename=WHEEL)),
        (f"simple/De.Mo/{WHEEL}", ArtifactPath(partition="simple", name="de-mo", filename=WHEEL)),
        (f"simple/de-mo/{WHEEL}.metadata", companion(".metadata", "text/plain; charset=utf-8")),
        (f"simple/de-mo/{WHEEL}.asc", companion(".asc", "application/pgp-signature")),
        (
            f"integrity/De.Mo/1.0/{WHEEL}/provenance",
            companion(".provenance", "application/vnd.pypi.integrity.v1+json"),
        ),
        ("pypi/de-mo/json", page("api")),
        ("pypi/de-mo/1.0/json", page("api", "1.0")),
    ],
)
def test_a_path_asks_for_one_thing(path: str, served: Served) -> None:
    """Files are found under any spelling of the name."""
    assert ECO.route(path) == served


@pytest.mark.parametrize(
    "path",
    [
        "",
        "simpl",
        "simple/..",
        "simple/ä",
        "simple/demo/x",
        "simple/demo/index.html",
        "simple/demo/.metadata",
        "simple/demo/x.metadata",
        f"simple/-/{WHEEL}",
        "simple/demo/a/b.whl",
        "integrity/demo/1.0/x/provenance",
        f"integrity/demo/1.0/{WHEEL}",
        "integrity",
        "pypi",
        "pypi/demo",
        "pypi/-/json",
        "pypi/demo/" + "1" * 300 + "/json",
        "linux-64/repodata.json",
        "cran/src/contrib/PACKAGES",
    ],
)
def test_other_paths_are_nothing_of_ours(path: str) -> None:
    """Other ecosystems are asked then."""
    assert ECO.route(path) is None


def test_lists_and_pages_are_there_in_three_media_types() -> None:
    """HTML for whoever says nothing, as browsers and the oldest tools do."""
    types = ["text/html", "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html"]
    listed, found = ECO.route("simple", is_folder=True), ECO.route("simple/de-mo", is_folder=True)

    assert isinstance(listed, NegotiatedPath)
    assert isinstance(found, NegotiatedPath)
    assert [choice.content_type for choice in listed.choices] == types
    assert [choice.content_type for choice in found.choices] == types
    assert {choice.name for choice in found.choices if isinstance(choice, PagePath)} == {"de-mo"}


@pytest.mark.parametrize(
    ("path", "is_folder", "to"),
    [
        ("simple", False, "simple/"),
        ("simple/de-mo", False, "simple/de-mo/"),
        ("simple/De.Mo", False, "simple/de-mo/"),
        ("simple/De.Mo", True, "simple/de-mo/"),
        ("pypi/De_Mo/json", False, "pypi/de-mo/json"),
        ("pypi/De_Mo/1.0 x/json", False, "pypi/de-mo/1.0%20x/json"),
    ],
)
def test_a_page_has_one_address(path: str, is_folder: bool, to: str) -> None:
    """Others lead to it, relatively: a token before the channel stays where it is (PEP 503)."""
    served = ECO.route(path, is_folder=is_folder)
    base = "https://tain.example/t/TOKEN/api/repo/ch/"

    assert isinstance(served, MovedPath)
    assert urljoin(f"{base}{path}{'/' if is_folder else ''}", served.location) == f"{base}{to}"


_SEGMENTS = (
    st.sampled_from(["simple", "pypi", "integrity", "json", "provenance", "", "..", WHEEL, "De_Mo", "x"]) | st.text()
)


@given(st.lists(_SEGMENTS, max_size=5).map("/".join), st.booleans())
def test_any_path_is_answered(path: str, is_folder: bool) -> None:
    """Paths come from clients as they are."""
    served = ECO.route(path, is_folder=is_folder)
    if isinstance(served, MovedPath):
        assert served.location.isascii()
