"""Policy documents: a policy as people write, send, keep and exchange it.

Rules of this file:
1. What is not known is refused with its path: a misspelt field would let in what it was
   meant to keep out.
2. A fault is said in plain words; `field` of the error is the path, `rules[3].where.size.bytes`.
3. What the server adds to a policy that it shows may be sent back; it is passed over.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import (
    Action,
    AgeIs,
    Among,
    CreatedIn,
    EcosystemWord,
    NumberIs,
    Operator,
    Policy,
    Rule,
    SizeIs,
    Where,
)

MAX_RULES = 5_000
MAX_NAME = 200
MAX_DEPTH = 32
"""Lists and objects inside of each other; a rule's `any` and `not` have a limit of their own."""

SHOWN_ONLY = frozenset(
    {"id", "number", "created_at", "saved_at", "saved_by", "assigned", "summary", "revisions", "rule_count"}
)
"""Keys of a shown policy that the server sets."""

RESERVED_NAMES = frozenset({"validate", "preview", "schema.json", ".", ".."})
"""A policy is found by its name in an address, where these mean something else."""

_NAME = re.compile(r"[^\x00-\x1f/\x7f]{1,200}")


class DocumentRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One rule: what it does (`action`) with the files that it matches (`where`).

    `id` names the rule in every decision; `include_dependencies` lets in what the packages
    of a `require` rule on `name` or `spec` need; `ecosystems` says whose files the rule
    looks at, all where it is left out.
    """

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    action: Action
    where: Where
    include_dependencies: bool = False
    ecosystems: Annotated[tuple[EcosystemWord, ...], Meta(min_length=1, max_length=3)] | None = None
    note: Annotated[str, Meta(max_length=1000)] | None = None


class PolicyDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What may enter a channel or mirror; without rules everything may."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    description: Annotated[str, Meta(max_length=10_000)] | None = None
    rules: Annotated[tuple[DocumentRule, ...], Meta(max_length=MAX_RULES)] = ()


def read_policy(values: object) -> PolicyDocument:
    """Check what was read of a document's text.

    Specs, versions and licenses are checked by the ecosystems (`Ecosystem.check_rules`).

    Raises:
        InvalidInput: naming the path of the fault.
    """
    check_depth(values)
    if isinstance(values, Mapping):
        values = {key: value for key, value in values.items() if key not in SHOWN_ONLY}
    try:
        document = msgspec.convert(values, PolicyDocument)
    except msgspec.ValidationError as exc:
        raise _fault(str(exc)) from exc
    _check_name(document.name)
    _check_ids(document.rules)
    return document


def rules_of_document(document: PolicyDocument) -> tuple[Rule, ...]:
    """Return a document's rules as they are decided by."""
    return tuple(
        Rule(
            id=rule.id,
            action=rule.action,
            where=rule.where,
            include_dependencies=rule.include_dependencies,
            ecosystems=rule.ecosystems,
            note=rule.note,
        )
        for rule in document.rules
    )


def document_of(policy: Policy) -> PolicyDocument:
    """Return the document of a policy's revision."""
    return PolicyDocument(
        name=policy.name,
        description=policy.description,
        rules=tuple(
            DocumentRule(
                id=rule.id,
                action=rule.action,
                where=rule.where,
                include_dependencies=rule.include_dependencies,
                ecosystems=rule.ecosystems,
                note=rule.note,
            )
            for rule in policy.rules
        ),
    )


def check_depth(values: object) -> None:
    """Refuse what is nested too deeply, before anything walks into it.

    Raises:
        InvalidInput: with the limit.
    """
    level = [values]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise InvalidInput(f"the document is nested more than {MAX_DEPTH} levels deep; split its rules", field="rules")


def _inside(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name != name.strip():
        raise InvalidInput(
            f"name: it must have 1 to {MAX_NAME} characters, no slash, no control character, no outer blanks",
            field="name",
        )
    if name in RESERVED_NAMES:
        raise InvalidInput(f"name: {name!r} means something else in addresses; choose another one", field="name")


def _check_ids(rules: tuple[DocumentRule, ...]) -> None:
    first: dict[str, int] = {}
    for place, rule in enumerate(rules):
        before = first.setdefault(rule.id, place)
        if before != place:
            raise InvalidInput(
                f"rules[{place}].id: {rule.id!r} is the id of rules[{before}] as well; every rule has its own",
                field=f"rules[{place}].id",
            )


_KINDS = {
    "object": "an object",
    "array": "a list",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
_AMONG: dict[str, type[msgspec.Struct]] = dict.fromkeys(("platform", "license", "kind", "cve_status"), Among)
_STRUCTS: Mapping[str, type[msgspec.Struct]] = _AMONG | {
    "": PolicyDocument,
    "rules": DocumentRule,
    "where": Where,
    "any": Where,
    "not": Where,
    "size": SizeIs,
    "age": AgeIs,
    "created": CreatedIn,
    "cve_score": NumberIs,
}
_CHOICES = {"action": tuple(Action), "op": tuple(Operator), "by": ("upstream", "first_seen")}
_ECOSYSTEMS = get_args(EcosystemWord)


def _fault(text: str) -> InvalidInput:
    """Turn a finding of msgspec into plain words."""
    finding, _, place = text.partition(" - at `$")
    path = place.rstrip("`").removeprefix(".")
    key = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]
    unknown = re.search(r"unknown field `(.*)`", finding)
    if unknown:
        path = f"{path}.{unknown[1]}".removeprefix(".")
    return InvalidInput(f"{path or 'the document'}: {_words(finding, key)}", field=path or None)


def _words(finding: str, key: str) -> str:
    for pattern, words in _FINDINGS:
        if found := re.search(pattern, finding):
            return words(found, key)
    return finding


_FINDINGS: tuple[tuple[str, Callable[[re.Match[str], str], str]], ...] = (
    (r"unknown field", lambda _, key: f"there is no such field; here are {', '.join(_fields(key))}"),
    (r"missing required field `(.*)`", lambda found, _: f"{found[1]} is missing"),
    (
        r"Invalid enum value (.*)",
        lambda found, key: f"{found[1]} is not one of {', '.join(_CHOICES.get(key, _ECOSYSTEMS))}",
    ),
    (r"matching regex", lambda *_: "an id begins with a letter or digit and has at most 100 of letters, digits . _ -"),
    (r"of length >= 1", lambda *_: "must not be empty"),
    (r"`array.*of length <= (\d+)", lambda found, _: f"must have at most {found[1]} entries"),
    (r"of length <= (\d+)", lambda found, _: f"must have at most {found[1]} characters"),
    (r"Expected `\w+` <= (\S+)", lambda found, _: f"must be at most {found[1]}"),
    (r"Expected `\w+` >= (\S+)", lambda found, _: f"must be at least {found[1]}"),
    (r"Expected `([^`]*)`, got `([^`]*)`", lambda found, _: _other_kind(found[1], found[2])),
)
"""What msgspec finds -> what we say of it, first match first."""


def _other_kind(expected: str, got: str) -> str:
    wanted = [word for word in expected.split(" | ") if word != "null"]
    words = f"must be {' or '.join(_KINDS.get(word, word) for word in wanted)}, not {_KINDS.get(got, got)}"
    return f"{words}; write it in quotes" if wanted == ["str"] and got in ("int", "float", "bool") else words


def _fields(key: str) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(_STRUCTS.get(key, Where))]
