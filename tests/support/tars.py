"""Tar files of given content: the same bytes each time."""

import io
import tarfile
from collections.abc import Mapping


def tar_of(files: Mapping[str, bytes], *, format: int = tarfile.USTAR_FORMAT) -> bytes:
    """Return a tar file, not compressed, with these files in the order of their paths."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()
