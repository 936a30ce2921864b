"""Files of Python projects with dull defaults, and closures of whole sources."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.file_tables import ABOUT, FILES, Totals, encode_tables
from libs.common.ecosystems.protocol import Closing
from libs.common.ecosystems.pypi.ecosystem import PythonEcosystem
from libs.common.ecosystems.pypi.records import METADATA, PARTITION, CoreMetadata, FileRecord

ECO = PythonEcosystem()

Project = Mapping[str, CoreMetadata]
"""File name -> its core metadata."""


def a_file(filename: str, **fields: Any) -> dict[str, Any]:
    """Return a record; its keys have `_` for `-`."""
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    return {"filename": filename, "url": filename, "hashes": {}, "size": 10, "yanked": False, **named}


def a_wheel(project: str, version: str = "1.0", *, tag: str = "py3-none-any") -> str:
    """Return the name of a wheel."""
    return f"{project.replace('-', '_')}-{version}-{tag}.whl"


def needing(*requires_dist: str) -> CoreMetadata:
    """Return core metadata with these needs."""
    return CoreMetadata(requires_dist=requires_dist)


def payload_of(
    *files: Mapping[str, Any], project: str = "demo", metadata: Mapping[str, CoreMetadata] | None = None
) -> bytes:
    """Return the shard of a project."""
    return shard_of(project, files, metadata=metadata)


def shard_of(
    project: str, files: Iterable[Mapping[str, Any]], *, metadata: Mapping[str, CoreMetadata] | None = None
) -> bytes:
    """Write the shard of a project as it is, unchecked; `metadata` by file name."""
    raws = {str(file["filename"]): msgspec.Raw(msgspec.json.encode(file, order="sorted")) for file in files}
    sizes = [msgspec.json.decode(raw, type=FileRecord).size or 0 for raw in raws.values()]
    said = {name: msgspec.Raw(msgspec.json.encode(one)) for name, one in (metadata or {}).items() if name in raws}
    about = {"name": msgspec.Raw(msgspec.json.encode(project))}
    return encode_tables({FILES: raws, METADATA: said, ABOUT: about}, Totals(len(raws), sum(sizes)))


def closing_of(source: Mapping[str, Project], where: Where, *, yanked: Sequence[str] = ()) -> Closing:
    """Grow the closure of a rule on a source to its end."""
    shards = {
        name: shard_of(name, [a_file(filename, yanked=filename in yanked) for filename in project], metadata=project)
        for name, project in source.items()
    }
    rule = Rule(id="roots", action=Action.REQUIRE, where=where, include_dependencies=True)
    closing = ECO.closing(rule, names={PARTITION: shards.keys()})
    while wanted := sorted(closing.wanted()):
        for name in wanted:
            closing.add(name, {PARTITION: shards[name]})
    return closing


def reached(
    source: Mapping[str, Project], where: Where, *, yanked: Sequence[str] = ()
) -> Mapping[str, tuple[str, ...] | None]:
    """Return what a closure reaches, by project."""
    return closing_of(source, where, yanked=yanked).closure().reached.get(PARTITION, {})
