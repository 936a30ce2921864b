"""What happens when two people act at the same time."""

from collections.abc import Mapping, Sequence

import pytest

from libs.common.adapters.memory.bus import MemoryBus
from libs.common.adapters.memory.channels import MemoryChannels
from libs.common.adapters.memory.mirrors import MemoryMirrors
from libs.common.adapters.memory.policies import MemoryPolicies
from libs.common.adapters.memory.records import MemoryRecords
from libs.common.adapters.seal import JweSeal
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import NotFound
from libs.common.domain.mirror import Mirror
from libs.common.ports.outbox import Unsaid
from libs.common.runtime.clock import RandomIds
from services.api.channel_schemas import ChannelChanges
from services.api.create_mirror import create_mirror
from services.api.delete_channel import delete_channel
from services.api.edit_channel import edit_channel
from services.api.edit_mirror import edit_mirror
from services.api.mirror_schemas import MirrorIn
from services.api.policy_places import PolicyPlaces
from tests.support.callers import ADMIN
from tests.support.records import a_channel, a_mirror
from tests.unit.api.harness import FixedClock

MAIN = ChannelKey("main")
WISH = MirrorIn(mirror_name="mm", source_root="https://source.example/other")


def places_of(channels: MemoryChannels, mirrors: MemoryMirrors) -> PolicyPlaces:
    """Return the places of no policies."""
    return PolicyPlaces(
        policies=MemoryPolicies(), channels=channels, mirrors=mirrors, clock=FixedClock(), ids=RandomIds()
    )


class VanishingChannels(MemoryChannels):
    """Channels that someone else deletes just before they are changed, and that gain a mirror when deleted."""

    def __init__(self, mirrors: MemoryMirrors | None = None) -> None:
        super().__init__()
        self._mirrors = mirrors

    async def update(
        self,
        key: ChannelKey,
        changes: Mapping[str, object],
        *,
        was: Mapping[str, object] | None = None,
        unsaid: Sequence[Unsaid] = (),
    ) -> Channel | None:
        """Lose the channel first."""
        await self.delete(key)
        return await super().update(key, changes, was=was, unsaid=unsaid)

    async def delete(self, key: ChannelKey, *, unsaid: Sequence[Unsaid] = ()) -> Channel | None:
        """Let someone add a mirror at the last moment."""
        if self._mirrors is not None:
            await self._mirrors.add(a_mirror("late"))
        return await super().delete(key, unsaid=unsaid)


class VanishingMirrors(MemoryMirrors):
    """Mirrors that someone else deletes just before they are replaced."""

    async def replace(
        self, mirror: Mirror, *, policy_was: str | None, token_was: str | None = None, unsaid: Sequence[Unsaid] = ()
    ) -> bool:
        """Lose the mirror first."""
        await self.delete(mirror.id)
        return await super().replace(mirror, policy_was=policy_was, token_was=token_was, unsaid=unsaid)


class MirrorsThatEndTheirChannel(MemoryMirrors):
    """Mirrors whose channel is deleted while they are added."""

    def __init__(self, channels: MemoryChannels) -> None:
        super().__init__()
        self._channels = channels

    async def add(self, mirror: Mirror, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Delete the channel, then add."""
        await self._channels.delete(mirror.channel)
        return await super().add(mirror, unsaid=unsaid)


async def test_editing_a_channel_that_goes_meanwhile_is_not_found() -> None:
    """And nothing is said."""
    channels, bus = VanishingChannels(), MemoryBus()
    await channels.add(a_channel("main"))

    with pytest.raises(NotFound):
        await edit_channel(
            MAIN,
            ChannelChanges(description="x"),
            by=ADMIN,
            channels=channels,
            policies=MemoryPolicies(),
            places=places_of(channels, MemoryMirrors()),
            bus=bus,
            clock=FixedClock(),
            ids=RandomIds(),
            users=MemoryRecords().users,
        )
    assert bus.said == []


async def test_editing_a_mirror_that_goes_meanwhile_is_not_found() -> None:
    """It is not taken for a clash of names."""
    channels, mirrors, bus = MemoryChannels(), VanishingMirrors(), MemoryBus()
    await channels.add(a_channel("main"))
    await mirrors.add(a_mirror("mm"))

    with pytest.raises(NotFound):
        await edit_mirror(
            MAIN,
            "id-of-mm",
            WISH,
            by=ADMIN,
            channels=channels,
            mirrors=mirrors,
            policies=MemoryPolicies(),
            places=places_of(channels, mirrors),
            runs=MemoryRecords().runs,
            bus=bus,
            seal=JweSeal(bytes(32)),
            clock=FixedClock(),
            ids=RandomIds(),
            file_sources=(),
            patience_s=0,
        )
    assert bus.said == []


async def test_a_mirror_is_not_left_behind_in_a_channel_that_goes_meanwhile() -> None:
    """Seen from who makes the mirror."""
    channels, bus = MemoryChannels(), MemoryBus()
    mirrors = MirrorsThatEndTheirChannel(channels)
    await channels.add(a_channel("main"))

    with pytest.raises(NotFound):
        await create_mirror(
            MAIN,
            WISH,
            by=ADMIN,
            channels=channels,
            mirrors=mirrors,
            policies=MemoryPolicies(),
            places=places_of(channels, mirrors),
            bus=bus,
            seal=JweSeal(bytes(32)),
            clock=FixedClock(),
            ids=RandomIds(),
            file_sources=(),
        )
    assert len(await mirrors.list()) == 0
    assert bus.said == []


async def test_a_mirror_made_while_its_channel_goes_goes_too() -> None:
    """Seen from who deletes the channel; a mirror of a new channel of the same name stays."""
    mirrors = MemoryMirrors()
    channels, bus = VanishingChannels(mirrors), MemoryBus()
    await channels.add(a_channel("main"))
    await mirrors.add(a_mirror("newer", channel_id="id-of-a-newer-main"))

    await delete_channel(
        MAIN,
        by=ADMIN,
        channels=channels,
        mirrors=mirrors,
        places=places_of(channels, mirrors),
        bus=bus,
        clock=FixedClock(),
    )

    assert [mirror.name for mirror in await mirrors.list()] == ["newer"]
