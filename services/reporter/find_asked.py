"""specs, packages -> which names they ask for, and which of them find nothing."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.protocol import Ecosystem
from services.reporter.packages import Packages

_NAMES_AT_ONCE = 500


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Names of which a spec matches some file, and specs that match none."""

    names: frozenset[str]
    unknown: tuple[str, ...]


async def find_asked(specs: Sequence[str], there: Packages, *, ecosystem: Ecosystem) -> Asked:
    """Look which files the specs match.

    Raises:
        StoreUnavailable: when the database does not answer, or lost a shard.
    """
    every = there.all_names()
    each_of = {spec: ecosystem.each_of(spec, every) for spec in specs}
    names_of = {spec: every & each.keys() for spec, each in each_of.items()}
    plain = {spec: plain_spec(spec, ecosystem=ecosystem) for spec in specs}
    wanted = sorted(frozenset[str]().union(*names_of.values()))
    found: dict[str, set[str]] = {spec: set() for spec in specs}
    for start in range(0, len(wanted), _NAMES_AT_ONCE):
        payloads = await there.read(wanted[start : start + _NAMES_AT_ONCE])
        await asyncio.to_thread(_match, found, names_of, plain, payloads, ecosystem)
    return Asked(
        names=frozenset[str]().union(*found.values()), unknown=tuple(spec for spec in specs if not found[spec])
    )


def plain_spec(spec: str, *, ecosystem: Ecosystem) -> str:
    """Return what of a spec chooses files, as rules take it; a pattern as it is."""
    try:
        return ecosystem.read_wanted(spec).spec
    except InvalidInput:
        return spec


def _match(
    found: Mapping[str, set[str]],
    names_of: Mapping[str, frozenset[str]],
    plain: Mapping[str, str],
    payloads: NamedPayloads,
    ecosystem: Ecosystem,
) -> None:
    for spec, names in names_of.items():
        found[spec].update(
            name
            for name in names & payloads.keys()
            if any(
                ecosystem.select((plain[spec],), payload, partition=partition, name=name)
                for partition, payload in payloads[name].items()
            )
        )
