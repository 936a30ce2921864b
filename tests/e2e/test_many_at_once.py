"""A short soak: many channels and mirrors at once, through the whole stack."""

from collections.abc import Callable

import msgspec

from tests.support.conda_source import CondaSource
from tests.support.mirrored import Mirrored
from tests.support.packages import Package, a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

_CHANNELS = 10
_MIRRORS = ("left", "right")


class Sown(msgspec.Struct, frozen=True, kw_only=True):
    """One of the mirrors, and what it is to bring."""

    channel: str
    mirror_id: str
    packages: tuple[Package, ...]


def test_ten_channels_with_two_mirrors_each_run_at_once(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """All runs complete, and every channel lists what its own two mirrors brought, in every form."""
    sown: list[Sown] = []
    for number in range(_CHANNELS):
        name = f"{channel}-{number}"
        stack.api.create_channel(name)
        for side in _MIRRORS:
            packages = tuple(a_package(f"{name}-{side}-{it}", padding_bytes=300) for it in range(4))
            mode = "active" if (number + len(side)) % 2 else "passive"
            mirror_id = stack.api.create_mirror(name, make_source(packages).url, name=f"{name}-{side}", mode=mode)
            sown.append(Sown(channel=name, mirror_id=mirror_id, packages=packages))

    states = {it.mirror_id: stack.wait_for_run(it.channel, it.mirror_id) for it in sown}

    assert set(states.values()) == {"completed"}
    for number in range(_CHANNELS):
        name = f"{channel}-{number}"
        wanted = {package.filename for it in sown if it.channel == name for package in it.packages}
        assert Mirrored(stack=stack, channel=name, mirror_id=sown[2 * number].mirror_id, runs=1).listed() == wanted
