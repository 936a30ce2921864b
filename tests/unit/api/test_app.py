"""Settings that the api does not start with."""

from pathlib import Path

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.runtime.settings import read_settings
from services.api.app import read_admin_token
from services.api.settings import Settings


def some_settings(**environment: str) -> Settings:
    """Return settings with dull values."""
    needed = {
        "TAIN_NATS_URL": "nats://127.0.0.1",
        "TAIN_MONGO_URL": "mongodb://127.0.0.1",
        "TAIN_BLOBS_URL": "file:///blobs",
        "TAIN_SECRET_KEY_FILE": "secret.key",
        "TAIN_ADMIN_TOKEN_FILE": "admin.token",
    }
    return read_settings(Settings, needed | environment)


def test_settings_have_safe_defaults() -> None:
    """Nobody else reaches a server that was just started, and no file is a source."""
    settings = some_settings()

    assert (settings.host, settings.port, settings.file_sources) == ("127.0.0.1", 8080, ())


def test_the_token_is_read_without_its_line_end(tmp_path: Path) -> None:
    """Editors and `echo` add one."""
    file = tmp_path / "admin.token"
    file.write_text("a-long-enough-token\n")

    assert read_admin_token(some_settings(TAIN_ADMIN_TOKEN_FILE=str(file))) == "a-long-enough-token"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "TAIN_ADMIN_TOKEN_FILE"),
        (b"", "16 characters"),
        (b"short", "16 characters"),
        (b"\xff" * 20, "can't be read"),
    ],
)
def test_a_token_that_could_be_guessed_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    """An empty token would open everything."""
    file = tmp_path / "admin.token"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(InvalidInput, match=said):
        read_admin_token(some_settings(TAIN_ADMIN_TOKEN_FILE=str(file)))
