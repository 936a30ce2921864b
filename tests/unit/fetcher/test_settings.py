"""What the operator can set for a fetcher."""

import pytest

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


def test_a_fetcher_that_fetches_nothing_is_refused() -> None:
    """Zero transfers at once would wait for ever."""
    with pytest.raises(InvalidInput, match="TAIN_FILES_AT_ONCE"):
        read_settings(FetcherSettings, ENVIRON | {"TAIN_FILES_AT_ONCE": "0"})
