"""Where a downloaded report goes."""

import sys
from pathlib import Path

from libs.client.amounts import size


def write_file(data: bytes, output: str | None) -> None:
    """Write a report to a file, or to standard output where none is named."""
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    Path(output).expanduser().write_bytes(data)
    print(f"{output}: {size(len(data))}", file=sys.stderr)
