"""How answers are described whose type the handler's signature does not tell: bytes of several media types."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema

OBJECT = Schema(type=OpenAPIType.OBJECT)
OBJECTS = Schema(type=OpenAPIType.ARRAY, items=OBJECT)
TEXT = Schema(type=OpenAPIType.STRING)


def answering(schemas: Mapping[str, Schema], *, status: int = 200) -> type[Operation]:
    """Return the kind of an operation whose answer comes in one of these media types, or empty for none."""

    @dataclass
    class Answering(Operation):
        """An operation with the answers that its handler does not tell of."""

        def __post_init__(self) -> None:
            """Describe the answer."""
            answer = (self.responses or {}).get(str(status))
            if isinstance(answer, OpenAPIResponse):
                answer.content = {name: OpenAPIMediaType(schema=schema) for name, schema in schemas.items()} or None

    return Answering
