"""The path of a file below its channel, or its name alone -> the ckeys of the files that it may mean."""

from libs.common.domain.channel import Channel
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ecosystems.served import ArtifactPath
from services.api.artifacts.show_files import find_files
from services.api.ports import Ports


async def find_ckey(channel: Channel, text: str, *, ports: Ports, shown_only: bool = False) -> tuple[str, ...]:
    """Return the ckeys of a channel's files that a path or a bare name means.

    Of those that clients don't see, too, unless `shown_only`: not published yet, or left out by a policy.

    Raises:
        UpstreamUnavailable: when a source that is to be read can't be had now.
        StoreUnavailable: when a store does not answer.
    """
    found: set[str] = set()
    for type_ in MirrorType:
        name = package_of(type_, text)
        if name is None:
            continue
        ckeys = [file.artifact.ckey for file in await find_files(channel, type_, name, ports=ports)]
        if not shown_only:
            ckeys += [it.ckey for it in await ports.uploads.list(channel.id, type_=type_, name=name)]
        found |= {ckey for ckey in ckeys if text in (ckey, ckey.rpartition("/")[2])}
    return tuple(sorted(found))


def package_of(type_: MirrorType, text: str) -> str | None:
    """Return the package that a path or a file's name belongs to; None where it can't be one of this type."""
    ecosystem = ecosystem_of(type_)
    served = ecosystem.route(text)
    if isinstance(served, ArtifactPath):
        return served.name
    if "/" in text or not ecosystem.takes_file(text):
        return None
    try:
        return ecosystem.read_wanted(text).name
    except InvalidInput:
        return None
