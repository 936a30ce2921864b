"""Become another program that ends when its parent does, even by `kill -9`.

Run as `python -I launch.py PARENT_PID PROGRAM ARGUMENT…`. The kernel's wish is set in a
process of its own and kept across exec, for code between fork and exec of a process
with threads (`preexec_fn`) may deadlock. Linux only; elsewhere the program just runs.

The kernel counts the thread that started us as the parent: start from the main thread.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _end_with_parent(parent_pid: int) -> None:
    """Ask for SIGTERM when the parent is gone, and leave at once if it is already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit(1)


if __name__ == "__main__":
    _end_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming this program is the point
