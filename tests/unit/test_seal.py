"""Sealing secrets with the installation's key."""

import base64
from pathlib import Path

import pytest

from libs.common.adapters.seal import JweSeal, load_key
from libs.common.domain.errors import InvalidInput

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
SECRET = "https://host/t/tk-ä-123/channel"


def test_a_sealed_secret_comes_back() -> None:
    """What the api seals, a fetcher with the same key opens."""
    assert JweSeal(KEY).unseal(JweSeal(KEY).seal(SECRET)) == SECRET


def test_sealing_twice_gives_unlike_forms() -> None:
    """Nobody can tell from the sealed forms that two mirrors share a token."""
    seal = JweSeal(KEY)

    assert seal.seal(SECRET) != seal.seal(SECRET)


@pytest.mark.parametrize("sealed", ["", "a.b.c.d.e", "....", "not sealed at all", "eyJhbGciOiJub25lIn0...."])
def test_what_is_not_sealed_is_refused(sealed: str) -> None:
    """Damaged values raise one error of ours."""
    with pytest.raises(InvalidInput):
        JweSeal(KEY).unseal(sealed)


def test_another_key_does_not_open() -> None:
    """A fetcher with a wrong key says so, and does not send rubbish to a source."""
    with pytest.raises(InvalidInput, match="another key"):
        JweSeal(OTHER_KEY).unseal(JweSeal(KEY).seal(SECRET))


def test_a_changed_letter_is_noticed() -> None:
    """The seal is authenticated."""
    sealed = JweSeal(KEY).seal(SECRET)
    head, iv, _, text, tag = sealed.split(".")
    swapped = ("B" if text[0] == "A" else "A") + text[1:]

    with pytest.raises(InvalidInput):
        JweSeal(KEY).unseal(f"{head}.{iv}..{swapped}.{tag}")


def test_the_key_is_read_from_its_file(tmp_path: Path) -> None:
    """The file holds base64, with or without a newline."""
    path = tmp_path / "key"
    path.write_bytes(base64.b64encode(KEY) + b"\n")

    assert load_key(path) == KEY


@pytest.mark.parametrize("content", [b"", b"short", b"!" * 44, base64.b64encode(KEY[:16])])
def test_a_file_with_another_content_is_refused(tmp_path: Path, content: bytes) -> None:
    """The message names the variable, never what stands in the file."""
    path = tmp_path / "key"
    path.write_bytes(content)

    with pytest.raises(InvalidInput, match="32 random bytes as base64; check TAIN_SECRET_KEY_FILE"):
        load_key(path)


def test_a_missing_key_file_is_said_plainly(tmp_path: Path) -> None:
    """So is a file that may not be read."""
    with pytest.raises(InvalidInput, match="can't be read"):
        load_key(tmp_path / "key")
    with pytest.raises(InvalidInput, match="32 bytes"):
        JweSeal(b"short")
