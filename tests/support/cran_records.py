"""Records of R packages with dull defaults, and closures of whole sources."""

from collections.abc import Iterator, Mapping, Sequence

from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from libs.common.ecosystems.cran.dcf import render_dcf
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.cran.partitions import SOURCE
from libs.common.ecosystems.cran.records import Listed, shard_of
from libs.common.ecosystems.protocol import Closing, SourceShard, Told

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


def packages_text(*stanzas: Mapping[str, str]) -> bytes:
    """Return a PACKAGES file."""
    return "".join(render_dcf(stanzas)).encode()


def read_source(
    data: bytes,
    *,
    form: str = "plain",
    partition: str = SOURCE,
    archive: Sequence[ArchivedFile] | bytes | None = None,
    source: str = "a source",
) -> dict[str, SourceShard]:
    """Return the shards of a source by name; `archive` is what its `Meta/archive.rds` has, None where there is none."""
    side = {} if archive is None else {"archive": archive if isinstance(archive, bytes) else render_archive(archive)}
    found = next(one for one in ECO.index_forms(partition) if one.form == form)
    index = ECO.read_index(data, form=found, partition=partition, side_files=side, told=Told(source=source))
    return {shard.name: shard for shard in index.shards}


class Pages(dict[str, bytes]):
    """Rendered files by path."""

    def sinks(self, paths: Sequence[str]) -> "dict[str, Page]":
        """Return where the files of these paths are written to."""
        return {path: Page(self, path) for path in paths}


class Page:
    """One file that is being rendered."""

    def __init__(self, pages: Pages, path: str) -> None:
        self._pages = pages
        self._path = path

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        self._pages[self._path] = self._pages.get(self._path, b"") + data


def render(shards: Mapping[str, bytes], *, partition: str = SOURCE) -> Pages:
    """Return the files of a contrib folder that has these shards, by path below its channel."""
    pages = Pages()
    sinks = pages.sinks(ECO.partition_files(partition))
    writer = ECO.write_partition(partition, sinks=sinks)
    for name in sorted(shards):
        writer.add(name, shards[name], rendered_sha256=None)
    assert writer.finish() == sinks.keys()
    return pages


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
