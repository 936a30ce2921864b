"""Pages of lists: `offset` and `limit` in the query, and for one route in a JSON body."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from libs.common.domain.errors import InvalidInput
from services.api.schemas import PageWish

Item = TypeVar("Item")

Offset = Annotated[int, QueryParameter(ge=0, description="how many to leave out at the beginning")]
Limit = Annotated[int | None, QueryParameter(ge=0, description="how many at most; all where it is left out")]
PageSize = Annotated[int, QueryParameter(ge=0, le=1000, description="how many at most")]


def page(items: Sequence[Item], *, offset: int, limit: int | None) -> Sequence[Item]:
    """Cut a page out of a whole list."""
    return items[offset:] if limit is None else items[offset : offset + limit]


async def read_page_wish(request: Request[Any, Any, Any]) -> PageWish:
    """Read the JSON body of a GET; none is fine.

    Raises:
        InvalidInput: when there is a body, but not such an object.
    """
    body = await request.body()
    if not body.strip():
        return PageWish()
    try:
        return msgspec.json.decode(body, type=PageWish)
    except msgspec.DecodeError as exc:
        raise InvalidInput(f"the body must be an object with limit, offset and sort: {exc}") from exc
