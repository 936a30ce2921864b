"""What holds for the whole REST API: tokens, problems, headers, limits, documentation."""

import re
from collections.abc import Iterator

import pytest
from litestar.routes import HTTPRoute

from libs.common.domain.errors import (
    Conflict,
    ContentMismatch,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    SourceNotAllowed,
    StoreUnavailable,
    TainError,
    UnreadableIndex,
    UpstreamMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from libs.common.version import VERSION
from services.api.ports import Probe
from services.api.problems import status_of
from tests.support.records import a_channel, an_entry, minutes_on
from tests.unit.api.harness import Api

OPEN = {
    "/",
    "/ui",
    "/api/policies/schema.json",
    "/api/system",
    "/readyz",
    "/livez",
    "/api/docs",
    "/api/docs/openapi.json",
}
OPEN_BELOW = ("/ui/", "/api/docs/", "/api/auth/", "/auth/realms/")
"""Whoever signs in shows nothing yet."""
FOR_ALL = {"/api/channels", "/api/artifacts"}
"""What answers everybody, with what they may see."""


def all_routes(api: Api) -> Iterator[tuple[str, str]]:
    """Yield every method and address that the application has."""
    for route in api.app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"\{number\}", "1", route.path_format)
            for method in route.methods - {"OPTIONS"}:
                yield method, re.sub(r"\{[^}]*\}", "some", path)


async def test_no_route_but_the_open_ones_works_without_a_token(api: Api) -> None:
    """Whoever adds a route has it guarded, or names it here."""
    seen = 0
    for method, path in all_routes(api):
        if path in OPEN or path.startswith(OPEN_BELOW) or (method == "GET" and path in FOR_ALL):
            continue
        answer = await api.client.request(method, path)
        seen += 1

        assert answer.status_code == 401, (method, path)
        scheme = "Basic" if path.startswith(("/api/repo/", "/t/")) else "Bearer"
        assert answer.headers["www-authenticate"] == f'{scheme} realm="Tain"'
        assert answer.headers["content-type"] == "application/problem+json"
    assert seen > 60


async def test_a_wrong_token_opens_nothing(api: Api) -> None:
    """Not even what is open to all without one; who tries too many has to wait."""
    for method, path in all_routes(api):
        if path in OPEN or path.startswith(OPEN_BELOW):
            continue
        for headers in ({"X-Auth": "wrong"}, {"Authorization": "Bearer None"}):
            answer = await api.client.request(method, path, headers=headers)

            assert answer.status_code in {401, 429}, (method, path, headers)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", sorted(OPEN))
async def test_the_open_routes_are_open(api: Api, path: str) -> None:
    """Clients look for a server before they log in."""
    answer = await api.client.get(path, follow_redirects=True)

    assert answer.status_code == 200


async def test_a_client_finds_the_server(api: Api) -> None:
    """`config --set-site` asks for exactly this word."""
    answer = await api.client.get("/api/system")

    assert (answer.status_code, answer.json()["service_name"], answer.json()["version"]) == (200, "repo", VERSION)


async def test_the_account_is_the_administrators(api: Api) -> None:
    """The client's `system` command looks for `admin` in `roles`."""
    await api.holds(a_channel("theirs", owners=("someone",)), a_channel("mine", owners=("admin",)))

    account = await api.ask("GET", "/api/account")
    channels = await api.ask("GET", "/api/account/channels")
    token = await api.ask("GET", "/api/account/token-info")

    assert account.json() == {
        "user_id": "admin",
        "username": "admin",
        "roles": ["admin"],
        "dbroles": ["admin"],
        "default_channel_name": None,
    }
    assert (channels.json()["total_count"], channels.json()["items"][0]["name"]) == (1, "mine")
    assert token.json() == {"expires_at": None}


async def test_the_history_of_all_channels_is_filtered(api: Api) -> None:
    """Who did what, and when, also in channels that are gone."""
    for number, (by, event_type) in enumerate(
        [("ann", "channel_created"), ("bob", "mirror_updated"), ("ann", "mirror_updated"), ("ann", "mirror_deleted")]
    ):
        await api.records.history.add(
            an_entry(f"e{number}", channel_id=f"c{number}", by=by, event_type=event_type, created=minutes_on(number))
        )

    everything = await api.ask("GET", "/api/history")
    some = await api.ask(
        "GET",
        "/api/history?event_type=mirror_updated,mirror_deleted&by=ann"
        "&from=2026-05-17T12:00:00&to=2026-05-17T14:03:00.123%2B02:00",
    )
    of_mirrors = await api.ask("GET", "/api/history?event_type=mirror_*")
    wrong = await api.ask("GET", "/api/history?from=yesterday")

    assert [item["event_id"] for item in of_mirrors.json()["items"]] == ["e3", "e2", "e1"]
    assert [item["event_id"] for item in everything.json()["items"]] == ["e3", "e2", "e1", "e0"]
    assert (some.json()["total_count"], [item["event_id"] for item in some.json()["items"]]) == (1, ["e2"])
    assert some.json()["items"][0]["meta"] == {"by": "ann"}
    assert wrong.status_code == 400
    assert wrong.json()["field"] == "from"
    assert wrong.json()["detail"].startswith("from must be a day or a moment, such as 2026-05-17,")


@pytest.mark.parametrize(
    ("query", "event_ids"),
    [
        pytest.param("from=2026-05-17", ["e0"], id="from-a-day"),
        pytest.param("from=2026-05-18", [], id="from-the-next-day"),
        pytest.param("to=2026-05-17", [], id="to-the-day"),
        pytest.param("to=2026-05-18T00:00Z", ["e0"], id="to-a-minute"),
    ],
)
async def test_a_day_bounds_the_history(api: Api, query: str, event_ids: list[str]) -> None:
    """From its first moment on, or up to there."""
    await api.records.history.add(an_entry("e0", created=minutes_on(0)))

    answer = await api.ask("GET", f"/api/history?{query}")

    assert [item["event_id"] for item in answer.json()["items"]] == event_ids


async def test_a_channels_history_is_shown(api: Api) -> None:
    """In the shape that the client prints; only the audit log tells from which address."""
    await api.holds(a_channel("main"))
    entry = an_entry("one", event_type="channel_created", by="admin", by_address="192.0.2.1", data={"a": 1})
    await api.records.history.add(entry)

    answer = await api.ask("GET", "/api/channels/main/history?offset=0&limit=50")

    assert answer.status_code == 200
    assert answer.json()["total_count"] == 1
    (item,) = answer.json()["items"]
    assert item.keys() == {"event_id", "event_type", "created", "data", "meta"}
    assert (item["event_id"], item["event_type"], item["data"]) == ("one", "channel_created", {"a": 1})
    assert item["meta"] == {"by": "admin"}
    (audited,) = (await api.ask("GET", "/api/history")).json()["items"]
    assert audited == item | {"channel": "main", "meta": {"by": "admin", "address": "192.0.2.1"}}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("x"), 400),
        (SourceNotAllowed("x"), 400),
        (NotAuthenticated("x"), 401),
        (NotAllowed("x"), 403),
        (NotFound("x"), 404),
        (UpstreamMissing("x"), 404),
        (Conflict("x"), 409),
        (UpstreamRefused("x"), 502),
        (UnreadableIndex("x"), 502),
        (ContentMismatch("x"), 502),
        (UpstreamUnavailable("x"), 503),
        (StoreUnavailable("x"), 503),
        (TainError("x"), 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_error_has_a_status(error: TainError, status: int) -> None:
    """One table says which."""
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        pytest.param("GET", "/nowhere", b"", 404, id="no-route"),
        pytest.param("GET", "/api/docs/nowhere", b"", 404, id="no-page"),
        pytest.param("GET", "/api/docs/assets/nowhere.js", b"", 404, id="no-asset"),
        pytest.param("DELETE", "/api/system", b"", 405, id="method"),
        pytest.param("POST", "/api/channels", b'{"name": ', 400, id="json"),
        pytest.param("POST", "/api/channels", b"", 400, id="no-body"),
        pytest.param("POST", "/api/channels", b"[]", 400, id="no-object"),
        pytest.param("POST", "/api/channels", b'"' + b"x" * (1 << 20) + b'"', 413, id="large"),
        pytest.param("GET", "/api/mirrors", b" " * (1 << 20) + b"{}", 413, id="large-body-of-a-get"),
        pytest.param("GET", "/api/channels?limit=x", b"", 400, id="query"),
        pytest.param("GET", "/api/channels/main/history?limit=1001", b"", 400, id="limit"),
    ],
)
async def test_every_error_is_a_problem(api: Api, method: str, path: str, content: bytes, status: int) -> None:
    """RFC 9457, with `code` and `message` for older clients, and nothing of the address in it."""
    await api.holds(a_channel("main"))
    answer = await api.ask(method, path, content=content)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["message"] == body["detail"]
    assert body["type"] == f"urn:tain:problem:{body['code']}"
    assert "nowhere" not in answer.text


@pytest.mark.parametrize("wrong", ["mirroring_fail", "mirorring_*", "*_failed"])
@pytest.mark.parametrize("path", ["/api/history", "/api/channels/main/history"])
async def test_an_event_that_there_is_not_is_refused_with_those_that_there_are(api: Api, path: str, wrong: str) -> None:
    """A mistyped name would else be told as: nothing happened."""
    await api.holds(a_channel("main"))

    answer = await api.ask("GET", f"{path}?event_type=mirroring_failed,{wrong}")

    assert (answer.status_code, answer.json()["field"]) == (400, "event_type")
    assert f"'{wrong}'" in answer.json()["detail"]
    assert "mirroring_failed, mirroring_rejected" in answer.json()["detail"]


async def test_a_wrong_method_learns_the_right_ones(api: Api) -> None:
    """RFC 9110 section 15.5.6 asks for `Allow`."""
    answer = await api.ask("PATCH", "/api/channels/main/mirrors/x")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, OPTIONS, PUT"


async def test_a_store_that_does_not_answer_is_a_503(api: Api) -> None:
    """With a hint when to try again."""

    async def is_down() -> frozenset[str]:
        raise StoreUnavailable("MongoDB did not answer")

    api.ports.probes = {"mongodb": is_down, "nats": _lacks("fetcher", "indexer")}

    answer = await api.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["missing"] == ["fetcher", "indexer", "mongodb"]
    assert "fetcher, indexer, mongodb" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "5"


def _lacks(*names: str) -> Probe:
    async def probe() -> frozenset[str]:
        return frozenset(names)

    return probe


async def test_a_bug_is_a_500_that_tells_nothing(api: Api) -> None:
    """What broke is for the log."""

    async def breaks() -> frozenset[str]:
        raise RuntimeError("the inner secret")

    api.ports.probes = {"mongodb": breaks}

    answer = await api.client.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/api/system", "/nowhere", "/api/channels", "/api/docs"])
async def test_every_answer_has_the_safe_headers(api: Api, path: str) -> None:
    """Problems too."""
    answer = await api.client.get(path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] in ("no-store", "no-cache")


async def test_the_docs_page_loads_nothing_from_elsewhere(api: Api) -> None:
    """It works without a network."""
    page = (await api.client.get("/api/docs")).text
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)

    assert "://" not in page
    assert "//" not in page.replace("</", "")
    assert len(loaded) == 5
    for path in loaded:
        if not path.startswith("data:"):
            assert path.startswith("/api/docs/")
            assert (await api.client.get(path)).status_code == 200
    assert "://" not in (await api.client.get("/api/docs/assets/docs.js")).text


async def test_assets_are_cached_by_their_content(api: Api) -> None:
    """Swagger UI is 1.7 MB."""
    first = await api.client.get("/api/docs/assets/swagger-ui-bundle.js")
    again = await api.client.get(
        "/api/docs/assets/swagger-ui-bundle.js", headers={"If-None-Match": f'"other", {first.headers["etag"]}'}
    )

    assert first.headers["cache-control"] == "public, max-age=3600"
    assert first.headers["content-type"].startswith("text/javascript")
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_every_route_is_documented(api: Api) -> None:
    """Summary, answers and the token; errors as problems."""
    document = (await api.client.get("/api/docs/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"].keys() == {"X-Auth", "Bearer", "Basic", "tain_session"}
    operations = [(path, it) for path, item in document["paths"].items() for it in item.values()]
    assert len(operations) > 25
    for path, operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        statuses = operation["responses"]
        assert any(status.startswith(("2", "3")) for status in statuses)
        if path not in OPEN and not path.startswith(OPEN_BELOW):
            ways: list[dict[str, list[str]]] = [{"X-Auth": []}, {"Bearer": []}, {"Basic": []}, {"tain_session": []}]
            is_for_all = operation["security"][0] == {}
            assert path in FOR_ALL or not is_for_all
            assert operation["security"] == ([{}, *ways] if is_for_all else ways)
            assert {"401", "429"} | (set() if is_for_all else {"403"}) <= statuses.keys(), path
            assert "{channel}" not in path or "404" in statuses
        for status, answer in statuses.items():
            if status >= "4":
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


async def test_a_report_that_is_streamed_has_a_schema(api: Api) -> None:
    """Nothing of its type is returned as such."""
    document = (await api.client.get("/api/docs/openapi.json")).json()

    content = document["paths"]["/api/reports/artifact_downloads"]["post"]["responses"]["200"]["content"]
    schema = document["components"]["schemas"][content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    assert list(schema["properties"]) == ["downloaded_items"]
