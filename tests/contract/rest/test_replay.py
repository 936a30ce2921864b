"""The replay itself: what it takes for a difference, and that no golden answers are left over."""

import ast
from pathlib import Path

import pytest

from tests.contract.rest.replay import GOLDEN, differences, normal


@pytest.mark.parametrize(
    ("golden", "found", "words"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"b": 2}, ["$.a is gone"]),
        ([{"a": None}], [{"a": 0}], ["$[0].a is 0 and was None"]),
        ([1], [1, 2], ["$ is [1, 2] and was [1]"]),
        ({"a": {}}, {"a": None}, ["$.a is None and was {}"]),
    ],
    ids=["more", "gone", "other", "longer", "null"],
)
def test_a_difference_is_told(golden: object, found: object, words: list[str]) -> None:
    """What is new is none."""
    assert list(differences(golden, found)) == words


def test_what_differs_from_time_to_time_stands_by_its_kind() -> None:
    """In keys as well; the words of a problem are free, its code is not."""
    value = {"a" * 32: "at 2026-05-17T12:00:00.123000+00:00", "t": "0" * 48, "n": 1, "size": 5}
    problem = {"type": "urn:tain:problem:x", "code": "x", "detail": "d", "message": "d"}

    assert normal(value) == {"<id>": "at <time>", "t": "<token>", "n": 1, "size": "<bytes>"}
    assert normal(problem) == problem | {"detail": "<words>", "message": "<words>"}


def test_every_golden_file_belongs_to_a_test() -> None:
    """A test that is gone takes its file along, on purpose."""
    names: set[str] = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef):
                names.add(node.name.removeprefix("test_"))
    assert {path.stem.partition("-")[0] for path in GOLDEN.glob("*.json")} <= names
