"""The application does what its OpenAPI document says, whatever it is sent.

Requests are made of the document itself: such as it allows, and such as it does not. Five for each
operation; `TAIN_API_EXAMPLES=100` looks longer, also at what subchannels have in common with channels.
"""

import copy
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from litestar.testing import AsyncTestClient
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.common.adapters.memory.bus import MemoryBus
from tests.support.loop_thread import LoopThread
from tests.support.packages import a_package
from tests.support.records import a_channel, a_policy
from tests.support.world import World
from tests.unit.api.harness import AUTH, Web

# The client that tests come with leaves streams of its own unclosed, which shows whenever memory is tidied up.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*MemoryObject(Send|Receive)Stream:pytest.PytestUnraisableExceptionWarning"
)

EXAMPLES = int(os.environ.get("TAIN_API_EXAMPLES", "2"))
LOOKS_LONG = "TAIN_API_EXAMPLES" in os.environ
DOCUMENT = "/api/docs/openapi.json"
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
THERE: Mapping[str, Any] = {
    "channel": "main",
    "subchannel": "stage",
    "mirror_id": "id-of-forge",
    "policy": "strict",
    "number": 1,
    "family": "conda",
    "package": "numpy",
}
"""What path parameters are called of what there is."""

BROKEN_BODIES = {
    "nothing": b"",
    "half": b'{"name": ',
    "no utf-8": b'{"name": "\xff\xfe"}',
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "endless number": b'{"name": ' + b"9" * 5_000 + b"}",
    "endless fraction": b'{"limit": 1e999999}',
    "not a number": b'{"limit": NaN}',
    "half of a pair": b'{"name": "\\ud800", "mirror_name": "\\udfff", "specs": ["\\ud800"]}',
    "nul": b'{"name": "a\\u0000b", "username": "\\u0000", "password": "\\u0000"}',
    "same key twice": b'{"name": "a", "name": ["b"]}',
    "another type": b"<a/>",
    "list": b"[[[]]]",
    "null": b"null",
    "text": b'"x"',
}
STRANGE_WORDS = (
    "%00", "%ff", "%ED%A0%80", "%F0%9F%92%A5", "..", "%2e%2e", "%2e%2e%2fetc", "..%5c", "%252e%252e", "-1", "1e9",
    "9" * 400, "a" * 4000, "%27%22%3C%24ne%3E", "{}", "%0d%0aX-Injected:1", " ", "null", "*", "a%2Fb%2Fc",
)  # fmt: skip


class Stocked:
    """The web application over one published channel, which is as it was before each operation."""

    def __init__(self) -> None:
        self.web = Web()
        thread = LoopThread("stock")
        self._world = thread.run(_world())
        thread.close()
        self.operations = tuple(_operations(self.web))
        self.restore()

    def restore(self) -> None:
        """Undo what requests did."""
        world = copy.copy(self._world)
        world.records, world.blobs = copy.deepcopy((self._world.records, self._world.blobs))
        self.web.stand_on(world, bus=MemoryBus())


async def _world() -> World:
    world = World()
    world.offer(
        [a_package("numpy", "1.15.4", subdir="linux-64"), a_package("six", "1.16.0")], subdirs=("noarch", "linux-64")
    )
    await world.run()
    assert await world.publish() == 1
    assert await world.records.channels.add(a_channel("main/stage"))
    assert await world.records.policies.add(a_policy("strict"))
    return world


@pytest.fixture(scope="module")
def stocked() -> Stocked:
    """Return the application."""
    return Stocked()


def _operations(web: Web) -> Iterator[Any]:
    """Yield the operations of the document; what subchannels share with channels only where there is time."""
    for found in schemathesis.openapi.from_asgi(DOCUMENT, web.app).get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if LOOKS_LONG or "/subchannels/{subchannel}/" not in operation.path:
            yield operation


def faults(
    stocked: Stocked, operation: Any, *, mode: GenerationMode, examples: int, headers: Mapping[str, str]
) -> list[str]:
    """Return what an operation did that it must not do."""
    found: dict[tuple[int, str], str] = {}

    @seed(1)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_there=st.sampled_from((True, True, False)))
    def judge(case: Any, *, is_there: bool) -> None:
        if is_there:
            case.path_parameters |= {name: word for name, word in THERE.items() if name in case.path_parameters}
        if operation.method.upper() == "DELETE":
            stocked.restore()
        answer = case.call(headers=dict(headers))
        # A server that waits for others may say so; it must have told before that it may.
        if answer.status_code >= 500 and str(answer.status_code) not in operation.definition.raw["responses"]:
            found[answer.status_code, "5xx"] = case.as_curl_command()
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseExceptionGroup as exc:
            found[answer.status_code, str(exc.exceptions[0])[:800]] = case.as_curl_command()

    stocked.restore()
    judge()
    return [f"{operation.label}: {status}: {fault}\n{curl}" for (status, fault), curl in found.items()]


@pytest.mark.timeout(120 if not LOOKS_LONG else 7200)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not-allowed"])
def test_the_administrator_is_answered_as_documented(stocked: Stocked, mode: GenerationMode) -> None:
    """No bug, no status, type or shape that the document does not have."""
    # What is not allowed takes longer to think of.
    examples = EXAMPLES if mode is GenerationMode.POSITIVE or LOOKS_LONG else 1
    found = [
        fault
        for operation in stocked.operations
        if mode is GenerationMode.POSITIVE or _takes_anything(operation)
        for fault in faults(stocked, operation, mode=mode, examples=examples, headers=AUTH)
    ]

    assert not found, "\n\n".join(found)


def test_who_shows_nothing_is_answered_as_documented(stocked: Stocked) -> None:
    """Mostly that they must."""
    stocked.restore()
    found: list[str] = []
    for operation in stocked.operations:
        names = [each["name"] for each in operation.definition.raw.get("parameters", ()) if each["in"] == "path"]
        case = operation.Case(path_parameters={name: _Any(THERE)[name] for name in names})
        try:
            case.validate_response(case.call(), checks=CHECKS)
        except BaseExceptionGroup as exc:
            found.append(f"{operation.label}: {exc.exceptions[0]}")

    assert not found, "\n\n".join(found)


def _takes_anything(operation: Any) -> bool:
    return bool(operation.definition.raw.get("parameters") or operation.definition.raw.get("requestBody"))


class _Any(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"no-{key}"


@pytest.mark.parametrize("name", BROKEN_BODIES)
async def test_a_broken_body_is_the_clients_fault(stocked: Stocked, name: str) -> None:
    """Of every route that takes one; nothing of it is taken for something else."""
    found: list[tuple[str, str, int]] = []
    async with AsyncTestClient(stocked.web.app, raise_server_exceptions=False) as client:
        for operation in stocked.operations:
            if "requestBody" not in operation.definition.raw:
                continue
            stocked.restore()
            path = operation.path.format_map(_Any(THERE))
            headers = AUTH | {"Content-Type": "application/json"}
            answer = await client.request(operation.method.upper(), path, content=BROKEN_BODIES[name], headers=headers)
            if answer.status_code >= 500:
                found.append((operation.method, path, answer.status_code))

    assert not [one for one in found if one[2] != 504]


async def test_strange_words_in_addresses_are_the_clients_fault(stocked: Stocked) -> None:
    """In each place of a path and in each parameter of each route that reads or deletes."""
    found: list[tuple[str, int]] = []
    stocked.restore()
    async with AsyncTestClient(stocked.web.app, raise_server_exceptions=False) as client:
        for address, method in _strange_addresses(stocked):
            answer = await client.request(method, address, headers=AUTH, follow_redirects=False)
            if answer.status_code >= 500 or "x-injected" in answer.headers:
                found.append((address[:200], answer.status_code))

    # A source that does not answer in time, and a report that takes longer, are told so.
    assert not [one for one in found if one[1] not in (503, 504)]


def _strange_addresses(stocked: Stocked) -> Iterator[tuple[str, str]]:
    for number, operation in enumerate(stocked.operations):
        method = operation.method.upper()
        if method not in ("GET", "DELETE", "HEAD"):
            continue
        # Every word is somewhere; all of them are everywhere where there is time.
        words = STRANGE_WORDS if LOOKS_LONG else STRANGE_WORDS[number % 4 :: 4]
        for parameter in operation.definition.raw.get("parameters", ()):
            name = parameter["name"]
            for word in words:
                if parameter["in"] == "path":
                    yield operation.path.format_map(_Any({**THERE, name: word})), method
                elif parameter["in"] == "query":
                    yield f"{operation.path.format_map(_Any(THERE))}?{name}={word}", method
