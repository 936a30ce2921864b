"""Which ecosystem serves which type of mirror."""

from collections.abc import Mapping

from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.pypi.ecosystem import PythonEcosystem

_ECOSYSTEMS: Mapping[MirrorType, Ecosystem] = {
    MirrorType.CONDA: CondaEcosystem(),
    MirrorType.PYTHON_SIMPLE: PythonEcosystem(),
    MirrorType.CRAN: CranEcosystem(),
}


def ecosystem(type: MirrorType) -> Ecosystem:
    """Return the ecosystem of a mirror's type."""
    return _ECOSYSTEMS[type]


def ecosystems() -> tuple[Ecosystem, ...]:
    """Return all that this server mirrors."""
    return tuple(_ECOSYSTEMS.values())
