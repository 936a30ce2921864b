"""run_exports.json (CEP 12): what packages add to the dependencies of what is built with them."""

from collections.abc import Iterator, Sequence

import msgspec

from libs.common.ecosystems.conda.names import CLASSIC_SECTIONS, NOARCH, filename_of, is_later
from libs.common.ecosystems.conda.payload import RUN_EXPORTS, Sections, raw_records, record_sections, splice

_ARCHES = {"64": "x86_64", "32": "x86"}
_NOTHING = msgspec.Raw(b"{}")


def run_exports_pieces(subdir: str, shards: Sequence[Sections]) -> Iterator[bytes]:
    """Yield the file piece by piece; nothing where no shard knows of any.

    Files without run_exports are listed too, with `{}`, as CEP 12 demands.
    """
    if not any(RUN_EXPORTS in sections for sections in shards):
        return
    platform, _, arch = subdir.partition("-")
    is_noarch = subdir == NOARCH
    info = {
        "arch": None if is_noarch else _ARCHES.get(arch, arch),
        "platform": None if is_noarch else platform,
        "subdir": subdir,
        "version": 0,
    }
    yield b'{"info":%b' % msgspec.json.encode(info)
    names = {section for sections in shards for section in record_sections(sections)}
    for section in CLASSIC_SECTIONS:
        yield from _section(section, section, shards)
    later = sorted(name for name in names if is_later(name))
    for revision in sorted({name.partition("/")[0] for name in later}):
        yield b',"%b":{' % revision.encode()
        kinds = [name for name in later if name.partition("/")[0] == revision]
        for place, name in enumerate(kinds):
            pieces = _section(name.partition("/")[2], name, shards)
            first = next(pieces)
            yield first if place else first.removeprefix(b",")
            yield from pieces
        yield b"}"
    yield b"}"


def _section(title: str, section: str, shards: Sequence[Sections]) -> Iterator[bytes]:
    yield b',"%b":{' % title.encode()
    is_first = True
    for sections in shards:
        if section not in sections:
            continue
        known = raw_records(sections.get(RUN_EXPORTS, b""))
        entries = (
            (key, b'{"run_exports":%b}' % known.get(filename_of(section, key), _NOTHING))
            for key in raw_records(sections[section])
        )
        yield splice(entries) if is_first else b"," + splice(entries)
        is_first = False
    yield b"}"
