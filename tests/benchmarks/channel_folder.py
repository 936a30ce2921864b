"""A channel as a folder, for the servers of the benchmarks."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.conda_index import Form, render_channel
from tests.support.packages import Package


def write_channel(packages: Sequence[Package], folder: Path) -> None:
    """Write the packages, and the index in the forms that peers read, too."""
    files = render_channel(packages, (Form.JSON, Form.ZST)) | {package.path: package.data for package in packages}
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
