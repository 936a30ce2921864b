"""previews of a channel's mirrors -> packages that can be installed now, and could not be then.

Rules of this file:
1. All mirrors of a type of a channel are looked at together: what one of them drops, another may bring.
2. Which packages may lose something is told by dependencies; whether such a package can still be
   installed by the ecosystem's own means, before and after: a real solve, or a walk.
"""

from collections.abc import Iterable, Sequence

from libs.common.deciding.known_needs import KnownNeeds
from libs.common.domain.mirror import MirrorType
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.reporting.policy_preview import Uninstallable
from services.reporter.find_unsolvable import Unsolvable
from services.reporter.find_unwalkable import Unwalkable
from services.reporter.listed_files import ChannelPreview, ListedFiles, read_layers
from services.reporter.report_ports import ReportPorts


async def find_uninstallable(
    channels: Sequence[ChannelPreview], *, ports: ReportPorts
) -> tuple[tuple[Uninstallable, ...], int]:
    """Return the packages that could not be installed any more, and of how many it is not known.

    Raises:
        NotFound: when records are lost.
        StoreUnavailable: when a store does not answer.
    """
    found: list[Uninstallable] = []
    unsolved = 0
    for previewed in channels:
        if not _loses(previewed):
            continue
        for type_ in MirrorType:
            layers = await read_layers(previewed, type_, ports=ports)
            if not any(layer.changed for layer in layers):
                continue
            ecosystem = ecosystem_of(type_)
            files = ListedFiles(layers, ecosystem=ecosystem)
            if ecosystem.is_solved:
                some, more = await Unsolvable(previewed.channel, files, ecosystem=ecosystem).find()
            else:
                known = KnownNeeds(ecosystem=ecosystem, blobs=ports.blobs, extracted=ports.extracted)
                some, more = await Unwalkable(previewed.channel, files, ecosystem=ecosystem, known=known).find()
            found, unsolved = [*found, *some], unsolved + more
    return tuple(found), unsolved


def has_to_be_solved(channels: Iterable[ChannelPreview]) -> bool:
    """Tell whether anything is lost: else everything can be installed as before, without a look."""
    return any(map(_loses, channels))


def _loses(previewed: ChannelPreview) -> bool:
    changes = (change for preview in previewed.previews.values() for change in preview.compared.changes)
    return any(change.old is not None and change.old.files for change in changes)
