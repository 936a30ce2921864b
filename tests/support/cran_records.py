"""Records of R packages with dull defaults, and closures of whole sources."""

from collections.abc import Iterator, Mapping, Sequence

from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.records import Listed, shard_of
from libs.common.ecosystems.protocol import Closing

ECO = CranEcosystem()

Stanzas = Sequence[Mapping[str, str]]


def a_stanza(package: str = "demo", version: str = "1.0", **fields: str) -> dict[str, str]:
    """Return a record; the fields of PACKAGES that are no Python names come by `**{"Date/Publication": …}`."""
    return {"Package": package, "Version": version, "License": "GPL-3", "NeedsCompilation": "no", **fields}


def payload_of(
    *stanzas: Mapping[str, str], partition: str = SOURCE, listed: Mapping[str, Listed] | None = None
) -> bytes:
    """Return the shard of records that are all of one package."""
    return shard_of(stanzas, partition=partition, listed=listed)


def shards_of(source: Mapping[str, Stanzas]) -> dict[str, dict[str, bytes]]:
    """Return the shards of a source, given by partition: name -> partition -> payload."""
    found: dict[str, dict[str, bytes]] = {}
    for partition, stanzas in source.items():
        named: dict[str, list[Mapping[str, str]]] = {}
        for stanza in stanzas:
            named.setdefault(stanza["Package"], []).append(stanza)
        for name, own in named.items():
            found.setdefault(name, {})[partition] = shard_of(own, partition=partition)
    return found


def closing_of(source: Mapping[str, Stanzas], *names: str, specs: Sequence[str] = ()) -> Closing:
    """Grow the closure of some packages of a source to its end."""
    return closing_on(shards_of(source), Where(spec=tuple(specs)) if specs else Where(name=names))


def closing_on(shards: Mapping[str, Mapping[str, bytes]], where: Where) -> Closing:
    """Grow the closure of a rule on the shards of a source to its end."""
    rule = Rule(id="roots", action=Action.REQUIRE, where=where, include_dependencies=True)
    names: dict[str, list[str]] = {}
    for name, payloads in shards.items():
        for partition in payloads:
            names.setdefault(partition, []).append(name)
    closing = ECO.closing(rule, names=names)
    while wanted := sorted(closing.wanted()):
        for name in wanted:
            closing.add(name, shards[name])
    return closing


def stanzas_in(text: str) -> Iterator[dict[str, str]]:
    """Read the records of a PACKAGES file."""
    for block in text.split("\n\n"):
        stanza: dict[str, str] = {}
        last = ""
        for line in block.splitlines():
            if line[:1] in " \t":
                stanza[last] += f"\n{line}"
            elif line:
                last, _, value = line.partition(":")
                stanza[last] = value.strip()
        if stanza:
            yield stanza
