"""Channels and subchannels over HTTP: exact statuses, exact shapes, what is said."""

import msgspec
import pytest

from libs.common.contracts.messages import (
    ChannelCreated,
    ChannelDeleted,
    ChannelFrozen,
    ChannelUnfrozen,
    ChannelUpdated,
    MirrorDeleted,
)
from libs.common.domain.channel import ChannelKey, Privacy, PublishedRevision
from tests.support.callers import AT_THE_HARNESS
from tests.support.records import a_channel, a_mirror, a_published, minutes_on
from tests.unit.api.harness import Api

CHANNEL_KEYS = {
    "id",
    "name",
    "description",
    "privacy",
    "artifact_count",
    "size_bytes",
    "package_count",
    "download_count",
    "subchannel_count",
    "group_count",
    "mirror_count",
    "filters",
    "owners",
    "created",
    "updated",
    "indexing_behavior",
    "is_frozen",
    "revision",
    "policy",
    "policy_name",
}


async def test_a_channel_is_made_public_by_default(api: Api) -> None:
    """201 and the whole channel; the client counts anything else as an error."""
    answer = await api.ask("POST", "/api/channels", json={"name": "main"})

    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == CHANNEL_KEYS
    assert (body["name"], body["privacy"], body["indexing_behavior"]) == ("main", "public", "default")
    assert body["created"] == "2026-05-17T12:00:00.123000+00:00"
    assert body["updated"] is None
    assert body["revision"] is None
    (said,) = api.said(ChannelCreated)
    assert said == ChannelCreated(channel="main", channel_id=body["id"], by="admin", by_address=AT_THE_HARNESS)


async def test_a_subchannel_names_its_parent(api: Api) -> None:
    """`parent` is there for subchannels, and only for them."""
    await api.holds(a_channel("main"))

    answer = await api.ask("POST", "/api/channels/main/subchannels", json={"name": "stage", "privacy": "private"})

    assert answer.status_code == 201
    assert answer.json().keys() == CHANNEL_KEYS | {"parent"}
    assert (answer.json()["name"], answer.json()["parent"]) == ("stage", "main")
    assert (await api.ask("GET", "/api/channels/main")).json()["subchannel_count"] == 1
    listed = (await api.ask("GET", "/api/channels/main/subchannels")).json()
    assert listed == {"total_count": 1, "items": [answer.json()]}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        pytest.param("/api/channels", {"name": "main"}, 409, "conflict", id="taken"),
        pytest.param("/api/channels", {"name": "Main"}, 400, "invalid_input", id="capital"),
        pytest.param("/api/channels", {"name": "main/x"}, 400, "invalid_input", id="slash"),
        pytest.param("/api/channels", {"name": "noarch"}, 400, "invalid_input", id="reserved"),
        pytest.param("/api/channels", {}, 400, "bad_request", id="no-name"),
        pytest.param("/api/channels", {"name": "x", "privacy": "secret"}, 400, "bad_request", id="no-such-privacy"),
        pytest.param("/api/channels", {"name": "x", "filters": {"x": 1}}, 400, "invalid_input", id="unknown-filter"),
        pytest.param("/api/channels/none/subchannels", {"name": "stage"}, 404, "not_found", id="no-parent"),
        pytest.param("/api/channels/main/subchannels", {"name": "linux-64"}, 400, "invalid_input", id="a-subdir"),
    ],
)
async def test_a_bad_channel_is_refused(api: Api, path: str, body: dict[str, object], status: int, code: str) -> None:
    """With a problem that says what is wrong, and nothing stored or said."""
    await api.holds(a_channel("main"))

    answer = await api.ask("POST", path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert api.bus.said == []


async def test_channels_are_listed_by_name_and_paged(api: Api) -> None:
    """Subchannels have a list of their own."""
    await api.holds(a_channel("b"), a_channel("a"), a_channel("a/stage"), a_channel("c"))

    everything = (await api.ask("GET", "/api/channels")).json()
    page = (await api.ask("GET", "/api/channels?offset=1&limit=1")).json()

    assert [item["name"] for item in everything["items"]] == ["a", "b", "c"]
    assert (page["total_count"], [item["name"] for item in page["items"]]) == (3, ["b"])


async def test_channels_are_searched_and_sorted(api: Api) -> None:
    """By name and description; those alike by name, those without a revision as if they had nothing."""

    def published(size_bytes: int, files: int, minutes: int) -> PublishedRevision:
        return msgspec.structs.replace(
            a_published(), size_bytes=size_bytes, artifact_count=files, published_at=minutes_on(minutes)
        )

    await api.holds(
        a_channel("bio", published=published(10, 3, 5)),
        a_channel("main", description="What Production runs on", published=published(30, 1, 7)),
        a_channel("main/stage", published=published(99, 99, 99)),
        a_channel("prod", owners=("ann", "bob"), published=published(10, 2, 6)),
        a_channel("new"),
    )

    async def names(query: str) -> list[str]:
        answer = await api.ask("GET", f"/api/channels?{query}")
        body = answer.json()
        assert body["total_count"] == len(body["items"])
        return [item["name"] for item in body["items"]]

    assert await names("search=PROD") == ["main", "prod"]
    assert await names("search=nothing") == []
    assert await names("owner=bob") == ["prod"]
    assert await names("owner=bob&search=bio") == []
    assert await names("sort=-name") == ["prod", "new", "main", "bio"]
    assert await names("sort=size_bytes") == ["new", "bio", "prod", "main"]
    assert await names("sort=-size_bytes") == ["main", "bio", "prod", "new"]
    assert await names("sort=published_at") == ["new", "bio", "prod", "main"]
    assert await names("sort=-artifact_count") == ["bio", "prod", "main", "new"]
    assert (await api.ask("GET", "/api/channels?sort=color")).status_code == 400
    below = (await api.ask("GET", "/api/channels/main/subchannels?search=st&sort=-size_bytes")).json()
    assert [item["name"] for item in below["items"]] == ["stage"]


async def test_a_list_of_channels_asks_the_database_a_few_things(api: Api) -> None:
    """However many channels there are."""
    await api.holds(a_channel("lone"))
    asked = await _questions(api)
    for number in range(20):
        await api.holds(a_channel(f"c{number}"), a_channel(f"c{number}/stage"), a_mirror(f"m{number}"))

    assert await _questions(api) == asked


async def _questions(api: Api) -> int:
    """Count what a list of all channels asks of the records, and check that it counts subchannels."""
    counted = Counted(api.records)
    vars(api.ports).update({name: counted.of(name) for name in ("channels", "mirrors", "history", "policies")})
    items = (await api.ask("GET", "/api/channels")).json()["items"]
    assert all(item["subchannel_count"] == (item["name"] != "lone") for item in items)
    return counted.questions


class Counted:
    """Records that count what is asked of them."""

    def __init__(self, records: object) -> None:
        self.questions = 0
        self._records = records

    def of(self, name: str) -> object:
        """Return one kind of records."""
        return _CountedPort(getattr(self._records, name), self)


class _CountedPort:
    def __init__(self, port: object, counted: Counted) -> None:
        self._port = port
        self._counted = counted

    def __getattr__(self, name: str) -> object:
        self._counted.questions += 1
        return getattr(self._port, name)


async def test_a_channel_shows_what_is_counted_about_it(api: Api) -> None:
    """Artifacts of the published revision, downloads, mirrors."""
    await api.holds(a_channel("main", published=a_published(7)), a_mirror("one"), a_mirror("two"))
    await api.records.history.count_downloads("event", "id-of-main", {"noarch/a-1-0.conda": 5})

    body = (await api.ask("GET", "/api/channels/main")).json()

    assert (body["artifact_count"], body["download_count"], body["mirror_count"]) == (3, 5, 2)
    assert (body["size_bytes"], body["package_count"], body["is_frozen"]) == (5_000_000_000, None, False)
    assert body["revision"] == {"number": 7, "published_at": "2026-05-17T12:00:00.123000+00:00", "runs": {}}


@pytest.mark.parametrize("path", ["/api/channels/main", "/api/channels/main/subchannels/stage"])
async def test_freezing_and_unfreezing_is_said_once(api: Api, path: str) -> None:
    """Unfreezing publishes, so it is said on a change only."""
    await api.holds(a_channel("main"), a_channel("main/stage"))

    for behaviour in ("frozen", "frozen", "default", "default"):
        answer = await api.ask("PUT", path, json={"indexing_behavior": behaviour})
        assert (answer.status_code, answer.json()["indexing_behavior"]) == (200, behaviour)

    assert [type(message) for message in api.bus.said] == [ChannelFrozen, ChannelUnfrozen]


async def test_a_put_changes_what_it_names_and_no_more(api: Api) -> None:
    """`channel --lock` sends the privacy alone."""
    await api.holds(a_channel("main", description="ours"))

    body = (await api.ask("PUT", "/api/channels/main", json={"privacy": "private"})).json()

    assert (body["privacy"], body["description"]) == ("private", "ours")
    assert body["updated"] == "2026-05-17T12:00:00.123000+00:00"
    assert api.bus.said == [
        ChannelUpdated(
            channel="main", channel_id="id-of-main", fields=("privacy",), by="admin", by_address=AT_THE_HARNESS
        ),
    ]


async def test_a_whole_object_sent_back_changes_nothing(api: Api) -> None:
    """Scripts read, change one key and send all of it; keys that can't be set are passed over."""
    await api.holds(a_channel("main", privacy=Privacy.PRIVATE))
    shown = (await api.ask("GET", "/api/channels/main")).json()

    answer = await api.ask("PUT", "/api/channels/main", json=shown)

    assert (answer.status_code, answer.json()) == (200, shown)
    assert api.bus.said == []


async def test_a_description_can_be_cleared(api: Api) -> None:
    """Null is a value; left out is not."""
    await api.holds(a_channel("main", description="ours"))

    body = (await api.ask("PUT", "/api/channels/main", json={"description": None})).json()

    assert body["description"] is None


async def test_channel_filters_are_kept(api: Api) -> None:
    """They act on all mirrors of the channel."""
    await api.holds(a_channel("main"))

    body = (await api.ask("PUT", "/api/channels/main", json={"filters": {"exclude_licenses": ["gpl3"]}})).json()
    again = await api.ask("PUT", "/api/channels/main", json={"filters": {"exclude_licenses": ["gpl3"]}})

    assert body["filters"] == again.json()["filters"] == {"exclude_licenses": ["gpl3"]}
    assert len(api.said(ChannelUpdated)) == 1


async def test_a_channel_is_not_renamed(api: Api) -> None:
    """Its name stands in the settings of its clients."""
    await api.holds(a_channel("main"))

    answer = await api.ask("PUT", "/api/channels/main", json={"name": "other"})

    assert (answer.status_code, answer.json()["field"]) == (400, "name")


async def test_deleting_a_channel_takes_all_that_hangs_below_it(api: Api) -> None:
    """202, and every mirror and channel that is gone is named, mirrors before channels, the innermost first."""
    await api.holds(
        a_channel("main"),
        a_channel("main/stage"),
        a_channel("other"),
        a_mirror("one"),
        a_mirror("two", channel="main/stage"),
        a_mirror("three", channel="other"),
    )

    answer = await api.ask("DELETE", "/api/channels/main")

    assert answer.status_code == 202
    assert [type(message) for message in api.bus.said] == [MirrorDeleted, MirrorDeleted, ChannelDeleted, ChannelDeleted]
    assert [message.channel for message in api.said(ChannelDeleted) if isinstance(message, ChannelDeleted)] == [
        "main/stage",
        "main",
    ]
    assert all(
        message.packages == "remove" for message in api.said(MirrorDeleted) if isinstance(message, MirrorDeleted)
    )
    assert [mirror.name for mirror in await api.records.mirrors.list()] == ["three"]
    assert await api.records.channels.get(ChannelKey("main/stage")) is None
    assert (await api.ask("GET", "/api/channels/main")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/channels/none"),
        ("PUT", "/api/channels/none"),
        ("DELETE", "/api/channels/none"),
        ("GET", "/api/channels/none/subchannels"),
        ("GET", "/api/channels/Not-A-Name"),
        ("GET", "/api/channels/main/subchannels/none"),
        ("GET", "/api/channels/none/history"),
    ],
)
async def test_what_is_not_there_is_not_found(api: Api, method: str, path: str) -> None:
    """Also names that no channel can have."""
    await api.holds(a_channel("main"))

    answer = await api.ask(method, path, json={} if method == "PUT" else None)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_wire_times_always_have_microseconds(api: Api) -> None:
    """Clients read them with one fixed format."""
    whole_second = a_channel("main").created_at.replace(microsecond=0)
    await api.holds(msgspec.structs.replace(a_channel("main"), created_at=whole_second))

    assert (await api.ask("GET", "/api/channels/main")).json()["created"] == "2026-05-17T12:00:00.000000+00:00"
