"""Fixtures of the REST API's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.api.harness import Api, Web


@pytest.fixture(scope="session")
def web() -> Web:
    """Return the web application that all tests of a session share."""
    return Web()


@pytest.fixture
async def api(web: Web, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return an API with nothing in it; file sources may lie below `allowed`."""
    made = Api(web, allowed=tmp_path_factory.mktemp("allowed"))
    async with made.client:
        yield made
