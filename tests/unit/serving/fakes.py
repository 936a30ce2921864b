"""What serving leans on, in memory: a small ecosystem, leases, a clock, identifiers."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from libs.common.domain.advisory import AdvisoryBook
from libs.common.domain.digest import Digest, Expected, Sha256
from libs.common.domain.errors import StoreUnavailable, UnreadableIndex
from libs.common.domain.evaluation import Evaluation, FileDecision, Seen
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.domain.policy import Rule
from libs.common.ecosystems.protocol import (
    UNTOLD,
    ArtifactRef,
    Decided,
    Glance,
    Glanced,
    ReadAt,
    ShardRef,
    SourceShard,
    Told,
)
from libs.common.ecosystems.self_contained import SelfContained
from libs.common.ecosystems.served import (
    ArtifactPath,
    CompanionPath,
    IndexPath,
    MovedPath,
    NegotiatedPath,
    PagePath,
    Served,
    ShardPath,
)
from tests.support.records import NOON

PARTITIONS = ("noarch", "linux-64")
INDEX = "repodata.json"

_TYPES = ("text/html; charset=utf-8", "application/vnd.tiny.v1+json")
_LISTS = (("simple/index.html", _TYPES[0]), ("simple/index.json", _TYPES[1]))


class FileRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of a shard payload of `TinyEcosystem`; `notes` has its companions: ending -> digest and URL."""

    filename: str
    digest: str
    url: str
    size_bytes: int | None = None
    notes: dict[str, tuple[str, str]] = {}
    is_looked_into: bool = False
    told: str | None = None


def encode_payload(records: Iterable[FileRecord]) -> bytes:
    """Write a shard payload."""
    return msgspec.json.encode(list(records))


def decode_payload(payload: bytes) -> list[FileRecord]:
    """Read what `encode_payload` wrote."""
    return msgspec.json.decode(payload, type=list[FileRecord])


class TinyDeciding:
    """Drops names and files that have a rule's id in them, and files whose told text has."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._words = tuple(rule.id for rule in evaluation.rules)
        self.seen: list[Seen | None] = []

    def glance(self, name: str, *, partition: str) -> Glanced:
        """Say what the name alone decides."""
        del partition
        return Glanced(verdict=Glance.DROP if name in self._words else Glance.LOOK)

    def decide(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Decided:
        """Apply the rules."""
        del partition, name
        self.seen.append(seen)
        records = decode_payload(payload)
        kept = [
            record
            for record in records
            if not any(word in record.filename or word in (record.told or "") for word in self._words)
        ]
        return Decided(
            payload=encode_payload(kept) if kept else None,
            files=len(kept),
            size_bytes=0,
            excluded={"mirror_filtered.word": len(records) - len(kept)} if len(kept) < len(records) else {},
        )

    def explain(
        self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[FileDecision, ...]:
        """Have no words."""
        del payload, partition, name, seen
        return ()


class TinyEcosystem(SelfContained):
    """Has what serving asks of an ecosystem.

    It routes `<partition>/repodata.json`, `<partition>/shards/<sha256>.zst`, `<partition>/<name>-…`,
    companions of that (`….metadata`, `….sig`), `simple/` and `simple/<name>/` in two types, and
    `pypi/<name>/<version>`, which shows what companions say. A page at the source is a payload.
    """

    type = MirrorType.CONDA

    def __init__(self) -> None:
        self.deciding: list[TinyDeciding] = []
        self.told: list[Told] = []
        self.rendered = 0

    def route(self, path: str, *, is_folder: bool = False) -> Served | None:
        """Say what a path asks for."""
        match path.split("/"):
            case ["simple"]:
                return NegotiatedPath(choices=tuple(IndexPath(path=path, content_type=kind) for path, kind in _LISTS))
            case ["simple", text]:
                return _page(text, is_folder=is_folder)
            case ["pypi", name, version]:
                return PagePath(partition="noarch", name=name, form="about", content_type="text/plain", version=version)
            case [_] | [_, _] if path.endswith(".json"):
                return IndexPath(path=path)
            case [partition, *rest]:
                return _below(partition, rest)
            case _:
                return None

    def artifacts(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the files of a shard."""
        return tuple(
            ArtifactRef(
                ckey=f"{partition}/{record.filename}",
                filename=record.filename,
                url=record.url,
                expected=Expected(digest=Digest.parse(record.digest), size_bytes=record.size_bytes),
            )
            for record in decode_payload(payload)
        )

    def companions(self, payload: bytes, *, partition: str) -> tuple[ArtifactRef, ...]:
        """List the notes of the files of a shard."""
        return tuple(
            ArtifactRef(
                ckey=f"{partition}/{record.filename}.{ending}",
                filename=f"{record.filename}.{ending}",
                url=url,
                expected=Expected(digest=Digest.parse(digest)),
            )
            for record in decode_payload(payload)
            for ending, (digest, url) in record.notes.items()
        )

    def merge(self, payloads: Sequence[bytes]) -> tuple[bytes, tuple[str, ...]]:
        """Lay the lists of files over each other."""
        records: dict[str, FileRecord] = {}
        for payload in payloads:
            records = {record.filename: record for record in decode_payload(payload)} | records
        return encode_payload(records.values()), ()

    def needs_extraction(self, payload: bytes, *, partition: str) -> Mapping[str, Digest]:
        """Name the files that say so."""
        del partition
        return {one.filename: Digest.parse(one.digest) for one in decode_payload(payload) if one.is_looked_into}

    def inner_name(self, filename: str) -> str:
        """Name what stands in a file as Python does."""
        return f"{filename}.metadata"

    def extract(self, filename: str, size_bytes: int, read_at: ReadAt) -> bytes | None:
        """Take out what stands between the last two bars."""
        del filename
        parts = read_at(0, size_bytes).rsplit(b"|", 2)
        return parts[1] if len(parts) == 3 else None

    def named_shards(self, partition: str, filters: Filters, *, source_root: str) -> tuple[ShardRef, ...] | None:
        """Name the pages of projects."""
        del partition, source_root
        return tuple(ShardRef(name=name, tag=None, url=f"{name}/", accept="text/page") for name in filters.projects)

    def read_shard(
        self, data: bytes, *, ref: ShardRef, partition: str, side_files: Mapping[str, bytes], told: Told = UNTOLD
    ) -> SourceShard:
        """Read a page, which is a payload."""
        del partition, side_files
        self.told.append(told)
        try:
            decode_payload(data)
        except msgspec.MsgspecError as exc:
            raise UnreadableIndex("this is no page") from exc
        return SourceShard(name=ref.name, payload=b"" if data == b"[]" else data)

    def compile(self, evaluation: Evaluation, *, book: AdvisoryBook | None = None) -> TinyDeciding:
        """Prepare an evaluation."""
        del book
        self.deciding.append(TinyDeciding(evaluation))
        return self.deciding[-1]

    def extras(self, payload: bytes, *, partition: str, rules: tuple[Rule, ...]) -> tuple[ArtifactRef, ...]:
        """Name all metadata, where there is a rule."""
        companions = self.companions(payload, partition=partition) if rules else ()
        return tuple(one for one in companions if one.filename.endswith(".metadata"))

    def with_extras(self, payload: bytes, texts: Mapping[str, bytes]) -> bytes:
        """Add what metadata say."""
        records = decode_payload(payload)
        said = {name.removesuffix(".metadata"): text.decode() for name, text in texts.items()}
        return encode_payload(msgspec.structs.replace(one, told=said.get(one.filename)) for one in records)

    def page_needs(self, page: PagePath, payload: bytes) -> tuple[str, ...]:
        """Name the file of the version that is asked about."""
        names = (record.filename for record in decode_payload(payload))
        return tuple(name for name in names if page.version is not None and f"-{page.version}" in name)

    def render_page(
        self, page: PagePath, payload: bytes, *, extracted: Mapping[str, Sha256], texts: Mapping[str, bytes]
    ) -> bytes | None:
        """Write what is given."""
        self.rendered += 1
        files = [record.filename for record in decode_payload(payload)]
        if page.version is not None and not any(f"-{page.version}" in name for name in files):
            return None
        page_ = {"form": page.form, "files": files, "extracted": extracted}
        return msgspec.json.encode({**page_, "texts": {name: text.decode() for name, text in texts.items()}})

    def empty_index(self, path: str) -> bytes | None:
        """Render the empty index of a known partition."""
        folder, _, filename = path.rpartition("/")
        is_known = folder in PARTITIONS and filename in (INDEX, "extra.json")
        is_known |= path in [path for path, _ in _LISTS]
        return b'{"packages":{}}' if is_known or path == "notices.json" else None


def _page(text: str, *, is_folder: bool) -> Served:
    name = text.lower()
    if not is_folder:
        return MovedPath(location=f"{name}/")
    if name != text:
        return MovedPath(location=f"../{name}/")
    return NegotiatedPath(
        choices=tuple(PagePath(partition="noarch", name=name, form=kind, content_type=kind) for kind in _TYPES)
    )


def _below(partition: str, rest: Sequence[str]) -> Served | None:
    if len(rest) == 2 and rest[0] == "shards":
        return ShardPath(partition=partition, sha256=rest[1].removesuffix(".zst"))
    if len(rest) != 1:
        return None
    filename = rest[0]
    name, (of, _, ending) = filename.partition("-")[0], filename.rpartition(".")
    if ending in ("metadata", "sig"):
        return CompanionPath(partition=partition, name=name, filename=filename, of=of, content_type=f"text/{ending}")
    return ArtifactPath(partition=partition, name=name, filename=filename)


class FakeLeases:
    """Leases in memory; a test ends one as the bucket would, by taking it out of `holders`."""

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}
        self.is_down = False
        self.was_refused = asyncio.Event()

    async def take(self, key: str, holder: str) -> bool:
        """Take or renew."""
        self._check()
        if self.holders.setdefault(key, holder) == holder:
            return True
        self.was_refused.set()
        return False

    async def release(self, key: str, holder: str) -> None:
        """Give back."""
        self._check()
        if self.holders.get(key) == holder:
            del self.holders[key]

    def _check(self) -> None:
        if self.is_down:
            raise StoreUnavailable("NATS does not answer")


class FakeClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """Return the time."""
        return self.time


class CountingIds:
    """Identifiers that count up."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))

    def new(self) -> str:
        """Return the next one."""
        return f"{next(self._numbers):032x}"
