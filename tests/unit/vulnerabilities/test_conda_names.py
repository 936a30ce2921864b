"""The curated map of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput
from libs.common.vulnerabilities.conda_names import decode_conda_names, encode_conda_names, read_conda_names

TEXT = b"""\
# ours
PyTorch: Torch
curl: none
zope.interface: "zope_interface"
none: "none"
"""


def test_a_map_is_read() -> None:
    """Names are those of the ecosystems; a quoted none is a name."""
    assert read_conda_names(TEXT) == {
        "pytorch": "torch",
        "curl": None,
        "zope.interface": "zope-interface",
        "none": "none",
    }
    assert read_conda_names(b"") == {}
    assert read_conda_names(b"{a: b}") == {"a": "b"}


@given(st.dictionaries(st.from_regex(r"[a-z0-9._-]{1,20}", fullmatch=True), st.none() | st.text(max_size=20)))
def test_a_map_comes_back_as_it_was_stored(names: dict[str, str | None]) -> None:
    """Byte for byte the same for the same content."""
    assert decode_conda_names(encode_conda_names(names)) == names
    assert encode_conda_names(dict(reversed(names.items()))) == encode_conda_names(names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: b\na: c\n", "line 2: a stands twice"),
        (b"- a\n", "line 1: a line is a conda name"),
        (b"a: [b]\n", "line 1: a line is"),
        (b"a: b c\n", "line 1: a line is"),
        (b"\na: &x b\n", "line 2: a line is"),
        (b"a: &x b\nc: *x\n", "line 1: a line is"),
        (b"a: !!python/object:os.system b\n", "line 1: a line is"),
        (b"a: b\n---\nc: d\n", "a second document"),
        (b"a: {", "line 1"),
        (b"a: \x00", "no YAML"),
        (b"\xff\xfe\xfd", "no YAML"),
        (b"a" * 5_000_000, "at most 4 MiB"),
        (b"{" * 10_000, "line 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_map_is_refused(text: bytes, words: str) -> None:
    """With the line that is wrong."""
    with pytest.raises(InvalidInput, match=words):
        read_conda_names(text)
