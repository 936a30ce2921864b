"""Rendering a contrib folder's own files: PACKAGES in its three forms, and the list of the Archive.

Essential reading: `tools::write_PACKAGES`.

Rules of this file:
1. Records are written as they are kept, all fields of them. What is in the Archive only is not in PACKAGES.
2. The three forms say the same: read.dcf of the text is the matrix of PACKAGES.rds.
3. Files without records are there, too: R warns of a repository that has none.
"""

from collections.abc import Mapping, Sequence

import msgspec

from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from libs.common.ecosystems.cran.dcf import render_dcf
from libs.common.ecosystems.cran.file_view import ROOT
from libs.common.ecosystems.cran.matrix import render_matrix
from libs.common.ecosystems.cran.partitions import KNOWN_PARTITIONS, SOURCE, split_path
from libs.common.ecosystems.cran.rds_write import gzipped
from libs.common.ecosystems.cran.records import LISTED, NOT_LISTED, Listed, Stanza
from libs.common.ecosystems.file_tables import FILES, decode_tables
from libs.common.ecosystems.protocol import Sink

PACKAGES = ("PACKAGES", "PACKAGES.gz", "PACKAGES.rds")
META_ARCHIVE = "Meta/archive.rds"

_decode_stanzas = msgspec.json.Decoder(dict[str, dict[str, str]]).decode
_decode_listed = msgspec.json.Decoder(dict[str, Listed]).decode


def index_files(partition: str) -> tuple[str, ...]:
    """Name the files of a contrib folder, as paths below the channel."""
    files = (*PACKAGES, META_ARCHIVE) if partition == SOURCE else PACKAGES
    return tuple(f"{ROOT}/{partition}/{file}" for file in files)


class ContribWriter:
    """Renders one contrib folder; `sinks` are keyed by path below the channel."""

    def __init__(self, partition: str, *, sinks: Mapping[str, Sink]) -> None:
        self._partition = partition
        self._sinks = sinks
        self._stanzas: list[Stanza] = []
        self._archived: list[ArchivedFile] = []

    def add(self, name: str, payload: bytes, *, rendered_sha256: bytes | None) -> None:  # noqa: ARG002 - R has no files of single names
        """Take the next name's merged shard payload."""
        tables = decode_tables(payload)
        listed = _decode_listed(tables.get(LISTED, b"{}"))
        for filename, stanza in _decode_stanzas(tables.get(FILES, b"{}")).items():
            known = listed.get(filename, NOT_LISTED)
            if known.is_archived:
                self._archived.append(
                    ArchivedFile(
                        package=name,
                        version=stanza["Version"],
                        size_bytes=known.size_bytes,
                        modified_ms=known.modified_ms,
                    )
                )
            else:
                self._stanzas.append(stanza)

    def finish(self) -> frozenset[str]:
        """Write the files."""
        written = render_packages(self._stanzas)
        if self._partition == SOURCE:
            written[META_ARCHIVE] = render_archive(self._archived)
        for file, data in written.items():
            self._sinks[f"{ROOT}/{self._partition}/{file}"].write(data)
        return frozenset(f"{ROOT}/{self._partition}/{file}" for file in written)


def render_packages(stanzas: Sequence[Stanza]) -> dict[str, bytes]:
    """Render PACKAGES in its three forms."""
    text = "".join(render_dcf(stanzas)).encode()
    return dict(zip(PACKAGES, (text, gzipped(text), render_matrix(stanzas)), strict=True))


def empty_index(path: str) -> bytes | None:
    """Render a file of a folder without packages; None where R asks for no such file."""
    split = split_path(path.removeprefix(f"{ROOT}/"))
    if split is None or split[0] not in KNOWN_PARTITIONS or path not in index_files(split[0]):
        return None
    return render_archive(()) if split[1] == META_ARCHIVE else render_packages(())[split[1]]
