"""Policies over HTTP: exact statuses, exact shapes, what is said."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml

from libs.common.contracts.policy_messages import PolicyChanged
from libs.common.domain.errors import StoreUnavailable
from services.api.say_unsaid import say_left
from tests.support.callers import AT_THE_HARNESS
from tests.support.policies import YAML_POLICY
from tests.support.records import a_channel, a_mirror, a_policy, an_assignment, minutes_on
from tests.unit.api.harness import Api

POLICIES = "/api/policies"
RULE = {"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL"]}}}
WISH = {"name": "production", "rules": [RULE]}
YAML = {"Content_Type": "application/yaml"}

ITEM_KEYS = {
    "id",
    "name",
    "description",
    "number",
    "rule_count",
    "created_at",
    "saved_at",
    "saved_by",
    "assigned",
}


async def made(api: Api, **changes: object) -> dict[str, Any]:
    """Make a policy and return what is shown of it."""
    answer = await api.ask("POST", POLICIES, json=WISH | changes)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_policy_is_made(api: Api) -> None:
    """201, the whole policy, its revision as ETag, and its rules in plain words."""
    answer = await api.ask("POST", POLICIES, json=WISH)

    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    body = answer.json()
    assert body.keys() == ITEM_KEYS | {"rules", "summary"}
    assert body["rules"] == [RULE]
    assert body["summary"] == [{"rule": "no-gpl", "text": "Leave out files under the license GPL."}]
    assert (body["number"], body["rule_count"], body["saved_by"], body["assigned"]) == (1, 1, "admin", [])
    assert body["created_at"] == body["saved_at"] == "2026-05-17T12:00:00.123000+00:00"
    assert api.bus.said == [
        PolicyChanged(
            policy_id=body["id"], name="production", number=1, change="created", by="admin", by_address=AT_THE_HARNESS
        )
    ]


@pytest.mark.parametrize("content_type", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"])
async def test_a_policy_is_imported_from_yaml(api: Api, content_type: str) -> None:
    """The same document as in JSON."""
    answer = await api.ask("POST", POLICIES, content=YAML_POLICY, Content_Type=content_type)

    assert (answer.status_code, answer.json()["rule_count"]) == (201, 4)
    assert answer.json()["description"] == "What our servers may install."


@pytest.mark.parametrize("form", ["json", "yaml"])
async def test_what_is_exported_can_be_imported(api: Api, form: str) -> None:
    """As another policy, or as the same one, which changes nothing."""
    first = (await api.ask("POST", POLICIES, content=YAML_POLICY, **YAML)).json()
    exported = await api.ask("GET", f"{POLICIES}/production/export?format={form}")
    headers = {"Content_Type": exported.headers["content-type"]}

    again = await api.ask("PUT", f"{POLICIES}/production", content=exported.content, **headers)
    renamed = exported.content.replace(b"production", b"other")
    other = await api.ask("POST", POLICIES, content=renamed, **headers)

    assert exported.headers["content-type"].startswith(f"application/{form}")
    assert (again.status_code, again.json()) == (200, first)
    assert (other.status_code, other.json()["rules"]) == (201, first["rules"])
    assert len(api.said(PolicyChanged)) == 2


async def test_an_old_revision_is_exported(api: Api) -> None:
    """To go back is to send it again."""
    await made(api)
    await api.ask("PUT", f"{POLICIES}/production", json=WISH | {"rules": []})
    exported = await api.ask("GET", f"{POLICIES}/production/export?format=yaml&number=1")

    assert yaml.safe_load(exported.text) == WISH
    assert (await api.ask("PUT", f"{POLICIES}/production", content=exported.content, **YAML)).json()["number"] == 3


async def test_policies_are_listed_by_name_and_paged(api: Api) -> None:
    """With where each is assigned, and without rules."""
    await api.holds(
        *(a_policy(name) for name in "bca"),
        a_channel("main", policy_id="id-of-b"),
        a_channel("main/stage"),
        a_mirror("mm", channel="main/stage", policy_id="id-of-b"),
    )
    await api.records.policies.assign(an_assignment("b"))
    await api.records.policies.assign(an_assignment("b", channel="main/stage", mirror="mm"))

    everything = (await api.ask("GET", POLICIES)).json()
    page = (await api.ask("GET", f"{POLICIES}?offset=1&limit=1")).json()

    assert [item["name"] for item in everything["items"]] == ["a", "b", "c"]
    assert (page["total_count"], [item["name"] for item in page["items"]]) == (3, ["b"])
    assert page["items"][0].keys() == ITEM_KEYS
    assert page["items"][0]["assigned"] == [
        {"channel": "main", "mirror": None, "mirror_id": None, "frozen": False},
        {"channel": "main/stage", "mirror": "mm", "mirror_id": "id-of-mm", "frozen": False},
    ]


async def test_a_policy_is_shown_by_its_id_or_name(api: Api) -> None:
    """Whatever a person has at hand."""
    shown = await made(api)

    for key in (shown["id"], "production"):
        answer = await api.ask("GET", f"{POLICIES}/{key}")
        assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, shown, '"1"')


async def test_an_edit_makes_a_revision(api: Api) -> None:
    """The old ones stay; what is not sent is emptied, for a document is a whole."""
    first = await made(api, description="ours")
    answer = await api.ask("PUT", f"{POLICIES}/production", json={"name": "renamed", "rules": []})

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    body = answer.json()
    assert (body["id"], body["name"], body["description"], body["rules"]) == (first["id"], "renamed", None, [])
    assert api.said(PolicyChanged)[1:] == [
        PolicyChanged(
            policy_id=first["id"], name="renamed", number=2, change="updated", by="admin", by_address=AT_THE_HARNESS
        )
    ]
    revisions = (await api.ask("GET", f"{POLICIES}/renamed/revisions")).json()
    assert [(it["number"], it["name"], it["rule_count"]) for it in revisions["items"]] == [
        (2, "renamed", 0),
        (1, "production", 1),
    ]
    old = (await api.ask("GET", f"{POLICIES}/renamed/revisions/1")).json()
    assert (old["rules"], old["summary"], old["description"]) == (first["rules"], first["summary"], "ours")


async def test_a_whole_object_sent_back_changes_nothing(api: Api) -> None:
    """Scripts read, change one key and send all of it."""
    shown = await made(api)
    answer = await api.ask("PUT", f"{POLICIES}/production", json=shown)

    assert (answer.status_code, answer.json()) == (200, shown)
    assert len(api.bus.said) == 1


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"2"', 200),
        ('W/"2"', 200),
        ("2", 200),
        ("*", 200),
        ('"1", "2"', 200),
        ('"1"', 412),
        ('"3"', 412),
        ('"x"', 400),
        ("", 400),
    ],
)
async def test_an_edit_can_insist_on_what_it_was_made_from(api: Api, if_match: str, status: int) -> None:
    """412 where somebody else saved the policy since."""
    await made(api)
    await api.ask("PUT", f"{POLICIES}/production", json=WISH | {"rules": []})
    answer = await api.ask("PUT", f"{POLICIES}/production", json=WISH, If_Match=if_match)

    assert answer.status_code == status
    assert (await api.ask("GET", f"{POLICIES}/production")).json()["number"] == (3 if status == 200 else 2)
    if status == 412:
        assert (answer.json()["code"], "revision 2" in answer.json()["detail"]) == ("outdated", True)


async def test_a_policy_is_deleted(api: Api) -> None:
    """It is gone, its name is free, and its revisions can still be shown by its id."""
    shown = await made(api)
    answer = await api.ask("DELETE", f"{POLICIES}/production")

    assert answer.status_code == 204
    assert (await api.ask("GET", f"{POLICIES}/production")).status_code == 404
    assert (await api.ask("DELETE", f"{POLICIES}/{shown['id']}")).status_code == 404
    assert (await api.ask("GET", f"{POLICIES}/{shown['id']}/revisions/1")).json()["rules"] == [RULE]
    assert api.said(PolicyChanged)[1:] == [
        PolicyChanged(
            policy_id=shown["id"], name="production", number=1, change="deleted", by="admin", by_address=AT_THE_HARNESS
        )
    ]
    assert (await made(api))["id"] != shown["id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "none"),
        ("PUT", "none"),
        ("DELETE", "none"),
        ("GET", "none/export"),
        ("GET", "none/revisions"),
        ("GET", "none/revisions/1"),
        ("GET", "production/revisions/2"),
        ("GET", "production/revisions/2/difference"),
        ("GET", "production/revisions/1/difference?to=2"),
        ("GET", "production/export?number=2"),
    ],
)
async def test_what_is_not_there_is_not_found(api: Api, method: str, path: str) -> None:
    """Policies and revisions."""
    await api.holds(a_policy())
    answer = await api.ask(method, f"{POLICIES}/{path}", json=WISH if method == "PUT" else None)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_name_is_taken(api: Api) -> None:
    """By a new policy and by a renamed one."""
    await api.holds(a_policy("a"), a_policy("b"))

    for method, path in (("POST", POLICIES), ("PUT", f"{POLICIES}/b")):
        answer = await api.ask(method, path, json={"name": "a"})
        assert (answer.status_code, "'a' already" in answer.json()["detail"]) == (409, True)
    assert api.bus.said == []


async def test_a_difference_tells_every_change(api: Api) -> None:
    """Rules that came, went, changed, and moved; both ways."""
    x, y, z = ({**RULE, "id": name} for name in "xyz")
    await made(api, rules=[x, y, z])
    changed = {**y, "action": "require"}
    await api.ask("PUT", f"{POLICIES}/production", json=WISH | {"rules": [z, {**RULE, "id": "new"}, changed]})
    forth = (await api.ask("GET", f"{POLICIES}/production/revisions/1/difference")).json()
    back = (await api.ask("GET", f"{POLICIES}/production/revisions/2/difference?to=1")).json()

    assert (forth["from"], forth["to"]) == (1, 2)
    assert [it["rule"]["id"] for it in forth["added"]] == ["new"]
    assert [it["rule"]["id"] for it in forth["removed"]] == ["x"]
    ((change),) = forth["changed"]
    assert (change["id"], change["before"]["rule"], change["after"]["rule"]) == ("y", y, changed)
    assert (change["before"]["text"], change["after"]["text"]) == (
        "Leave out files under the license GPL.",
        "Keep only files under the license GPL.",
    )
    assert len(forth["moved"]) == 1
    assert (back["added"], back["removed"]) == (forth["removed"], forth["added"])


async def test_a_document_can_be_checked(api: Api) -> None:
    """Its rules in plain words, and nothing stored or said."""
    answer = await api.ask("POST", f"{POLICIES}/validate", content=YAML_POLICY, **YAML)

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["rule_count"]) == ("production", 4)
    assert answer.json()["summary"][0] == {"rule": "platforms", "text": "Keep only files for linux-64 or noarch."}
    assert (await api.ask("GET", POLICIES)).json()["total_count"] == 0
    assert api.bus.said == []


async def test_a_checked_document_comes_back_as_it_was_read(api: Api) -> None:
    """A form shows what somebody typed as YAML without reading YAML itself."""
    where = b"{version: '1.10', size: {op: '>', bytes: 5}}"
    text = b"name: a\nrules:\n  - {id: x, action: exclude, note: no, where: " + where + b"}\n"

    answer = await api.ask("POST", f"{POLICIES}/validate", content=text, **YAML)

    assert answer.json()["document"] == {
        "name": "a",
        "rules": [
            {
                "id": "x",
                "action": "exclude",
                "where": {"version": "1.10", "size": {"op": ">", "bytes": 5}},
                "note": "no",
            }
        ],
    }


def bad(where: dict[str, object], **rule: object) -> dict[str, object]:
    """Return a policy whose second rule is wrong."""
    wrong = {"id": "x", "action": "exclude", "where": where, **rule}
    return {"name": "production", "rules": [RULE, wrong]}


BAD = {
    "field": (bad({"licence": {"in": ["MIT"]}}), "rules[1].where.licence"),
    "type": (bad({"size": 5}), "rules[1].where.size"),
    "spec": (bad({"spec": ["numpy", "numpy >=>1"]}), "rules[1].where.spec[1]"),
    "version": (bad({"version": ">=1,,<<2"}), "rules[1].where.version"),
    "dates": (bad({"created": {"from": "2025-02-01", "to": "2025-01-01"}}), "rules[1].where.created"),
    "no day": (bad({"created": {"from": "2025-02-31"}}), "rules[1].where.created.from"),
    "license": (bad({"license": {"in": ["NOT A LICENSE"]}}), "rules[1].where.license.in[0]"),
    "both": (bad({"license": {"in": ["MIT"], "not_in": ["GPL"]}}), "rules[1].where.license"),
    "neither": (bad({"license": {}}), "rules[1].where.license"),
    "empty": (bad({}), "rules[1].where"),
    "of R": (bad({"spec": ["scikit-learn >=1.2"]}, ecosystems=["r"]), "rules[1].where.spec[0]"),
    "of both": (bad({"spec": ["numpy[build=py*]"]}, ecosystems=["r", "conda"]), "rules[1].where.spec[0]"),
    "explosion": (bad({"spec": ["^((a{1,1000}){1,1000}){1,1000}$"]}), "rules[1].where.spec[0]"),
    "ids": (bad({"name": ["x"]}, id="no-gpl"), "rules[1].id"),
    "dependencies": (bad({"name": ["x"]}, include_dependencies=True), "rules[1].include_dependencies"),
    "score": (bad({"cve_score": {"op": "<=", "value": 11}}), "rules[1].where.cve_score.value"),
    "no name": ({"rules": []}, None),
    "name": ({"name": "a/b"}, "name"),
}


@pytest.mark.parametrize(("wish", "field"), list(BAD.values()), ids=list(BAD))
@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("POST", "/validate"), ("PUT", "/there")])
async def test_a_bad_policy_is_refused_with_the_path(
    api: Api, method: str, path: str, wish: object, field: str | None
) -> None:
    """400, one fault, nothing stored or said."""
    await api.holds(a_policy("there"))
    answer = await api.ask(method, f"{POLICIES}{path}", json=wish)

    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert (body.get("field") or "").startswith(field or "")
    assert (field or "the document") in body["detail"]
    assert [policy.number for policy in await api.records.policies.list()] == [1]
    assert api.bus.said == []


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        pytest.param(b"name: " + b"x" * 10_000_000, 413, "1,048,576 bytes", id="10-MB"),
        pytest.param(b"a: &a [x]\nb: [*a, *a]", 400, "anchors", id="anchors"),
        pytest.param(b"name: !!python/name:os.system", 400, "tags", id="tags"),
        pytest.param(b"name: [", 400, "line 2", id="broken"),
        pytest.param(b"", 400, "must be an object, not nothing", id="empty"),
        pytest.param(b"rules: " + b"[" * 100_000, 400, "levels deep", id="deep"),
    ],
)
async def test_hostile_yaml_is_refused(api: Api, content: bytes, status: int, words: str) -> None:
    """As a problem that says what is taken."""
    answer = await api.ask("POST", POLICIES, content=content, **YAML)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


async def test_the_schema_is_published(api: Api) -> None:
    """It takes what the server takes, and refuses what is misspelt."""
    answer = await api.client.get(f"{POLICIES}/schema.json")
    schema = msgspec.json.decode(answer.content)
    validator = jsonschema.Draft202012Validator(schema)

    assert answer.headers["content-type"] == "application/schema+json"
    assert validator.is_valid(yaml.safe_load(YAML_POLICY))
    assert not validator.is_valid(WISH | {"rulse": []})
    assert not validator.is_valid(bad({"licence": {"in": ["MIT"]}}))
    assert not validator.is_valid(bad({"size": {"op": "=<", "bytes": 1}}))
    jsonschema.Draft202012Validator.check_schema(schema)


async def test_what_nats_does_not_take_is_said_later(api: Api) -> None:
    """The change is stored with what is to be said of it, and is no error."""
    say = api.bus.say

    async def is_away(*_: object, **__: object) -> None:
        raise StoreUnavailable("NATS did not answer")

    vars(api.bus)["say"] = is_away
    policy_id = (await made(api))["id"]
    await api.ask("PUT", f"{POLICIES}/production", json=WISH | {"rules": []})
    assert (await api.ask("DELETE", f"{POLICIES}/production")).status_code == 204
    vars(api.bus)["say"] = say
    await say_left([api.records.policies], before=minutes_on(1), bus=api.bus)

    assert [(message.policy_id, message.number, message.change) for message in changes(api)] == [
        (policy_id, 1, "created"),
        (policy_id, 2, "updated"),
        (policy_id, 2, "deleted"),
    ]


def changes(api: Api) -> list[PolicyChanged]:
    """Return what was said of policies."""
    return [message for message in api.said(PolicyChanged) if isinstance(message, PolicyChanged)]


async def test_a_rule_is_read_by_those_whom_it_is_for(api: Api) -> None:
    """R's words are none of conda's."""
    rules = [
        {**RULE, "id": "r", "where": {"spec": ["Rcpp (>= 1.0)"]}, "ecosystems": ["r"]},
        {**RULE, "id": "conda", "where": {"spec": ["numpy[build=py*]"]}, "ecosystems": ["conda"]},
        {**RULE, "id": "all", "where": {"spec": ["numpy >=1.2,<2"]}},
    ]

    assert (await made(api, rules=rules))["rule_count"] == 3
