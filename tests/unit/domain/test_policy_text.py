"""Policies as text: what is written is read again, and what is wrong is refused with its place."""

import time

import pytest
from hypothesis import given, settings

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Action, Among, Where
from libs.common.domain.policy_document import MAX_DEPTH, PolicyDocument, document_of, rules_of_document
from libs.common.domain.policy_text import TextForm, read_policy_text, write_policy_text
from tests.support.policies import YAML_POLICY, documents
from tests.support.records import a_policy


@pytest.mark.parametrize("form", TextForm)
@given(document=documents())
@settings(max_examples=40)
def test_what_is_written_is_read_again(form: TextForm, document: PolicyDocument) -> None:
    """Also texts that look like numbers, days, nothing or YAML's own signs."""
    assert read_policy_text(write_policy_text(document, form=form), form=form) == document


def test_yaml_is_read_as_people_write_it() -> None:
    """In either style, with comments, and with words that older YAML takes for something else."""
    document = read_policy_text(
        YAML_POLICY + b"  - {id: x, action: exclude, where: {name: [no, on, 2025-01-01]}}  # !\n", form=TextForm.YAML
    )

    assert [rule.id for rule in document.rules] == ["platforms", "no-gpl", "settled", "urgent", "x"]
    assert document.rules[1].action is Action.EXCLUDE
    assert document.rules[1].where == Where(license=Among(in_=("GPL", "AGPL")))
    assert document.rules[4].where.name == ("no", "on", "2025-01-01")


def test_a_policy_and_its_document_say_the_same() -> None:
    """What the platform sets on rules is no part of a document."""
    policy = a_policy()

    assert rules_of_document(document_of(policy)) == policy.rules


def test_what_is_shown_can_be_sent_back() -> None:
    """Scripts read a policy, change one key, and send all of it."""
    shown = b'{"id": "x", "number": 3, "name": "n", "summary": [], "assigned": [], "saved_by": null, "rules": []}'

    assert read_policy_text(shown, form=TextForm.JSON) == PolicyDocument(name="n")


def rule(text: str) -> bytes:
    """Return a document of two rules, the second of which is under test."""
    good = "{id: a, action: exclude, where: {name: [x]}}"
    return f"name: n\nrules: [{good}, {text}]".encode()


def where(text: str) -> bytes:
    """Return a document whose second rule matches by this."""
    return rule(f"{{id: b, action: exclude, where: {text}}}")


FAULTS = [
    (b"", None, "must be an object, not nothing"),
    (b"[]", None, "must be an object, not a list"),
    (b"rules: []", None, "name is missing"),
    (b"name: 1.10", "name", "write it in quotes"),
    (b"name: a/b", "name", "no slash"),
    (b"name: ' a'", "name", "no outer blanks"),
    (b"name: validate", "name", "choose another one"),
    (b"name: ..", "name", "choose another one"),
    (b"name: n\nrulse: []", "rulse", "here are name, description, rules"),
    (b"name: n\nrules: {}", "rules", "must be a list, not an object"),
    (rule("{id: a, action: exclude, where: {name: [x]}}"), "rules[1].id", "rules[0] as well"),
    (rule("{id: 'a b', action: exclude, where: {}}"), "rules[1].id", "begins with a letter or digit"),
    (rule("{id: b, action: drop, where: {}}"), "rules[1].action", "'drop' is not one of require, exclude, allow"),
    (rule("{id: b, where: {}}"), "rules[1]", "action is missing"),
    (rule("{id: b, action: allow, where: {}, scope: x}"), "rules[1].scope", "there is no such field"),
    (rule("{id: b, action: allow, where: {}, ecosystems: [pip]}"), "rules[1].ecosystems[0]", "conda, python, r"),
    (where("{licence: {in: [MIT]}}"), "rules[1].where.licence", "license"),
    (where("{license: [MIT]}"), "rules[1].where.license", "must be an object, not a list"),
    (where("{license: {among: [MIT]}}"), "rules[1].where.license.among", "here are in, not_in"),
    (where("{name: x}"), "rules[1].where.name", "must be a list, not a text"),
    (where("{name: []}"), "rules[1].where.name", "must not be empty"),
    (where(f"{{name: [{', '.join(['x'] * 5001)}]}}"), "rules[1].where.name", "at most 5000 entries"),
    (where(f"{{version: {'9' * 1001}.x}}"), "rules[1].where.version", "at most 1000 characters"),
    (where("{version: 1.10}"), "rules[1].where.version", "not a number; write it in quotes"),
    (where("{signed: yes}"), "rules[1].where.signed", "true or false, not a text"),
    (where("{newest: 0}"), "rules[1].where.newest", "must be at least 1"),
    (where("{newest: 1.5}"), "rules[1].where.newest", "a whole number, not a number"),
    (where("{age: {op: '=<', days: 3}}"), "rules[1].where.age.op", "'=<' is not one of <, <=, ==, !=, >=, >"),
    (where("{age: {op: <, days: 40000}}"), "rules[1].where.age.days", "must be at most 36500"),
    (where("{size: {op: <, bytes: 99999999999999999}}"), "rules[1].where.size.bytes", "must be at most 10000000000"),
    (where("{newest: 1000001}"), "rules[1].where.newest", "must be at most 1000000"),
    (where("{age: {op: <, days: 4, by: us}}"), "rules[1].where.age.by", "upstream, first_seen"),
    (where("{any: [{name: [x]}, {not: {siz: 1}}]}"), "rules[1].where.any[1].not.siz", "there is no such field"),
    (b"name: n\nrules: [" + b"{id: a, action: allow, where: {}}, " * 5001 + b"]", "rules", "at most 5000 entries"),
]


@pytest.mark.parametrize(("text", "field", "words"), FAULTS, ids=[f"{it[1]}-{it[2][:20]}" for it in FAULTS])
def test_a_fault_is_told_with_its_path(text: bytes, field: str | None, words: str) -> None:
    """In words that say what to write, with none of the library's."""
    with pytest.raises(InvalidInput) as caught:
        read_policy_text(text, form=TextForm.YAML)

    assert caught.value.field == field
    assert words in caught.value.message
    assert caught.value.message.startswith(f"{field}: " if field else "the document: ")
    assert "`" not in caught.value.message


HOSTILE = [
    (TextForm.YAML, b"a: &x [1]\nb: *x", "line 1: anchors"),
    (TextForm.YAML, b"a: 1\nb: *x", "line 2: aliases"),
    (TextForm.YAML, b"a: !!python/object/apply:os.system [x]", "line 1: tags"),
    (TextForm.YAML, b"a: !!binary x", "line 1: tags"),
    (TextForm.YAML, b"a: 1\na: 2", "line 2: 'a' stands here twice"),
    (TextForm.YAML, b"? [a]\n: b", "line 1: a key must be a text"),
    (TextForm.YAML, b"---\na: 1\n---\nb: 1", "second document"),
    (TextForm.YAML, b"a: [1", "no YAML: line 2"),
    (TextForm.YAML, b"a: \x00", "characters that may not stand"),
    (TextForm.YAML, b"\xff\xfe\xfa", "characters that may not stand"),
    (TextForm.YAML, b"<<: {name: n}", "there is no such field"),
    (TextForm.YAML, b"name: " + b"[" * 100_000, f"more than {MAX_DEPTH} levels"),
    (TextForm.YAML, b"name:\n" + b"".join(b" " * depth + b"-\n" for depth in range(1, 900)), f"more than {MAX_DEPTH}"),
    (TextForm.JSON, b"[" * 100_000, f"more than {MAX_DEPTH} levels"),
    (TextForm.JSON, b'{"rules": ' + b"[" * 60 + b"]" * 60 + b"}", f"more than {MAX_DEPTH} levels"),
    (TextForm.JSON, b'{"name": "a", "name": "b"}', "'name' stands twice"),
    (TextForm.JSON, b'{"name": NaN}', "NaN is no number"),
    (TextForm.JSON, rb'{"name": "x\uD800"}', "ud800 is no character"),
    (TextForm.JSON, rb'{"name": "x", "\udc00": 1}', "udc00 is no character"),
    (TextForm.YAML, rb'name: "x\uD800"', "line 1: found invalid Unicode character"),
    (TextForm.JSON, b'{"name": ' + b"9" * 10_000 + b"}", "no JSON"),
    (TextForm.JSON, b'{"name": ', "line 1 column"),
    (TextForm.JSON, b"\xff", "no JSON"),
]


@pytest.mark.parametrize(("form", "text", "words"), HOSTILE, ids=[f"{it[0]}-{it[2]}" for it in HOSTILE])
def test_hostile_text_is_refused(form: TextForm, text: bytes, words: str) -> None:
    """Before it costs memory or a stack."""
    with pytest.raises(InvalidInput, match=words.replace("*", r"\*")):
        read_policy_text(text, form=form)


def test_the_largest_document_is_read_in_a_moment() -> None:
    """Bodies have a limit of 1 MiB; a pass over one must not hold the api."""
    names = ", ".join(f"package-{number}" for number in range(5000))
    rules = "".join(f"  - {{id: r{number}, action: exclude, where: {{name: [{names}]}}}}\n" for number in range(15))
    text = f"name: n\nrules:\n{rules}".encode()
    began = time.perf_counter()
    document = read_policy_text(text, form=TextForm.YAML)

    assert len(text) > 900_000
    assert sum(len(rule.where.name or ()) for rule in document.rules) == 75_000
    assert time.perf_counter() - began < 10
