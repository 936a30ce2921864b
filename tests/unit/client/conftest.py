"""A server in memory for the client's tests."""

import pytest

from tests.unit.client.small_server import SmallServer


@pytest.fixture
def server() -> SmallServer:
    """Return a server without channels."""
    return SmallServer()
