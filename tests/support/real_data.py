"""Real metadata of conda channels: used where it is present, missed nowhere.

It is looked for in the folder that `TAIN_TEST_DATA` names, else beside the project.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("TAIN_TEST_DATA", ROOT.parent / "shared" / "data")).resolve()


def has_real_data() -> bool:
    """Tell whether it is there."""
    return (REAL_DATA / "conda").is_dir() and (REAL_DATA / "conda-free-day1").is_dir()
