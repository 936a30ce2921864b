"""The version stands in two places; they must agree."""

import tomllib
from pathlib import Path

from libs.common.version import VERSION


def test_the_version_is_the_projects() -> None:
    """pyproject.toml is where a release is named."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())

    assert project["project"]["version"] == VERSION
