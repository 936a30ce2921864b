"""Policies of every shape for property tests, and documents as people write them."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from libs.common.domain.policy import Action, AgeIs, Among, CreatedIn, NumberIs, Operator, SizeIs, Where
from libs.common.domain.policy_document import RESERVED_NAMES, DocumentRule, PolicyDocument

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
WORDS = st.lists(
    TEXTS | st.sampled_from(["no", "1.10", "0123", "089", "1e5", "2025-01-01", "~", "=", "<<", "*"]),
    min_size=1,
    max_size=3,
).map(tuple)
OPERATORS = st.sampled_from(Operator)
AMONG = st.builds(Among, in_=WORDS) | st.builds(Among, not_in=WORDS)
DAYS = st.dates(min_value=date(2000, 1, 1)).map(date.isoformat)


def wheres() -> st.SearchStrategy[Where]:
    """Return a `where` of any fields, three levels deep at most."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        "name": WORDS,
        "spec": WORDS,
        "version": TEXTS,
        "platform": AMONG,
        "license": AMONG,
        "legacy_duplicate": st.booleans(),
        "size": st.builds(SizeIs, op=OPERATORS, bytes=st.integers(0, 2**40)),
        "created": st.builds(CreatedIn, from_=DAYS) | st.builds(CreatedIn, to=DAYS),
        "age": st.builds(
            AgeIs, op=OPERATORS, days=st.integers(0, 36_500), by=st.sampled_from(["upstream", "first_seen"])
        ),
        "newest": st.integers(1, 10),
        "signed": st.booleans(),
        "cve_score": st.builds(NumberIs, op=OPERATORS, value=st.floats(0, 10).map(lambda it: round(it, 1))),
        "cve_status": AMONG,
    }
    plain = st.fixed_dictionaries({}, optional=fields).map(_where)
    return st.recursive(
        plain,
        lambda inner: (
            st.builds(Where, any=st.lists(inner, min_size=1, max_size=2).map(tuple)) | st.builds(Where, not_=inner)
        ),
        max_leaves=4,
    )


def _where(fields: dict[str, Any]) -> Where:
    return Where(**fields)


def documents() -> st.SearchStrategy[PolicyDocument]:
    """Return a document with rules of every action."""
    ids = st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,5}", fullmatch=True), unique=True, max_size=4)
    names = TEXTS.filter(
        lambda it: it == it.strip() and it not in RESERVED_NAMES and "/" not in it and "\x7f" not in it
    )
    return ids.flatmap(
        lambda chosen: st.builds(
            PolicyDocument,
            name=names,
            description=st.none() | TEXTS,
            rules=st.tuples(
                *(
                    st.builds(
                        DocumentRule,
                        id=st.just(name),
                        action=st.sampled_from(Action),
                        where=wheres(),
                        include_dependencies=st.booleans(),
                        ecosystems=st.none() | st.just(("conda", "r")),
                        note=st.none() | TEXTS,
                    )
                    for name in chosen
                )
            ),
        )
    )


YAML_POLICY = b"""\
name: production
description: What our servers may install.
rules:
  - id: platforms
    action: require
    where: {platform: {in: [linux-64, noarch]}}
  - id: no-gpl
    action: exclude
    where: {license: {in: [GPL, AGPL]}}
    note: Ask the lawyers first.
  - id: settled
    action: require
    where: {age: {op: ">=", days: 14}}
  - id: urgent
    action: allow
    where: {spec: [openssl ==3.0.8]}
"""
