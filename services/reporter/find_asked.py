"""specs, packages -> which names they ask for, and which of them find nothing."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import msgspec

from libs.common.deciding.close_dependencies import NamedPayloads
from libs.common.domain.name_index import fits
from libs.common.ecosystems.conda.specs import read_spec
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
    names_of = {spec: frozenset(names_of_spec(spec, every)) for spec in specs}
    wanted = sorted(frozenset[str]().union(*names_of.values()))
    found: dict[str, set[str]] = {spec: set() for spec in specs}
    for start in range(0, len(wanted), _NAMES_AT_ONCE):
        payloads = await there.read(wanted[start : start + _NAMES_AT_ONCE])
        await asyncio.to_thread(_match, found, names_of, payloads, ecosystem)
    return Asked(
        names=frozenset[str]().union(*found.values()), unknown=tuple(spec for spec in specs if not found[spec])
    )


def is_pattern(spec: str) -> bool:
    """Tell whether a spec can fit more than one name."""
    pattern, _ = read_spec(spec, field="specs")
    return not isinstance(pattern, str) or "*" in pattern


def names_of_spec(spec: str, names: Collection[str]) -> Sequence[str]:
    """Return those names that a spec fits, whatever it asks of their files; sorted."""
    pattern, _ = read_spec(spec, field="specs")
    if not isinstance(pattern, str):
        return sorted(name for name in names if name.startswith(pattern.start) and pattern.test(name))
    if "*" in pattern:
        return sorted(name for name in names if fits(pattern, name))
    return (pattern,) if pattern in names else ()


def _match(
    found: Mapping[str, set[str]],
    names_of: Mapping[str, frozenset[str]],
    payloads: NamedPayloads,
    ecosystem: Ecosystem,
) -> None:
    for spec, names in names_of.items():
        found[spec].update(
            name
            for name in names & payloads.keys()
            if any(
                ecosystem.select((spec,), payload, partition=partition, name=name)
                for partition, payload in payloads[name].items()
            )
        )
