"""Which of several media types a client gets.

Essential reading: RFC 9110 section 12.5.1 (Accept), the Simple repository API's "Version + Format
Selection" (`latest`, `?format=`).

Rules of this file:
1. `?format=` names one type and wins over Accept.
2. The most specific range of Accept that a type fits decides on it; the highest weight wins,
   and between equals the first that is offered.
3. `vnd.NAME.latest+json` fits `vnd.NAME.v1+json`: the answer names what it is.
4. Who accepts nothing that is offered is told so (406): any other answer would be misread.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from services.api.problems import NotAcceptable

_VERSION = re.compile(r"\.v[0-9]+(?=\+)")
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_MOST_CHARACTERS = 4096
_MOST_FIELDS = 100


def choose_type(offered: Sequence[str], *, accept: str | None, query: bytes) -> int:
    """Return the place of the type to send.

    Raises:
        NotAcceptable: when none of them is wanted.
    """
    wish = _asked_format(query)
    weights = [_weight_of(kind, _ranges(accept) if wish is None else {wish: 1.0}) for kind in offered]
    best = max(weights)
    if best <= 0:
        types = ", ".join(dict.fromkeys(kind.partition(";")[0] for kind in offered))
        raise NotAcceptable(f"this is there as {types}; name one of these in Accept, or send no Accept")
    return weights.index(best)


def _asked_format(query: bytes) -> str | None:
    if not query or len(query) > _MOST_CHARACTERS:
        return None
    try:
        values = parse_qs(query.decode("latin-1"), max_num_fields=_MOST_FIELDS).get("format")
    except ValueError:
        return None
    # A plus sign in a query is a blank to who reads it as a form; types have plus signs and no blanks.
    return values[-1].strip().replace(" ", "+").lower() if values else None


def _ranges(accept: str | None) -> dict[str, float]:
    """Return the weights of media ranges; what can't be read is passed over, and nothing at all means all."""
    if accept is None or len(accept) > _MOST_CHARACTERS:
        return {"*/*": 1.0}
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = (piece.strip(" \t").lower() for piece in part.split(";"))
        if kind.count("/") != 1:
            continue
        weights = [value.strip(" \t") for name, _, value in (one.partition("=") for one in parameters) if name == "q"]
        if all(_WEIGHT.fullmatch(weight) for weight in weights):
            ranges[kind] = max(ranges.get(kind, 0.0), float(weights[0]) if weights else 1.0)
    return ranges or {"*/*": 1.0}


def _weight_of(kind: str, ranges: dict[str, float]) -> float:
    kind = kind.partition(";")[0].strip().lower()
    fitting = (kind, _VERSION.sub(".latest", kind), f"{kind.partition('/')[0]}/*", "*/*")
    return next((ranges[one] for one in fitting if one in ranges), 0.0)
