"""License texts of records as SPDX expressions, where they are such."""

from functools import lru_cache
from typing import Any

from license_expression import ExpressionError, ExpressionParseError, Licensing, get_spdx_licensing

_LONGEST = 1000


@lru_cache(maxsize=1)
def _licensing() -> Licensing:
    return get_spdx_licensing()


@lru_cache(maxsize=8192)
def spdx_expression(text: str | None) -> str | None:
    """Return a valid SPDX expression in its proper spelling; None where the text is none."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        parsed: Any = _licensing().parse(text, validate=True, strict=True)
    except (ExpressionError, ExpressionParseError, AttributeError, TypeError, ValueError, RecursionError):
        return None
    return None if parsed is None else str(parsed.render())
