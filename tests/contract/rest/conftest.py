"""Fixtures of the replay: the application over stores in memory, and the client in front of it."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.rest.replay import Client
from tests.support.packages import a_package
from tests.support.world import World
from tests.unit.api.harness import Api, Web

NUMPY = a_package("numpy", "1.15.4", subdir="linux-64", license_name="BSD-3-Clause")
SIX = a_package("six", "1.16.0", license_name="MIT")


@pytest.fixture(scope="session")
def web() -> Web:
    """Return the web application that all replays of a session share."""
    return Web()


@pytest.fixture
async def api(web: Web, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """Return an API with nothing in it."""
    made = Api(web, allowed=tmp_path_factory.mktemp("allowed"))
    async with made.client:
        yield made


@pytest.fixture
async def client(api: Api, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """Return the client; at the end its answers are held against the golden ones."""
    made = Client(api, name=request.node.name.removeprefix("test_").replace("[", "-").rstrip("]"))
    yield made
    made.hold_against_golden()


@pytest.fixture
async def world(api: Api) -> World:
    """Put a published channel `main` behind the API, whose mirror `forge` brought two packages."""
    world = World()
    world.offer([NUMPY, SIX], subdirs=("noarch", "linux-64"))
    await world.run()
    assert await world.publish() == 1
    api.stands_on(world)
    return world
