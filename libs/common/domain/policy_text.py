"""Policy documents as text: JSON, and YAML in the part of it that says what JSON can say.

Of YAML: one document of lists, maps and plain values (the core schema of YAML 1.2, so `no`
and `2025-01-01` are texts). Anchors, aliases, tags and merge keys are refused: a small
text could stand for a huge one, or for a program.
"""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec
import yaml

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy_document import MAX_DEPTH, PolicyDocument, read_policy

_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+][0-9]+)?")


class TextForm(StrEnum):
    """How a document is written."""

    JSON = "json"
    YAML = "yaml"


def read_policy_text(text: bytes, *, form: TextForm) -> PolicyDocument:
    """Read a document.

    Raises:
        InvalidInput: naming the line, or the path of the fault.
    """
    return read_policy(_from_json(text) if form is TextForm.JSON else _from_yaml(text))


def write_policy_text(document: PolicyDocument, *, form: TextForm) -> bytes:
    """Write a document so that people can read and edit it; what is at its default is left out."""
    if form is TextForm.JSON:
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    plain = msgspec.to_builtins(document)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False).encode()


def _from_json(text: bytes) -> object:
    try:
        values: object = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_number)
        if b"\\u" in text:
            _refuse_half_characters(values)
    except ValueError as exc:
        raise InvalidInput(f"the document is no JSON: {exc}") from exc
    except RecursionError as exc:
        raise _too_deep() from exc
    return values


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that stands in an object twice; of the two only one would count."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} stands twice in one object")
    return found


def _refuse_half_characters(values: object) -> None:
    """Refuse escapes that stand for half of a surrogate pair: no store and no answer can carry them."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise ValueError(f"\\u{ord(exc.object[exc.start]):04x} is no character") from exc


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number")


def _from_yaml(text: bytes) -> object:
    try:
        return _Builder().build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise InvalidInput(f"the document is no YAML: line {line}: {exc.problem or exc.context}") from exc
    except (yaml.YAMLError, ValueError) as exc:
        raise InvalidInput("the document is no YAML: it has characters that may not stand in one") from exc


class _Builder:
    """Puts values together from the parser's events, without recursion."""

    def build(self, events: Iterator[yaml.Event]) -> object:
        """Return the one document's value; None for an empty text."""
        root: list[Any] = []
        # What is open, the outermost first: a list, or a map with the key whose value comes next.
        self._open: list[tuple[list[Any] | dict[str, Any], list[str]]] = [(root, [])]
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refused(event, "a second document begins; send one policy at a time")
            elif isinstance(event, yaml.AliasEvent):
                raise _refused(event, "aliases (*name) are not read; write the value out")
            elif isinstance(event, yaml.NodeEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
        return root[0] if root else None

    def _begin(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            raise _refused(event, "anchors (&name) are not read; write the value out")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise _refused(event, "tags (!name) are not read; write plain values")
        if isinstance(event, yaml.ScalarEvent):
            self._put(event, _scalar(event))
            return
        if len(self._open) > MAX_DEPTH:
            raise _too_deep()
        value: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(event, value)
        self._open.append((value, []))

    def _put(self, event: yaml.NodeEvent, value: object) -> None:
        holder, key = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif key:
            holder[key.pop()] = value
        elif not isinstance(event, yaml.ScalarEvent):
            raise _refused(event, "a key must be a text")
        elif event.value in holder:
            raise _refused(event, f"{event.value!r} stands here twice")
        else:
            key.append(event.value)


def _scalar(event: yaml.ScalarEvent) -> object:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _refused(event: yaml.Event, words: str) -> InvalidInput:
    line = event.start_mark.line + 1 if event.start_mark else 1
    return InvalidInput(f"line {line}: {words}")


def _too_deep() -> InvalidInput:
    return InvalidInput(f"the document is nested more than {MAX_DEPTH} levels deep; split its rules", field="rules")
