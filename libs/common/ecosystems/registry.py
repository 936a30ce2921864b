"""Which ecosystem serves which type of mirror."""

from collections.abc import Mapping

from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.conda.ecosystem import CondaEcosystem
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.protocol import Ecosystem

_ECOSYSTEMS: Mapping[MirrorType, Ecosystem] = {
    MirrorType.CONDA: CondaEcosystem(),
    MirrorType.CRAN: CranEcosystem(),
}


def ecosystem(type: MirrorType) -> Ecosystem:
    """Return the ecosystem of a mirror's type.

    Raises:
        InvalidInput: for a type that this server does not mirror.
    """
    found = _ECOSYSTEMS.get(type)
    if found is None:
        mirrored = ", ".join(one.value for one in _ECOSYSTEMS)
        raise InvalidInput(f"this server mirrors {mirrored} so far, not {type.value}", field="type")
    return found


def ecosystems() -> tuple[Ecosystem, ...]:
    """Return all that this server mirrors."""
    return tuple(_ECOSYSTEMS.values())
