"""Mirrors over HTTP: exact statuses, both shapes, secrets, and the traps of existing clients."""

from typing import Any

import pytest

from libs.common.contracts.messages import MirrorCreated, MirrorDeleted, MirrorRequested, MirrorStop, MirrorUpdated
from libs.common.domain.run import RunState
from tests.support.callers import AT_THE_HARNESS
from tests.support.records import a_channel, a_mirror, a_run
from tests.unit.api.harness import Api, a_wish

BOTH = {
    "source_root",
    "cron",
    "proxy",
    "filters",
    "upstream_removals",
    "policy",
    "policy_name",
    "state",
    "last_run_at",
    "next_run_at",
    "run_number",
    "created_at",
    "updated_at",
    "sync_state",
}
MIRROR_A = BOTH | {"mirror_id", "mirror_name", "mirror_type", "mirror_mode", "catalogue_run"}
MIRROR_B = BOTH | {"id", "name", "type", "mode", "channel"}
MIRRORS = "/api/channels/main/mirrors"


async def test_a_mirror_is_made(api: Api) -> None:
    """201 and the prefixed shape; made is not run."""
    await api.holds(a_channel("main"))

    answer = await api.ask("POST", MIRRORS, json=a_wish(filters={"subdirs": ["linux-64"]}))

    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == MIRROR_A
    assert (body["mirror_name"], body["mirror_type"], body["mirror_mode"]) == ("mm", "conda", "passive")
    assert (body["state"], body["last_run_at"], body["updated_at"], body["proxy"]) == ("pending", None, None, None)
    assert body["filters"] == {"subdirs": ["linux-64"]}
    assert body["created_at"] == "2026-05-17T12:00:00.123000+00:00"
    assert "logs" in body["sync_state"]
    assert [type(message) for message in api.bus.said] == [MirrorCreated]


@pytest.mark.parametrize("path", [MIRRORS, "/api/channels/main/subchannels/stage/mirrors"])
async def test_run_now_asks_for_a_run(api: Api, path: str) -> None:
    """In a channel and in a subchannel; the state is `pending` before the scheduler has heard."""
    await api.holds(a_channel("main"), a_channel("main/stage"))

    body = (await api.ask("POST", path, json=a_wish(run_now=True))).json()

    (said,) = api.said(MirrorRequested)
    assert isinstance(said, MirrorRequested)
    assert (said.mirror, said.trigger, said.requested_by) == ("mm", "user", "admin")
    assert said.channel == ("main/stage" if "stage" in path else "main")
    assert body["state"] == "pending"


async def test_a_mirror_may_leave_out_what_has_a_default(api: Api) -> None:
    """The recommended mode, the first type, once a month."""
    await api.holds(a_channel("main"))

    body = (await api.ask("POST", MIRRORS, json={"mirror_name": "m", "source_root": "https://s.example/x"})).json()

    assert (body["mirror_mode"], body["mirror_type"], body["cron"]) == ("passive", "conda", "0 0 1 * *")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        pytest.param({"mirror_name": "forge"}, 409, None, id="name-taken-elsewhere"),
        pytest.param({"mirror_name": "a/b"}, 400, "mirror_name", id="name-with-slash"),
        pytest.param({"source_root": "ftp://source.example/x"}, 400, "source_root", id="ftp"),
        pytest.param({"source_root": "https://source.example/x?y=1"}, 400, "source_root", id="query"),
        pytest.param({"source_root": "file:///etc"}, 400, None, id="file-not-allowed"),
        pytest.param({"source_root": "https://source.example/t/****/x"}, 400, "source_root", id="masked"),
        pytest.param({"mirror_mode": "eager"}, 400, "mirror_mode", id="mode"),
        pytest.param({"mirror_type": "npm"}, 400, "mirror_type", id="type"),
        pytest.param({"cron": "every day"}, 400, "cron", id="cron"),
        pytest.param({"proxy": "socks5://proxy.example"}, 400, "proxy", id="proxy"),
        pytest.param({"filters": {"what": 1}}, 400, "filters.what", id="unknown-filter"),
        pytest.param({"filters": {"exclude_specs": ["numpy[["]}}, 400, None, id="bad-spec"),
        pytest.param({"run_now": "yes"}, 400, "run_now", id="run-now"),
    ],
)
async def test_a_bad_mirror_is_refused(api: Api, changes: dict[str, object], status: int, field: str | None) -> None:
    """With the field at fault, and nothing stored or said."""
    await api.holds(a_channel("main"), a_channel("other"), a_mirror("forge", channel="other"))

    answer = await api.ask("POST", MIRRORS, json=a_wish(**changes))

    assert answer.status_code == status
    if field is not None:
        assert answer.json()["field"] == field
    assert len(await api.records.mirrors.list()) == 1
    assert api.bus.said == []


async def test_a_refused_file_source_says_what_the_operator_can_do(api: Api) -> None:
    """And does not say which folders there are."""
    await api.holds(a_channel("main"))

    answer = await api.ask("POST", MIRRORS, json=a_wish(source_root="file:///etc"))

    assert answer.json()["code"] == "source_not_allowed"
    assert "TAIN_FILE_SOURCES" in answer.json()["detail"]
    assert str(api.allowed) not in answer.text


async def test_secrets_never_come_back(api: Api) -> None:
    """Neither in any answer nor in any message; the sealed form keeps them for the services."""
    await api.holds(a_channel("main"))
    wish = a_wish(source_root="https://s.example/t/tok-123/x", proxy="http://me:pw-456@proxy.example:1", run_now=True)

    made = await api.ask("POST", MIRRORS, json=wish)
    mirror_id = made.json()["mirror_id"]
    answers = [
        made,
        await api.ask("GET", MIRRORS),
        await api.ask("GET", f"{MIRRORS}/{mirror_id}"),
        await api.ask("GET", "/api/mirrors"),
    ]

    for answer in answers:
        assert "tok-123" not in answer.text
        assert "pw-456" not in answer.text
    assert "tok-123" not in repr(api.bus.said)
    mirror = await api.records.mirrors.get(mirror_id)
    assert mirror is not None
    assert mirror.sealed_source is not None
    assert mirror.sealed_proxy is not None
    assert api.seal.unseal(mirror.sealed_source) == "https://s.example/t/tok-123/x"
    assert api.seal.unseal(mirror.sealed_proxy) == "http://me:pw-456@proxy.example:1"


async def test_a_mirror_sent_back_as_shown_keeps_its_secrets(api: Api) -> None:
    """Trap 1: a restart builds its PUT from the server's list."""
    await api.holds(a_channel("main"))
    made = await api.ask(
        "POST",
        MIRRORS,
        json=a_wish(
            source_root="https://s.example/t/tok-123/x",
            proxy="http://me:pw@proxy.example:1",
            filters={"exclude_licenses": ["gpl3"]},
            cron="0 3 * * *",
        ),
    )
    (shown,) = (await api.ask("GET", "/api/mirrors")).json()["items"]
    before = await api.records.mirrors.get(shown["id"])

    answer = await api.ask("PUT", f"{MIRRORS}/{shown['id']}", json=_restart(shown))

    assert answer.status_code == 202
    assert answer.json() == made.json()
    assert await api.records.mirrors.get(shown["id"]) == before
    assert [message.subject for message in api.bus.said] == [MirrorCreated.subject, MirrorRequested.subject]


def _restart(shown: dict[str, Any]) -> dict[str, object]:
    """Build the PUT of the client's `mirror --restart`; a proxy that is not there is left out."""
    wish = {f"mirror_{key}": shown[key] for key in ("name", "type", "mode")}
    wish |= {key: shown[key] for key in ("source_root", "cron", "filters")} | {"run_now": True}
    return wish | ({"proxy": shown["proxy"]} if shown["proxy"] else {})


async def test_a_put_without_proxy_clears_it(api: Api) -> None:
    """Trap 2: the client clears a proxy by leaving it out."""
    await api.holds(a_channel("main"))
    mirror_id = (await api.ask("POST", MIRRORS, json=a_wish(proxy="http://proxy.example:1"))).json()["mirror_id"]

    answer = await api.ask("PUT", f"{MIRRORS}/{mirror_id}", json=a_wish())

    assert (answer.status_code, answer.json()["proxy"]) == (202, None)
    assert answer.json()["updated_at"] is not None
    assert [type(message) for message in api.bus.said] == [MirrorCreated, MirrorUpdated]
    assert [message.fields for message in api.bus.said if isinstance(message, MirrorUpdated)] == [("proxy",)]


@pytest.mark.parametrize("changes", [{"mirror_mode": "active"}, {"mirror_type": "CRAN"}])
async def test_mode_and_type_stay_as_they_are(api: Api, changes: dict[str, object]) -> None:
    """Trap 3: a PUT with another mode is refused, for files would be missing."""
    await api.holds(a_channel("main"), a_mirror("mm"))

    answer = await api.ask("PUT", f"{MIRRORS}/id-of-mm", json=a_wish(**changes))

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "new mirror" in answer.json()["message"]


async def test_a_mirror_does_not_take_anothers_name(api: Api) -> None:
    """Trap 4: clients find mirrors by name, server-wide."""
    await api.holds(a_channel("main"), a_channel("other"), a_mirror("mm"), a_mirror("nn", channel="other"))

    answer = await api.ask("PUT", f"{MIRRORS}/id-of-mm", json=a_wish(mirror_name="nn"))

    assert answer.status_code == 409


async def test_the_servers_list_has_the_unprefixed_shape(api: Api) -> None:
    """`subchannel` is there only where there is one: the client tests for the key."""
    await api.holds(
        a_channel("main"), a_channel("main/stage"), a_mirror("b"), a_mirror("a", channel="main/stage", cron="5 5 * * *")
    )

    body = (await api.ask("GET", "/api/mirrors")).json()

    assert body["total_count"] == 2
    inner, outer = body["items"]
    assert outer.keys() == MIRROR_B
    assert inner.keys() == MIRROR_B | {"subchannel"}
    assert outer["channel"] == inner["channel"] == {"name": "main", "privacy": "public"}
    assert inner["subchannel"] == {"name": "stage"}
    assert inner["cron"] == "5 5 * * *"
    assert "logs" not in inner["sync_state"]


@pytest.mark.parametrize(
    ("query", "content", "names"),
    [
        pytest.param(
            "", b'{"limit":100,"offset":0,"sort":"mirror_name"}', ["a", "b", "c"], id="as-the-client-sends-it"
        ),
        pytest.param("", b"", ["a", "b", "c"], id="no-body"),
        pytest.param("?limit=1", b'{"limit":2,"offset":1}', ["b", "c"], id="the-body-goes-first"),
        pytest.param("?offset=2", b"{}", ["c"], id="query-alone"),
        pytest.param("?sort=-mirror_name", b"", ["c", "b", "a"], id="downwards"),
        pytest.param("?sort=channel", b'{"other":1}', ["c", "a", "b"], id="by-channel"),
    ],
)
async def test_a_get_may_have_a_body(api: Api, query: str, content: bytes, names: list[str]) -> None:
    """The newer client sends its page as JSON with the GET."""
    await api.holds(
        a_channel("main"),
        a_channel("first"),
        a_mirror("b", position=1),
        a_mirror("a", position=0),
        a_mirror("c", channel="first"),
    )

    body = (await api.ask("GET", f"/api/mirrors{query}", content=content, content_type="application/json")).json()

    assert [item["name"] for item in body["items"]] == names
    assert body["total_count"] == 3


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"limit":-1}', b'{"sort":"size"}'])
async def test_a_bad_page_is_refused(api: Api, content: bytes) -> None:
    """With a problem, as every error."""
    answer = await api.ask("GET", "/api/mirrors", content=content)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_a_mirror_shows_its_newest_run(api: Api) -> None:
    """State, number and start of the run; next comes from the schedule."""
    mirror = a_mirror("mm")
    await api.holds(a_channel("main"), mirror, a_run(mirror_id=mirror.id, state=RunState.RUNNING))
    await api.records.schedule.plan(mirror.id, cron=mirror.cron, at=mirror.created_at)

    (body,) = (await api.ask("GET", MIRRORS)).json()["items"]

    assert (body["state"], body["run_number"]) == ("running", 1)
    assert body["last_run_at"] == body["next_run_at"] == "2026-05-17T12:00:00.123000+00:00"


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING])
async def test_stopping_a_run(api: Api, state: RunState) -> None:
    """200 with JSON; 202 and 204 are errors to the client."""
    mirror = a_mirror("mm")
    await api.holds(a_channel("main"), mirror, a_run(mirror_id=mirror.id, state=state))

    answer = await api.ask("POST", f"{MIRRORS}/{mirror.id}/stop_mirror_sync")

    assert (answer.status_code, answer.json().keys()) == (200, MIRROR_A)
    assert api.bus.said == [
        MirrorStop(channel="main", mirror="mm", mirror_id=mirror.id, requested_by="admin", by_address=AT_THE_HARNESS)
    ]


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED, RunState.STOPPED, RunState.STOPPING])
async def test_stopping_what_does_not_run_says_nothing(api: Api, state: RunState) -> None:
    """It is answered with how things are."""
    mirror = a_mirror("mm")
    await api.holds(a_channel("main"), mirror, a_run(mirror_id=mirror.id, state=state))

    answer = await api.ask("POST", f"{MIRRORS}/{mirror.id}/stop_mirror_sync")

    assert (answer.status_code, answer.json()["state"]) == (200, state.value)
    assert api.bus.said == []


@pytest.mark.parametrize(
    ("query", "packages"), [("", "keep"), ("?packages=keep", "keep"), ("?packages=remove", "remove")]
)
async def test_deleting_a_mirror(api: Api, query: str, packages: str) -> None:
    """204 without a body; its packages stay unless asked otherwise."""
    await api.holds(a_channel("main"), a_mirror("mm"))

    answer = await api.ask("DELETE", f"{MIRRORS}/id-of-mm{query}")

    assert (answer.status_code, answer.content) == (204, b"")
    (said,) = api.said(MirrorDeleted)
    assert isinstance(said, MirrorDeleted)
    assert (said.mirror_id, said.packages) == ("id-of-mm", packages)
    assert (await api.ask("GET", f"{MIRRORS}/id-of-mm")).status_code == 404


async def test_another_word_for_what_becomes_of_packages_is_refused_with_the_choices(api: Api) -> None:
    """Nothing is deleted by a word that was mistyped."""
    await api.holds(a_channel("main"), a_mirror("mm"))

    answer = await api.ask("DELETE", f"{MIRRORS}/id-of-mm?packages=maybe")

    assert (answer.status_code, answer.json()["field"]) == (400, "packages")
    assert answer.json()["detail"] == "packages must be one of keep, remove"
    assert (await api.ask("GET", f"{MIRRORS}/id-of-mm")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/stop_mirror_sync"),
        ("GET", "/runs"),
        ("GET", "/runs/1"),
    ],
)
async def test_a_mirror_is_found_in_its_own_channel_only(api: Api, method: str, path: str) -> None:
    """An id of another channel is not found, lest rights on one channel open another."""
    await api.holds(a_channel("main"), a_channel("other"), a_mirror("mm", channel="other"))

    answer = await api.ask(method, f"{MIRRORS}/id-of-mm{path}", json=a_wish() if method == "PUT" else None)

    assert answer.status_code == 404
    assert api.bus.said == []


async def test_a_mirrors_runs_are_listed_newest_first(api: Api) -> None:
    """With skipped requests, which the mirror's own state leaves out."""
    mirror = a_mirror("mm")
    await api.holds(
        a_channel("main"),
        mirror,
        a_run("one", mirror_id=mirror.id, state=RunState.COMPLETED),
        a_run("two", mirror_id=mirror.id, state=RunState.RUNNING),
        a_run("three", mirror_id=mirror.id),
    )

    runs = (await api.ask("GET", f"{MIRRORS}/{mirror.id}/runs?limit=2")).json()
    none = (await api.ask("GET", f"{MIRRORS}/{mirror.id}/runs?limit=0")).json()
    first = await api.ask("GET", f"{MIRRORS}/{mirror.id}/runs/1")
    fourth = await api.ask("GET", f"{MIRRORS}/{mirror.id}/runs/4")

    assert runs["total_count"] == none["total_count"] == 3
    assert [(run["number"], run["state"]) for run in runs["items"]] == [(3, "skipped"), (2, "running")]
    assert none["items"] == []
    assert (first.status_code, first.json()["state"], first.json()["trigger"]) == (200, "completed", "user")
    assert (await api.ask("GET", f"{MIRRORS}/{mirror.id}/runs/0")).status_code == fourth.status_code == 404
    assert (await api.ask("GET", f"{MIRRORS}/{mirror.id}")).json()["state"] == "running"
