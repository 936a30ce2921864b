"""What the operator can set for a fetcher."""

import pytest

from libs.common.adapters.blobs.partials import PARTIAL_LIMIT_BYTES
from libs.common.domain.errors import InvalidInput
from libs.common.runtime.settings import read_settings
from services.fetcher.settings import FetcherSettings

ENVIRON = {
    "TAIN_NATS_URL": "nats://localhost:4222",
    "TAIN_BLOBS_URL": "file:///blobs",
    "TAIN_SECRET_KEY_FILE": "/key",
    "TAIN_FILE_SOURCES": "/a:/b",
}


def test_settings_come_from_the_environment() -> None:
    """The rest has defaults that suit one machine."""
    settings = read_settings(FetcherSettings, ENVIRON)

    assert settings.file_sources == ("/a", "/b")
    assert settings.files_at_once == 16


def test_the_limit_of_partial_files_is_that_of_the_store() -> None:
    """Stated once for operators and once for the code."""
    assert read_settings(FetcherSettings, ENVIRON).partial_limit_mb * 1024 * 1024 == PARTIAL_LIMIT_BYTES


def test_a_fetcher_that_fetches_nothing_is_refused() -> None:
    """Zero transfers at once would wait for ever."""
    with pytest.raises(InvalidInput, match="TAIN_FILES_AT_ONCE"):
        read_settings(FetcherSettings, ENVIRON | {"TAIN_FILES_AT_ONCE": "0"})
