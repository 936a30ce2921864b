"""`logs=false` in the query: figures alone, where nobody looks at the names of files."""

from typing import Annotated

from litestar.params import QueryParameter

from services.api.sync_state import Logs

NamedFiles = Annotated[bool, QueryParameter(description="false leaves `sync_state.logs` out")]


def logs_of(wish: bool) -> Logs:
    """Return what is named of files."""
    return Logs.NAMED if wish else Logs.LEFT_OUT
