"""Edits of a mirror: what changes, what stays, what is refused."""

import pytest

from libs.common.contracts.messages import MirrorUpdated
from libs.common.domain.mirror import UpstreamRemovals
from tests.support.records import a_channel, a_mirror
from tests.unit.api.harness import Api, a_wish

MIRRORS = "/api/channels/main/mirrors"


@pytest.mark.parametrize(("sent", "shown"), [({}, "follow"), ({"upstream_removals": "keep"}, "keep")])
async def test_a_new_mirror_follows_upstream_unless_it_is_to_keep(
    api: Api, sent: dict[str, object], shown: str
) -> None:
    """Both shapes show it."""
    await api.holds(a_channel("main"))
    made = (await api.ask("POST", MIRRORS, json=a_wish(**sent))).json()
    (listed,) = (await api.ask("GET", "/api/mirrors")).json()["items"]

    assert made["upstream_removals"] == listed["upstream_removals"] == shown


async def test_an_edit_that_does_not_name_it_leaves_what_is_kept(api: Api) -> None:
    """Clients that do not know the key must not let packages go."""
    await api.holds(a_channel("main"), a_mirror("mm", upstream_removals=UpstreamRemovals.KEEP))
    answer = await api.ask("PUT", f"{MIRRORS}/id-of-mm", json=a_wish(cron="5 5 * * *"))

    assert (answer.status_code, answer.json()["upstream_removals"]) == (202, "keep")


async def test_keeping_is_switched_on_and_off_by_an_edit(api: Api) -> None:
    """And the edit is told, for the history."""
    await api.holds(a_channel("main"), a_mirror("mm"))
    shown = [
        (await api.ask("PUT", f"{MIRRORS}/id-of-mm", json=a_wish(upstream_removals=word))).json()["upstream_removals"]
        for word in ("keep", "follow")
    ]

    assert shown == ["keep", "follow"]
    assert len(api.said(MirrorUpdated)) == 2


async def test_another_word_is_refused(api: Api) -> None:
    """The answer lists the two."""
    await api.holds(a_channel("main"))
    answer = await api.ask("POST", MIRRORS, json=a_wish(upstream_removals="maybe"))

    assert (answer.status_code, answer.json()["field"]) == (400, "upstream_removals")
    assert "follow, keep" in answer.json()["detail"]


async def test_a_renamed_mirror_is_the_same_mirror(api: Api) -> None:
    """Its id, and with it its runs and packages, stay; its old name is free again."""
    await api.holds(a_channel("main"), a_mirror("mm"))
    renamed = await api.ask("PUT", f"{MIRRORS}/id-of-mm", json=a_wish(mirror_name="nn"))
    other = await api.ask("POST", MIRRORS, json=a_wish(mirror_name="mm"))
    listed = (await api.ask("GET", MIRRORS)).json()["items"]

    assert (renamed.status_code, other.status_code) == (202, 201)
    assert [(item["mirror_id"] == "id-of-mm", item["mirror_name"]) for item in listed] == [(True, "nn"), (False, "mm")]
