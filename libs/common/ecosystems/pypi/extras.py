"""Core metadata that rules ask for: which files' must be read, and what becomes of them.

Rules of this file:
1. Licenses and dependencies stand in core metadata alone. Which Python a file is for the page
   says; where it says so of no file at all, core metadata do.
2. One file of a version is enough, one that has them beside it rather than in it, a wheel rather
   than an sdist: its version has it from there.
3. Versions that other rules drop anyway are not read.
4. Of a version that has none beside its files they are looked for in a wheel.
5. What was read holds as long as the file's digest does.
"""

from collections.abc import Collection, Mapping

import msgspec

from libs.common.domain.evaluation import Evaluation
from libs.common.domain.policy import Action, EcosystemWord, Rule, uses
from libs.common.ecosystems.decide_tables import Grammar, TablesDeciding
from libs.common.ecosystems.file_tables import FILES, decode_tables, encode_tables, read_table, totals_of
from libs.common.ecosystems.protocol import ArtifactRef
from libs.common.ecosystems.pypi.companions import METADATA_ENDING, metadata_companion
from libs.common.ecosystems.pypi.filenames import read_filename
from libs.common.ecosystems.pypi.records import METADATA, expected_of, read_metadata
from libs.common.ecosystems.pypi.shard_files import ShardFile, artifact_of, project_of, shard_files

_WORD: EcosystemWord = "python"
_NEED_MORE = ("license", "python", "newest", "age", "cve_score", "cve_status", "r")
"""What core metadata, other files, the day or advisories decide."""


def extras(payload: bytes, *, partition: str, rules: tuple[Rule, ...], grammar: Grammar) -> tuple[ArtifactRef, ...]:
    """Name what must be read before rules can decide, one a version; sorted by file name.

    That is core metadata beside a file, or the wheel that has them in it.
    """
    own = tuple(rule for rule in rules if rule.ecosystems is None or _WORD in rule.ecosystems)
    files = tuple(shard_files(payload))
    if not _are_wanted(own, files):
        return ()
    name, tables = project_of(payload), decode_tables(payload)
    kept = _that_may_be_kept(payload, partition=partition, name=name, rules=own, grammar=grammar)
    done = {read_filename(filename, project=name).version for filename in read_table(tables, METADATA)}
    chosen: dict[str, ArtifactRef] = {}
    for file in sorted(files, key=_best_first):
        version = read_filename(file.filename, project=name).version or file.filename
        if version not in done and version not in chosen and file.filename in kept:
            ref = metadata_companion(file) or _with_metadata_inside(file)
            if ref is not None:
                chosen[version] = ref
    return tuple(sorted(chosen.values(), key=lambda ref: ref.filename))


def with_extras(payload: bytes, texts: Mapping[str, bytes]) -> bytes:
    """Add core metadata, by the name of the companion or wheel that they stood in."""
    read = {
        filename.removesuffix(METADATA_ENDING): msgspec.Raw(msgspec.json.encode(read_metadata(text)))
        for filename, text in texts.items()
    }
    return _with_metadata(payload, read)


def carry(payload: bytes, previous: bytes) -> bytes:
    """Take over the core metadata that were read for the last shard, of files that are as they were."""
    known = read_table(decode_tables(previous), METADATA)
    if not known:
        return payload
    before, now = _digests(previous), _digests(payload)
    return _with_metadata(
        payload, {filename: raw for filename, raw in known.items() if before[filename] == now.get(filename)}
    )


def _best_first(file: ShardFile) -> tuple[bool, bool, str]:
    return (not file.record.has_metadata, not file.filename.endswith(".whl"), file.filename)


def _with_metadata_inside(file: ShardFile) -> ArtifactRef | None:
    return artifact_of(file) if file.filename.endswith(".whl") else None


def _are_wanted(rules: Collection[Rule], files: Collection[ShardFile]) -> bool:
    if any(rule.include_dependencies or uses(rule, "license") for rule in rules):
        return True
    return any(uses(rule, "python") for rule in rules) and not any(file.record.requires_python for file in files)


def _that_may_be_kept(
    payload: bytes, *, partition: str, name: str, rules: Collection[Rule], grammar: Grammar
) -> Collection[str]:
    """Name the files that rules on other things let in; all, where an exception may bring back any."""
    cheap = tuple(rule for rule in rules if not rule.include_dependencies and not uses(rule, *_NEED_MORE))
    if any(rule.action is Action.ALLOW and rule not in cheap for rule in rules):
        cheap = ()
    deciding = TablesDeciding(Evaluation(rules=cheap), book=None, grammar=grammar)
    decided = deciding.decide(payload, partition=partition, name=name)
    return read_table(decode_tables(decided.payload), FILES) if decided.payload is not None else ()


def _with_metadata(payload: bytes, read: Mapping[str, msgspec.Raw]) -> bytes:
    tables = decode_tables(payload)
    read_tables = {table: read_table(tables, table) for table in tables}
    files = read_tables.get(FILES, {})
    added = {filename: raw for filename, raw in read.items() if filename in files}
    if not added:
        return payload
    read_tables[METADATA] = {**read_tables.get(METADATA, {}), **added}
    return encode_tables(read_tables, totals_of(payload))


def _digests(payload: bytes) -> Mapping[str, object]:
    return {file.filename: expected_of(file.record, file.listed).digest for file in shard_files(payload)}
