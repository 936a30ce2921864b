"""Breaking: which packages lose a dependency when files go.

Rules of this file:
1. A platform's files are its own and those of `noarch`, as in `closing.py`.
2. A dependency goes where it chose some file before and chooses none of those that stay. One that
   chose nothing before is passed over: what can't be installed now is no loss.
3. A file whose dependency goes can't be installed, and counts as gone for those that need it.
4. Files that come are there for those that need them.
5. A dependency is narrowed where some of the files that it chose go, and some stay. That each of
   a package's dependencies can be met does not mean that they can together: that is for a
   solver to tell.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from rattler import PackageRecord

from libs.common.ecosystems.conda.closing import nodes_of, texts_of
from libs.common.ecosystems.conda.depends import Dependency, read_dependency, record_of
from libs.common.ecosystems.conda.names import NOARCH

_Bits = int
_FIRST_WORD = re.compile(r"\s*(?:[^\s:]*::?)?([A-Za-z0-9_][A-Za-z0-9_.-]*)")


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """A package that loses a dependency on a platform; `chain` leads from its own to the one that goes, as texts.

    `is_whole` tells that none of its files can be installed any more, `is_narrowed` that all of
    them still have what they need, but less of it.
    """

    name: str
    platform: str
    chain: tuple[str, ...]
    is_whole: bool
    is_narrowed: bool = False


class _File(msgspec.Struct, gc=False):
    """A file: on which platforms it is there before and after, and where it is broken."""

    name: str
    version: str
    build: str
    build_number: int
    depends: int
    before: _Bits
    after: _Bits
    broken: _Bits = 0
    cause: str | None = None


def name_of(text: str) -> str:
    """Return the package name that a dependency text begins with; "" where there is none."""
    word = _FIRST_WORD.match(text)
    return word[1].lower() if word is not None else ""


class CondaBreaking:
    """Takes the files of a channel, name by name, and spreads what is lost among them."""

    def __init__(self, partitions: Collection[str]) -> None:
        platforms = sorted(partition for partition in partitions if partition != NOARCH) or [NOARCH]
        self._platforms: Mapping[str, _Bits] = {platform: 1 << place for place, platform in enumerate(platforms)}
        self._all: _Bits = (1 << len(platforms)) - 1
        self._files: dict[str, list[_File]] = defaultdict(list)
        self._numbers: dict[bytes, int] = {}
        self._needing: list[list[_File]] = []
        self._texts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._lost: set[str] = set()
        self._read: dict[str, Dependency | None] = {}
        self._records: dict[tuple[str, str, int], PackageRecord | None] = {}
        self._gone: dict[str, _Bits] = {}
        self._narrowed: dict[str, _Bits] = {}

    def add(
        self,
        name: str,
        partition: str,
        payload: bytes,
        *,
        before: frozenset[str] | None = None,
        after: frozenset[str] | None = None,
    ) -> None:
        """Take the files of a shard; `before` and `after` are those that are there, None for all."""
        bits = self._all if partition == NOARCH else self._platforms[partition]
        files = self._files[name]
        for filename, node in nodes_of(payload):
            was = bits if before is None or filename in before else 0
            now = bits if after is None or filename in after else 0
            if not was and not now:
                continue
            depends = self._number(bytes(node.depends))
            file = _File(name, node.version, node.build, node.build_number, depends, was, now)
            files.append(file)
            if now:
                self._needing[depends].append(file)
            else:
                self._lost.add(name)

    def losses(self) -> tuple[Loss, ...]:
        """Spread what is lost, and return the packages that lose a dependency, then those with narrowed ones."""
        waiting = sorted(self._lost)
        while waiting:
            waiting = sorted({broken for name in waiting for broken in self._spread(name)})
        broken = list(self._told())
        return (*broken, *self._told_narrowed({(loss.name, loss.platform) for loss in broken}))

    def _number(self, depends: bytes) -> int:
        number = self._numbers.get(depends)
        if number is None:
            number = self._numbers[depends] = len(self._needing)
            self._needing.append([])
            for text in texts_of(depends):
                name = name_of(text)
                if name:
                    self._texts[name][text].append(number)
        return number

    def _spread(self, name: str) -> Iterator[str]:
        """Break the files that need what is lost of a name, and yield their names."""
        for text, numbers in self._texts.get(name, {}).items():
            gone = self._look(text, name)
            fresh = gone & ~self._gone.get(text, 0)
            if not fresh:
                continue
            self._gone[text] = gone
            for number in numbers:
                for file in self._needing[number]:
                    hit = fresh & file.before & file.after & ~file.broken
                    if hit:
                        file.broken |= hit
                        file.cause = file.cause or text
                        yield file.name

    def _look(self, text: str, name: str) -> _Bits:
        """Return the platforms on which a dependency chose a file before, and does not any more."""
        before = after = less = 0
        for file in self._chosen(text, self._files.get(name, ())):
            stays = file.after & ~file.broken
            before |= file.before
            after |= stays
            less |= file.before & ~stays
        if less & after:
            self._narrowed[text] = less & after
        return before & ~after

    def _chosen(self, text: str, files: Iterable[_File]) -> Iterator[_File]:
        if text not in self._read:
            self._read[text] = read_dependency(text)
        dependency = self._read[text]
        if dependency is None or dependency.is_virtual:
            return
        match = dependency.match
        if match is None:
            yield from files
            return
        fits: dict[tuple[str, str, int], bool] = {}
        for file in files:
            key = (file.version, file.build, file.build_number) if dependency.looks_at_build else (file.version, "0", 0)
            if key not in fits:
                record = self._record(key)
                fits[key] = record is not None and match.matches(record)
            if fits[key]:
                yield file

    def _record(self, key: tuple[str, str, int]) -> PackageRecord | None:
        if key not in self._records:
            version, build, build_number = key
            self._records[key] = record_of(version, build=build, build_number=build_number)
        return self._records[key]

    def _told(self) -> Iterator[Loss]:
        for name in sorted({file.name for files in self._needing for file in files if file.broken}):
            files = self._files[name]
            for platform, bit in self._platforms.items():
                broken = [file for file in files if file.broken & bit]
                if broken:
                    is_whole = all(file.broken & bit for file in files if file.after & bit)
                    yield Loss(name=name, platform=platform, chain=self._chain(broken[0], bit), is_whole=is_whole)

    def _told_narrowed(self, told: set[tuple[str, str]]) -> Iterator[Loss]:
        for text, bits in self._narrowed.items():
            for number in self._texts[name_of(text)][text]:
                for file in self._needing[number]:
                    for platform, bit in self._platforms.items():
                        if bits & bit & file.before & file.after and (file.name, platform) not in told:
                            told.add((file.name, platform))
                            yield Loss(
                                name=file.name, platform=platform, chain=(text,), is_whole=False, is_narrowed=True
                            )

    def _chain(self, file: _File, bit: _Bits) -> tuple[str, ...]:
        """Follow what broke a file to the dependency that goes by itself."""
        chain: list[str] = []
        seen: set[str] = set()
        while file.cause is not None and file.cause not in seen:
            seen.add(file.cause)
            chain.append(file.cause)
            chosen = list(self._chosen(file.cause, self._files.get(name_of(file.cause), ())))
            if any(one.before & bit and not one.after & bit for one in chosen):
                break
            file = next((one for one in chosen if one.broken & bit), file)
        return tuple(chain)
