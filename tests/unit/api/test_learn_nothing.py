"""Who may not see a channel learns nothing of it: no answer tells it from one that is not there."""

from itertools import product
from typing import Any

import msgspec
import pytest

from libs.common.domain.access.identity import ANONYMOUS, Identity
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import ADMIN
from libs.common.domain.assignment import Assignment
from libs.common.domain.channel import ChannelKey, Privacy
from libs.common.domain.digest import Sha256
from libs.common.domain.download import Download
from libs.common.domain.report import ReportHead, ReportKind
from libs.common.ports.blobs import put_bytes
from libs.common.reporting.policy_preview import (
    MirrorPreview,
    PolicyPreview,
    PreviewAmount,
    PreviewBasis,
    Uninstallable,
    encode_preview,
)
from tests.support.identities import a_stranger, an_identity, by_resources, with_levels
from tests.support.people import a_group, a_token, a_user
from tests.support.records import NOON, a_channel, a_mirror, a_policy
from tests.unit.api.gate import Answer, Gate
from tests.unit.api.test_access_matrix import UNSAFE, routes_of

HIDDEN, ABSENT = "zq-hidden", "zq-absent"
"""What names that are there begin with, and names that are not: of one length, and written nowhere else."""

PAIRS = [(f"{it}top", f"seen/{it}sub", f"{it}top/below") for it in (f"{HIDDEN}-", f"{ABSENT}-")]
READ: dict[Category, Level] = {it: Level.READ for it in Category if it not in (Category.AUDIT, Category.SYSTEM)}
WRITE = dict.fromkeys(READ, Level.WRITE)
ROOT = an_identity("root", ADMIN)
ASKING: dict[str, Identity] = {
    "stranger": a_stranger(),
    "author": an_identity("bob"),
    "reads": with_levels(an_identity("rita"), READ),
    "writes": with_levels(an_identity("walt"), WRITE),
    "manages people": with_levels(an_identity("hal"), {Category.USERS: Level.MANAGE, Category.ROLES: Level.MANAGE}),
    "token": by_resources(ROOT, {"seen": Level.MANAGE}),
    "machine": an_identity("service-account-channel-seen", serves=ChannelKey("seen")),
}
"""None of them has anything to do with the hidden channels; one more shows nothing."""

WHO = [None, *ASKING]


async def a_world() -> Gate:
    """Return private channels that have everything, and a public one that they are not to be told by."""
    gate = Gate(ASKING)
    records = gate.records
    await records.policies.add(a_policy("production"))
    await records.groups.add(a_group("team"))
    await records.channels.add(a_channel("seen", owners=("ann",), policy_id=None))
    await records.mirrors.add(a_mirror("seen-mirror", channel="seen"))
    for key in PAIRS[0]:
        made = a_channel(
            key,
            privacy=Privacy.PRIVATE,
            owners=("ann",),
            groups={"team": Level.READ},
            policy_id="id-of-production",
            policy_token=f"token-{key}",
        )
        await records.channels.add(made)
        await records.mirrors.add(a_mirror(_mirror_of(key), channel=key))
        place = Assignment(
            token=f"token-{key}", policy_id="id-of-production", channel=made.key, channel_id=made.id, at=NOON
        )
        assert await records.policies.assign(place)
        await _keep_reports(gate, key)
    for name in {str(identity.name) for identity in ASKING.values()} | {"ann"}:
        await records.users.add(a_user(name))
    await records.access_tokens.add(a_token(scopes=(), resources={ChannelKey(PAIRS[0][0]): Level.READ}))
    await records.downloads.add(
        [Download(id="one", channel=PAIRS[0][0], ckey="noarch/a-1-0.conda", user="ann", at=NOON, count=1)]
    )
    return gate


async def _keep_reports(gate: Gate, key: str) -> None:
    """Keep a dependency report of a channel, a preview of it, and one of all channels with a policy."""
    amount, digest = PreviewAmount(files=7, size_bytes=7), Sha256("a" * 64)
    mirror = MirrorPreview(
        mirror=_mirror_of(key),
        mirror_id=f"id-of-{_mirror_of(key)}",
        channel=key,
        mode="passive",
        before=amount,
        after=amount,
        gained=amount,
        lost=amount,
        packages_gained=(),
        packages_lost=(f"{HIDDEN}-package",),
        rules=(),
        files_gained=(),
        files_lost=(),
        basis=PreviewBasis(
            manifest=digest,
            catalogue=digest,
            evaluation_before=None,
            evaluation=b"",
            changed=b"",
            today=NOON.date(),
        ),
    )
    goes = Uninstallable(name=f"{HIDDEN}-package", channel=key, platform="linux-64", goes="x")
    preview = PolicyPreview(
        id="id",
        title="policy production",
        made_at=NOON,
        policy="id-of-production",
        policy_name="production",
        gained=amount,
        lost=amount,
        mirrors=(mirror,),
        not_yet_run=(_mirror_of(key),),
        uninstallable=(goes,),
        unsolved=7,
    )
    blob = await put_bytes(gate.blobs, encode_preview(preview))
    plain = await put_bytes(gate.blobs, b'{"of":"zq-hidden"}')
    for kind, channel, by, sha256 in (
        (ReportKind.DEPENDENCIES, key, "ann", plain.sha256),
        (ReportKind.POLICY_PREVIEW, key, "ann", blob.sha256),
        (ReportKind.POLICY_PREVIEW, None, "rita", blob.sha256),
    ):
        head = ReportHead(
            id=_report_of(kind, channel),
            kind=kind,
            title=f"of {channel}" if channel is not None else "policy production",
            channel=channel,
            requested_by=by,
            made_at=NOON,
            expires_at=NOON.replace(year=2100),
            blob=sha256,
        )
        await gate.records.kept_reports.put(head)


def _mirror_of(key: str) -> str:
    return f"mirror-{key.replace('/', '-')}"


def _report_of(kind: str, channel: str | None) -> str:
    return f"{kind}-{(channel or 'all').replace('/', '-')}"


async def same(gate: Gate, who: str | None, method: str, address: str, body: Any = None) -> Answer:
    """Ask about what is hidden and about what is not there; both answers are the same bytes."""
    there = await gate.ask(method, address, by=who, body=body)
    text = msgspec.json.encode(body).decode() if body is not None else None
    absent = await gate.ask(
        method,
        address.replace(HIDDEN, ABSENT),
        by=who,
        body=msgspec.json.decode(text.replace(HIDDEN, ABSENT)) if text is not None else None,
    )
    assert there.without(HIDDEN, ABSENT) == absent.without(HIDDEN, ABSENT), (who, method, address, body)
    return there


async def test_every_route_answers_as_if_there_were_no_such_channel() -> None:
    """Headers and all; who shows nothing is asked to sign in."""
    gate = await a_world()
    for who, route in product(WHO, list(routes_of(gate.app))):
        for key in PAIRS[0] if route.is_of_channel else ():
            if ("/" in key) is ("{subchannel}" in route.address):
                answer = await same(gate, who, route.method, route.at(key))
                assert answer.status == (401 if who is None else 404), (route, key)
                assert HIDDEN.encode() not in answer.body


FRONTS = ("/api/repo", "/t/some-token/api/repo", "/api/repo/t/some-token")
RESTS = (
    "",
    "/",
    "/noarch",
    "/noarch/repodata.json",
    "/channeldata.json",
    "/simple/",
    "/simple/six/",
    "/cran/src/contrib/PACKAGES",
    "/jupyter/a.ipynb",
    "/a/b.conda?sbom=download",
)


async def test_every_address_of_package_clients_answers_so() -> None:
    """Also a subchannel that is private below a public channel: its name is a path like any other there."""
    gate = await a_world()
    for who, front, rest, key, method in product(WHO, FRONTS, RESTS, PAIRS[0], ("GET", "HEAD", "POST")):
        answer = await same(gate, who, method, f"{front}/{key}{rest}")
        assert answer.status in {401, 404, *((403,) if method == "POST" else ())}, (method, key, rest)


def bodies() -> list[Any]:
    """Return what names a channel otherwise than in the path."""
    top, sub = PAIRS[0][0], PAIRS[0][1]
    rules: list[Any] = []
    found: list[Any] = []
    for key in (top, sub):
        channel, _, subchannel = key.partition("/")
        below = {"subchannel": subchannel} if subchannel else {}
        target = {"target_channel": channel, **({"target_subchannel": subchannel} if subchannel else {})}
        item = {"name": "a", "family": "conda", "ckey": "noarch/a-1-0.conda"}
        found += [
            ("POST", "/api/reports/dependencies", {"channel": key}),
            ("POST", "/api/reports/dependencies", {"channel": key, "mirror": _mirror_of(key)}),
            ("POST", "/api/policies/preview", {"channel": key, "rules": rules}),
            ("POST", "/api/policies/preview", {"policy": "production", "channel": key}),
            ("POST", "/api/policies/preview", {"mirror": f"id-of-{_mirror_of(key)}", "rules": rules}),
            ("GET", f"/api/reports?channel={key}", None),
            ("GET", f"/api/reports?mirror_id=id-of-{_mirror_of(key)}", None),
            ("GET", f"/api/reports/{_report_of('dependencies', key)}", None),
            ("GET", f"/api/reports/{_report_of('dependencies', key)}/download", None),
            ("GET", f"/api/reports/{_report_of('policy_preview', key)}", None),
            ("GET", f"/api/reports/{_report_of('policy_preview', key)}/download", None),
            ("GET", f"/api/policies/preview/{_report_of('policy_preview', key)}", None),
            ("GET", f"/api/policies/preview/{_report_of('policy_preview', key)}/files", None),
            ("GET", f"/api/policies/preview/{_report_of('policy_preview', key)}/packages", None),
            ("PUT", "/api/account", {"default_channel_name": key}),
            (
                "POST",
                "/api/account/tokens",
                {"name": "t", "resources": [{"channel": channel, **below, "level": "read"}]},
            ),
            ("PUT", "/api/channels/seen/artifacts/bulk", {"action": "copy", "items": [item], **target}),
            ("GET", f"/api/artifacts?q={channel}", None),
        ]
    return found


async def test_no_body_and_no_query_asks_what_a_path_may_not() -> None:
    """Whatever a channel is named in."""
    gate = await a_world()
    for who, (method, address, body) in product(WHO, bodies()):
        await same(gate, who, method, address, body)


MORE_TO_READ = (
    "/api/policies/production",
    "/api/policies/production/export",
    "/api/policies/preview/policy_preview-all",
    "/api/policies/preview/policy_preview-all/packages?mirror=x",
    "/api/reports/policy_preview-all",
    "/api/reports/policy_preview-all/download",
    "/api/groups/team",
    "/api/groups/team/channels",
    "/api/users/ann",
    "/api/users/ann/tokens",
    "/api/repo/seen/noarch/repodata.json",
    "/api/channels/seen/mirrors/id-of-seen-mirror",
)


async def test_nothing_that_is_read_names_a_hidden_channel() -> None:
    """Lists, counts, searches, reports, previews, places of policies: all GETs there are, and those of reports."""
    gate = await a_world()
    addresses = [route.at("seen") for route in routes_of(gate.app) if route.method not in UNSAFE]
    for who, address in product(WHO, (*addresses, *MORE_TO_READ)):
        answer = await gate.ask("GET", address, by=who)
        assert answer.status != 500, address
        assert HIDDEN.encode() not in answer.body, (who, address)
    for who, path in product(WHO, ("policies/production", "users/ann", "groups/team")):
        answer = await gate.ask("DELETE", f"/api/{path}", by=who)
        assert answer.status in (401, 403, 409), (who, path)
        assert HIDDEN.encode() not in answer.body, (who, path)


@pytest.mark.parametrize(("who", "count"), [("stranger", 0), (None, 0), ("ann", 1)])
async def test_a_channel_counts_the_subchannels_that_one_sees(who: str | None, count: int) -> None:
    """In lists, too."""
    gate = await a_world()
    gate.identities["ann"] = an_identity("ann")
    shown = msgspec.json.decode((await gate.ask("GET", "/api/channels/seen", by=who)).body)
    listed = msgspec.json.decode((await gate.ask("GET", "/api/channels", by=who)).body)
    below = msgspec.json.decode((await gate.ask("GET", "/api/channels/seen/subchannels", by=who)).body)

    assert shown["subchannel_count"] == below["total_count"] == count
    assert [it["subchannel_count"] for it in listed["items"] if it["name"] == "seen"] == [count]
    assert listed["total_count"] == len(listed["items"]) == 1 + count


async def test_a_preview_of_all_channels_shows_and_counts_those_that_one_sees() -> None:
    """Sums are of what is shown; the administrator sees the rest."""
    gate = await a_world()
    gate.identities["root"] = ROOT
    address = "/api/policies/preview/policy_preview-all"
    told = msgspec.json.decode((await gate.ask("GET", address, by="reads")).body)
    whole = msgspec.json.decode((await gate.ask("GET", address, by="root")).body)

    assert (told["mirrors"], told["not_yet_run"], told["uninstallable"], told["unsolved"]) == ([], [], [], 0)
    assert told["lost"] == {"files": 0, "size_bytes": 0}
    assert (len(whole["mirrors"]), whole["lost"]["files"], whole["unsolved"]) == (1, 7, 7)


@pytest.mark.parametrize(("who", "count"), [("auditor", 0), ("root", 1)])
async def test_downloads_are_told_of_channels_that_one_sees(who: str, count: int) -> None:
    """An auditor who sees no channel has nothing to look at; asking for it by name makes no difference."""
    gate = await a_world()
    gate.identities["auditor"] = with_levels(an_identity("audrey"), {Category.AUDIT: Level.READ})
    gate.identities["root"] = ROOT
    for more in ({}, {"channel_names": [PAIRS[0][0]]}):
        wish = {"from_date": "2026-05-01", "to_date": "2026-05-31", **more}
        answer = await gate.ask("POST", "/api/reports/artifact_downloads", by=who, body=wish)

        assert len(msgspec.json.decode(answer.body)["downloaded_items"]) == count


def test_nobody_here_shows_anything_of_the_hidden_channels() -> None:
    """The tests above would not say so."""
    assert ANONYMOUS not in ASKING.values()
    assert all(identity.name != "ann" and not identity.groups for identity in ASKING.values())
