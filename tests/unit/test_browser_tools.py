"""What the tests of the web app stand on: the vendored axe-core, and which browser is taken."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.browser import SETTING, find_chromium
from tests.support.real_data import ROOT

_AXE = ROOT / "tests" / "data" / "axe"


def test_axe_is_as_published() -> None:
    """Else nobody knows what judges the pages."""
    told = re.findall(
        r"^\| (\S+) \| ([0-9a-f]{64}) \|$", (_AXE / "VENDORED.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert [name for name, _ in told] == ["axe.min.js"]
    assert all(sha256((_AXE / name).read_bytes()).hexdigest() == digest for name, digest in told)


def test_the_browser_that_is_named_is_taken(tmp_path: Path) -> None:
    """Before one that PATH has."""
    for name in ("mine", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    environ = {"PATH": str(tmp_path)}

    assert find_chromium(environ) == tmp_path / "chromium"
    assert find_chromium({**environ, SETTING: str(tmp_path / "mine")}) == tmp_path / "mine"
    assert find_chromium({**environ, SETTING: "mine"}) == tmp_path / "mine"
    assert find_chromium({"PATH": str(tmp_path / "none")}) is None


def test_a_browser_that_is_named_in_vain_is_an_error(tmp_path: Path) -> None:
    """Another one in its place would hide the mistake."""
    with pytest.raises(FileNotFoundError, match=SETTING):
        find_chromium({"PATH": str(tmp_path), SETTING: "no-such-browser"})
