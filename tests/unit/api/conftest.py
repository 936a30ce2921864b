"""Fixtures of the REST API's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.api.harness import Api


@pytest.fixture
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return an API with nothing in it; file sources may lie below `allowed`."""
    made = Api(allowed=tmp_path_factory.mktemp("allowed"))
    async with made.client:
        yield made
