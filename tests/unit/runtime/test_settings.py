"""Settings come from the environment, and a wrong one is named."""

import os
from pathlib import Path

import msgspec
import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.runtime.settings import read_settings


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of every type in use."""

    nats_url: str
    port: int = 8080
    pause_s: float = 1.5
    folder: Path = Path("x")
    file_sources: tuple[str, ...] = ()
    proxy: str | None = None


def test_values_are_read_by_their_names() -> None:
    """TAIN_ and the field in capitals; lists are separated like PATH."""
    sources = os.pathsep.join(["one", "two"])
    settings = read_settings(
        Example,
        {"TAIN_NATS_URL": "nats://n", "TAIN_PORT": "1", "TAIN_FOLDER": "/srv", "TAIN_FILE_SOURCES": sources},
    )

    assert settings == Example(nats_url="nats://n", port=1, folder=Path("/srv"), file_sources=("one", "two"))


def test_an_empty_value_is_no_value() -> None:
    """As compose files and shells write "not set"."""
    assert read_settings(Example, {"TAIN_NATS_URL": "n", "TAIN_PORT": "", "TAIN_PROXY": ""}).port == 8080


@pytest.mark.parametrize("environ", [{}, {"TAIN_NATS_URL": ""}])
def test_a_missing_value_is_named(environ: dict[str, str]) -> None:
    """The operator learns which variable to set."""
    with pytest.raises(InvalidInput, match="TAIN_NATS_URL"):
        read_settings(Example, environ)


def test_an_unreadable_value_is_named() -> None:
    """And not shown: it may be a secret in the wrong place."""
    with pytest.raises(InvalidInput, match="TAIN_PORT"):
        read_settings(Example, {"TAIN_NATS_URL": "n", "TAIN_PORT": "many"})
