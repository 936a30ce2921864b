"""Makes a synthetic source in two states, the second with one name in a thousand changed.

Run as `python -m tests.benchmarks.pipeline_input FOLDER RECORDS`; a process of its own, so
that its memory is not counted.
"""

import re
import sys
from pathlib import Path

from tests.support import synthetic
from tests.support.conda_index import Form, compressed

_NAME = re.compile(rb'"name":"([^"]+)"')
_EMPTY = b'{"info":{"subdir":"noarch"},"packages":{},"packages.conda":{}}'
_RECORDS_PER_NAME = 30


def main(folder: Path, records: int) -> None:
    """Write `today` and `tomorrow`, and print no rows."""
    data = synthetic.repodata(records=records, names=records // _RECORDS_PER_NAME, seed=1)
    # Not the first: the filters of these benchmarks drop every so many names from there.
    changed = sorted(set(_NAME.findall(data)))[5::1000]
    _write(folder / "today", data)
    for name in changed:
        data = data.replace(b'"name":"%s"' % name, b'"changed":1,"name":"%s"' % name)
    _write(folder / "tomorrow", data)
    sys.stdout.write("[]")


def _write(folder: Path, data: bytes) -> None:
    for subdir, content in (("noarch", _EMPTY), ("linux-64", data)):
        (folder / subdir).mkdir(parents=True)
        (folder / subdir / Form.JSON).write_bytes(content)
        (folder / subdir / Form.ZST).write_bytes(compressed(content))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
