"""What a source of each type is, in words for people whose address leads elsewhere."""

from collections.abc import Mapping, Sequence

from libs.common.domain.mirror import MirrorType

_SHOWN = 4
_KIND: Mapping[MirrorType, str] = {
    MirrorType.CONDA: "conda channel",
    MirrorType.PYTHON_SIMPLE: "Python index",
    MirrorType.CRAN: "repository of R packages",
}
_ADDRESS: Mapping[MirrorType, str] = {
    MirrorType.CONDA: "the folder above {folders}",
    MirrorType.PYTHON_SIMPLE: "the address of the list of projects, which mostly ends in /simple",
    MirrorType.CRAN: "the folder above {folders}",
}


def no_index(type: MirrorType, partitions: Sequence[str]) -> str:
    """Say that an address is not that of a source of a type, where `partitions` were looked for."""
    folders = f"{', '.join(partitions[:_SHOWN])}{' and more' if len(partitions) > _SHOWN else ''}"
    address = _ADDRESS[type].format(folders=folders)
    return f"there is no {_KIND[type]} at the source: check the mirror's source_root, which is {address}, and its type"
