"""What a path below a channel asks for. Paths come from clients as they are; any text is answered.

A file is found by its name, wherever it lies: one that went to the Archive since a client read
PACKAGES is still there for it, and tools that guess where a version lies need not guess right.
"""

from libs.common.ecosystems.cran.file_view import ROOT
from libs.common.ecosystems.cran.names import is_path, package_of
from libs.common.ecosystems.cran.partitions import split_path
from libs.common.ecosystems.cran.render import PACKAGES, index_files
from libs.common.ecosystems.served import ArtifactPath, IndexPath, Served

_TEXT = "text/plain; charset=utf-8"
# Clients ask for these and do without: their answer is "no such file", not "what is that?".
_NEVER = frozenset(
    {"METADATA2.gz", "Meta/current.rds", "Meta/aliases.rds", "Meta/rdxrefs.rds", "Meta/authors.rds", "PACKAGES.json"}
)
_MAX_LENGTH = 500


def route(path: str) -> Served | None:
    """Say what a path asks for; None where it can't be anything of a repository of R packages."""
    if len(path) > _MAX_LENGTH or not path.startswith(f"{ROOT}/"):
        return None
    split = split_path(path.removeprefix(f"{ROOT}/"))
    if split is None:
        return None
    partition, rest = split
    if path in index_files(partition) or rest in _NEVER:
        return IndexPath(path=path, content_type=_TEXT if rest == PACKAGES[0] else None)
    folder, _, filename = rest.rpartition("/")
    package = package_of(filename)
    if package is None or (folder and not is_path(folder)):
        return None
    return ArtifactPath(partition=partition, name=package, filename=filename)
