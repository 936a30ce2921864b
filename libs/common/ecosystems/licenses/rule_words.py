"""The licenses that a rule lists, as all ecosystems read them."""

from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.licenses.families import FAMILIES
from libs.common.ecosystems.licenses.licenses import license_word


def rule_license(text: str, *, field: str) -> str:
    """Normalise a license family or SPDX identifier.

    Raises:
        InvalidInput: for an unknown one, listing the known families.
    """
    try:
        return license_word(text)
    except ValueError as exc:
        raise InvalidInput(
            f"{field} has {text[:80]!r}; known are SPDX identifiers and {', '.join(sorted(FAMILIES))}", field=field
        ) from exc
