"""Bodies that no JSON reader takes are the client's fault, also those that the framework does not expect."""

from typing import Any

from litestar import Request

from libs.common.domain.errors import InvalidInput


class ReadableRequest(Request[Any, Any, Any]):
    """A request whose body is JSON in UTF-8, nested no deeper than anybody needs, or refused in words."""

    async def json(self) -> Any:
        """Return the body, read.

        Raises:
            InvalidInput: where it can't be.
        """
        try:
            return await super().json()
        except UnicodeDecodeError as exc:
            raise InvalidInput("the body is not JSON: it is not in UTF-8", field="body") from exc
        except RecursionError as exc:
            raise InvalidInput("the body is nested too deeply; nothing here takes such a depth", field="body") from exc
