"""The curated map of names: conda package -> Python package, or none.

A text of one YAML map, so that people can keep it under version control:

    pytorch: torch
    curl: none          # nothing of Python's advisories is about it

It goes before purls and before equal names (libs/common/domain/advisory.py).
"""

import re
from collections.abc import Iterator, Mapping

import msgspec
import yaml

from libs.common.domain.errors import InvalidInput
from libs.common.vulnerabilities.read_osv import normalised_name

CondaNames = Mapping[str, str | None]

_NAME = re.compile(r"[A-Za-z0-9._-]{1,214}")
_NONE = frozenset({"none", "null", "~", ""})
_SHAPE = "a line is a conda name, a colon, and a Python name or none"
_LONGEST_BYTES = 4 * 1024 * 1024


def read_conda_names(text: bytes) -> CondaNames:
    """Read the text.

    Raises:
        InvalidInput: naming the line that is wrong.
    """
    if len(text) > _LONGEST_BYTES:
        raise InvalidInput(f"the map must be at most {_LONGEST_BYTES // 1024**2} MiB", field="file")
    try:
        return dict(_pairs(_Events(yaml.parse(text, Loader=yaml.CSafeLoader))))
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise InvalidInput(f"line {line}: {exc.problem or exc.context}", field="file") from exc
    except (yaml.YAMLError, ValueError) as exc:
        raise InvalidInput("the map is no YAML: it has characters that may not stand in one", field="file") from exc


def encode_conda_names(names: CondaNames) -> bytes:
    """Write a map as it is stored, the same bytes for the same content."""
    return msgspec.json.encode(names, order="sorted")


def decode_conda_names(data: bytes) -> CondaNames:
    """Read what `encode_conda_names` wrote."""
    return msgspec.json.decode(data, type=dict[str, str | None])


class _Events:
    """The parser's events but for those that begin and end streams and documents."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        outer = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
        self._events = (event for event in events if not isinstance(event, outer))

    def next(self) -> yaml.Event | None:
        """Return the next event; None at the end."""
        return next(self._events, None)


def _pairs(events: _Events) -> Iterator[tuple[str, str | None]]:
    first = events.next()
    if first is None:
        return
    if not isinstance(first, yaml.MappingStartEvent):
        raise _wrong(first)
    seen: set[str] = set()
    while not isinstance(key := events.next(), yaml.MappingEndEvent):
        conda = normalised_name("conda", _name(key))
        if conda in seen:
            raise _wrong(key, f"{conda} stands twice in it")
        seen.add(conda)
        value = events.next()
        is_none = isinstance(value, yaml.ScalarEvent) and value.implicit[0] and value.value.lower() in _NONE
        yield conda, None if is_none else normalised_name("python", _name(value))
    if (more := events.next()) is not None:
        raise _wrong(more, "a second document begins")


def _name(event: yaml.Event | None) -> str:
    # Anchors, tags, lists and maps have no place in it.
    if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag or not _NAME.fullmatch(event.value):
        raise _wrong(event)
    return str(event.value)


def _wrong(
    event: yaml.Event | None, words: str = "a line is a conda name, a colon, and a Python name or none"
) -> InvalidInput:
    line = event.start_mark.line + 1 if event is not None and event.start_mark else 1
    return InvalidInput(f"line {line}: {words}", field="file")
