"""What who asks may do, told at once for all actions."""

from libs.common.domain.access.actions import NEEDS
from libs.common.domain.channel import Privacy
from tests.support.records import a_channel
from tests.unit.api.harness import Api
from tests.unit.api.test_tokens import signed_in

OF_CHANNELS = [action.value for action, need in NEEDS.items() if need.standing is not None]


async def test_an_administrator_is_offered_everything(api: Api) -> None:
    """In the order of the table."""
    await api.holds(a_channel("main"))

    assert (await api.ask("GET", "/api/allowed")).json() == {"actions": [action.value for action in NEEDS]}
    assert (await api.ask("GET", "/api/channels/main/allowed")).json() == {"actions": OF_CHANNELS}


async def test_an_author_is_offered_what_their_channels_allow(api: Api) -> None:
    """Their own they edit; another's they read. A subchannel's actions go by the words of channels."""
    await api.holds(
        a_channel("mine", owners=("ann",)), a_channel("mine/stage", owners=("ann",)), a_channel("other", owners=())
    )
    ann = await signed_in(api, roles=("author",))

    whatever = (await ann.ask("GET", "/api/allowed")).json()["actions"]
    mine = (await ann.ask("GET", "/api/channels/mine/allowed")).json()["actions"]
    stage = (await ann.ask("GET", "/api/channels/mine/subchannels/stage/allowed")).json()["actions"]
    other = (await ann.ask("GET", "/api/channels/other/allowed")).json()["actions"]
    assert {"channel:create", "channel:edit", "artifact:create", "account:edit"} <= set(whatever)
    assert not {"channel.mirror:edit", "policy:view", "system:view", "user:view"} & set(whatever)
    assert {"channel:edit", "channel:delete", "subchannel:create", "artifact:create"} <= set(mine)
    assert {"channel:edit", "channel:delete", "artifact:create"} <= set(stage)
    assert other == ["channel:view", "channel:view-artifacts", "channel.group:view", "artifact:view",
                     "artifact:download"]  # fmt: skip


async def test_who_shows_nothing_is_offered_what_is_open(api: Api) -> None:
    """Of a public channel; what they may do whatever the channel is asked of who signed in."""
    await api.holds(a_channel("open"), a_channel("closed", privacy=Privacy.PRIVATE))

    assert (await api.client.get("/api/allowed")).status_code == 401
    shown = (await api.client.get("/api/channels/open/allowed")).json()["actions"]
    assert shown[0] == "channel:view"
    assert "artifact:create" not in shown
    assert (await api.client.get("/api/channels/closed/allowed")).status_code == 401


async def test_a_channel_that_one_may_not_see_offers_nothing(api: Api) -> None:
    """It is not there, as everywhere."""
    await api.holds(a_channel("closed", privacy=Privacy.PRIVATE, owners=("bob",)))
    ann = await signed_in(api, roles=("author",))

    assert (await ann.ask("GET", "/api/channels/closed/allowed")).status_code == 404
    assert (await ann.ask("GET", "/api/channels/none/allowed")).status_code == 404
