"""A package's name as somebody writes it -> the name that its shards are filed under."""

from collections.abc import Callable, Mapping

from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.pypi.filenames import project_name

_FILED: Mapping[MirrorType, Callable[[str], str | None]] = {
    MirrorType.CONDA: str.lower,
    MirrorType.PYTHON_SIMPLE: project_name,
    MirrorType.CRAN: str,
}


def filed_name(type_: MirrorType, name: str) -> str:
    """Return the name that shards are filed under; "" for what can't be a name."""
    return _FILED[type_](name) or ""
