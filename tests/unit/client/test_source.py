"""What may be typed as SOURCE."""

from pathlib import Path

import pytest

from libs.client.errors import ClientError, CommandFailed
from libs.client.source import source_url, with_hint


def test_a_url_stays_as_it_is() -> None:
    """The server checks it."""
    assert source_url("https://up.example/t/secret/main") == "https://up.example/t/secret/main"


def test_a_folder_becomes_a_file_url(tmp_path: Path) -> None:
    """Blanks and all."""
    (tmp_path / "my channel").mkdir()

    assert source_url(str(tmp_path / "my channel")) == f"file://{tmp_path}/my%20channel"


def test_what_is_neither_is_refused() -> None:
    """A channel's bare name, as conda takes it, names no server."""
    with pytest.raises(CommandFailed, match="neither a URL"):
        source_url("conda-forge")


def test_a_refused_folder_says_how_to_allow_it() -> None:
    """The user here is often the operator, too."""
    refused = ClientError("no", status=400, code="source_not_allowed")

    assert "--allow-file-source '/mnt/my usb'" in str(with_hint(refused, "file:///mnt/my%20usb"))
    assert with_hint(refused, "https://up.example") is refused
    assert with_hint(other := ClientError("no", status=400, code="invalid_input"), "file:///mnt") is other
