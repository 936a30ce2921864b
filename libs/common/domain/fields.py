"""The fields of a rule's `where`, one by one: how each is decided, and how it is said in words.

A field is brought to a package name first. Mostly the name, or its partition, answers
already; only where it does not is there a test of each file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any, NamedTuple

from libs.common.domain.advisory import NOT_APPLICABLE, CveStatus, score_of
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Seen
from libs.common.domain.file_view import Dialect, FileView, LicenseTexts
from libs.common.domain.name_index import NameIndex, fits
from libs.common.domain.policy import AgeIs, Among, CreatedIn, NumberIs, Operator, SizeIs, Where

_DAY_MS = 24 * 3600 * 1000
_SHOWN = 5
_MOST_LICENSES = 8192
KINDS = ("conda", "tar.bz2", "wheel", "sdist", "source", "binary")


class Stance(Enum):
    """Whether a condition lets files in or keeps them out; it matters to texts of several licenses.

    Who lets in what is under MIT means that MIT alone is enough; who keeps out what is
    under the GPL means that there is no way around the GPL.
    """

    PERMIT = "permit"
    PROHIBIT = "prohibit"

    def turned(self) -> "Stance":
        """Return the other one."""
        return Stance.PROHIBIT if self is Stance.PERMIT else Stance.PERMIT


class ShardState:
    """What tests need of the other files of a shard.

    `builds` are those of the kept files that are not legacy; `newest` has the newest
    versions by how many were asked for.
    """

    __slots__ = ("builds", "newest", "seen")

    def __init__(self, seen: Seen | None) -> None:
        self.seen = seen
        self.builds: set[str] = set()
        self.newest: Mapping[int, frozenset[str]] = {}


Test = Callable[[Any, ShardState], bool]
"""Tells of a file, a `FileView` of the ecosystem, whether it matches."""


class Named(NamedTuple):
    """A pattern in the index of names: the rule and the field that has it.

    `test` is None where the name alone decides.
    """

    rule: int
    field: int
    text: str
    test: Callable[[Any], bool] | None


class Place(NamedTuple):
    """A package name in a partition, and what the index of names has for it, by field."""

    partition: str
    hits: Mapping[int, list[Named]]
    may_have_findings: bool


class Sight(NamedTuple):
    """One file, and where it stands."""

    file: FileView
    shard: ShardState
    place: Place


class Field(NamedTuple):
    """A field of a `where`, compiled; `words` says why it matches (True) or does not (False)."""

    at: Callable[[Place], bool | Test]
    words: Callable[[Sight, bool], str]


class Making(NamedTuple):
    """What the compiling of a field needs.

    `rule` is the place of its rule, `numbers` gives each field that looks at names its own,
    `path` is where the field stands in the rules.
    """

    dialect: Dialect[Any]
    names: NameIndex[Named]
    numbers: Iterator[int]
    today: date | None
    rule: int
    stance: Stance
    path: str

    def below(self, step: str) -> "Making":
        """Return the same for what stands below, `step` further."""
        return self._replace(path=self.path + step)


def make_field(name: str, where: Where, making: Making) -> Field:
    """Compile one field that is set.

    Raises:
        InvalidInput: for a word that the ecosystem does not understand, naming its path.
    """
    return _MAKERS[name](getattr(where, name), making)


def _name(words: tuple[str, ...], making: Making) -> Field:
    number = next(making.numbers)
    for at, text in enumerate(words):
        pattern = making.dialect.name(text, field=f"{making.path}[{at}]")
        making.names.add(pattern, Named(making.rule, number, text, None))

    def say(sight: Sight, matched: bool) -> str:
        if not matched:
            return f"the name is not among {listed(words)}"
        hit = sight.place.hits[number][0].text
        return f"the name matches {hit}" if "*" in hit else f"the name is {hit}"

    return Field(lambda place: number in place.hits, say)


def _spec(words: tuple[str, ...], making: Making) -> Field:
    number = next(making.numbers)
    for place, text in enumerate(words):
        pattern, test = making.dialect.spec(text, field=f"{making.path}[{place}]")
        making.names.add(pattern, Named(making.rule, number, text, test))

    def at(place: Place) -> bool | Test:
        hits = place.hits.get(number)
        if not hits:
            return False
        tests = tuple(hit.test for hit in hits if hit.test is not None)
        if len(tests) < len(hits):
            return True
        if len(tests) == 1:
            only = tests[0]
            return lambda file, _: only(file)
        return lambda file, _: any(test(file) for test in tests)

    def say(sight: Sight, matched: bool) -> str:
        if not matched:
            return f"it matches none of {listed(words)}" if len(words) > 1 else f"it does not match {words[0]}"
        hits = sight.place.hits[number]
        return f"it matches {next(hit.text for hit in hits if hit.test is None or hit.test(sight.file))}"

    return Field(at, say)


def _version(text: str, making: Making) -> Field:
    test = making.dialect.version(text, field=making.path)
    return _of_file(_alone(test), lambda file, matched: f"version {file.version} is {_not(matched)}in {text}")


def _wheel_tag(words: tuple[str, ...], making: Making) -> Field:
    tests = [making.dialect.wheel_tag(text, field=f"{making.path}[{at}]") for at, text in enumerate(words)]
    known = tuple(test for test in tests if test is not None)
    return _of_file(
        (lambda file, _: any(test(file) for test in known)) if known else None,
        lambda _, matched: f"its tags are {_not(matched)}among {listed(words)}",
    )


def _python(text: str, making: Making) -> Field:
    test = making.dialect.python(text, field=making.path)
    return _of_file(_alone(test), lambda _, matched: f"it can {_not(matched)}be used with Python {text}")


def _r(text: str, making: Making) -> Field:
    test = making.dialect.r(text, field=making.path)
    return _of_file(_alone(test), lambda _, matched: f"it can {_not(matched)}be used with R {text}")


def _platform(among: Among, making: Making) -> Field:
    words, key = _words(among)
    patterns = [
        making.dialect.platform(text, field=f"{making.path}.{key}[{place}]") for place, text in enumerate(words)
    ]
    wanted = among.in_ is not None

    def is_match(platforms: Iterable[str]) -> bool:
        return any(fits(pattern, platform) for platform in platforms for pattern in patterns) is wanted

    def at(place: Place) -> bool | Test:
        platforms = making.dialect.platforms_of(place.partition)
        return (lambda file, _: is_match(file.platforms)) if platforms is None else is_match(platforms)

    def say(sight: Sight, matched: bool) -> str:
        platforms = making.dialect.platforms_of(sight.place.partition)
        own = sorted(sight.file.platforms if platforms is None else platforms)
        return f"platform {', '.join(own) or '(none)'} is {_not(matched is wanted)}among {listed(words)}"

    return Field(at, say)


def _license(among: Among, making: Making) -> Field:
    words, key = _words(among)
    known = frozenset(
        making.dialect.license(text, field=f"{making.path}.{key}[{place}]") for place, text in enumerate(words)
    )
    wanted = among.in_ is not None
    permits = (making.stance is Stance.PERMIT) is wanted

    class Verdicts(dict[LicenseTexts, bool]):
        """A few hundred texts cover all records of a channel; a source that has more is no reason to fill memory."""

        def __missing__(self, texts: LicenseTexts) -> bool:
            if len(self) >= _MOST_LICENSES:
                self.clear()
            licenses = making.dialect.licenses(texts)
            is_among = licenses.allowed_by(known) if permits else not licenses.avoids(known)
            verdict = self[texts] = is_among is wanted
            return verdict

    verdicts = Verdicts()

    def say(file: FileView, matched: bool) -> str:
        text = file.license[0] or file.license[1]
        own = f"license {text}" if text else "no license, which"
        return f"{own} is {_not(matched is wanted)}among {listed(words)}"

    return _of_file(lambda file, _: verdicts[file.license], say)


def _kind(among: Among, making: Making) -> Field:
    words, key = _words(among)
    for place, text in enumerate(words):
        if text.lower() not in KINDS:
            field = f"{making.path}.{key}[{place}]"
            raise InvalidInput(f"{field} is {text[:80]!r}; known are {', '.join(KINDS)}", field=field)
    known = frozenset(text.lower() for text in words)
    wanted = among.in_ is not None
    return _of_file(
        lambda file, _: (file.kind in known) is wanted,
        lambda file, matched: f"kind {file.kind} is {_not(matched is wanted)}among {listed(words)}",
    )


def _legacy_duplicate(value: bool, _making: Making) -> Field:
    def test(file: FileView, shard: ShardState) -> bool:
        return (file.is_legacy and file.build in shard.builds) is value

    def say(_sight: Sight, matched: bool) -> str:
        return "the same build is kept as .conda" if matched is value else "its build is not kept as .conda"

    return Field(lambda _: test, say)


def _size(size: SizeIs, _making: Making) -> Field:
    compare = _COMPARE[size.op]

    def say(file: FileView, matched: bool) -> str:
        if file.size_bytes is None:
            return "its size is not known"
        return f"it has {file.size_bytes:,} bytes, {phrase(size.op, holds=matched)} {size.bytes:,}"

    return _of_file(lambda file, _: file.size_bytes is not None and compare(file.size_bytes, size.bytes), say)


def _created(created: CreatedIn, making: Making) -> Field:
    first, last = read_day(created.from_, making.path + ".from"), read_day(created.to, making.path + ".to")
    if first is None and last is None:
        raise InvalidInput(f"{making.path} needs from, to, or both", field=making.path)
    if first is not None and last is not None and first > last:
        raise InvalidInput(f"{making.path}.from is after {making.path}.to", field=f"{making.path}.from")
    from_ms = _ms(first) if first is not None else None
    before_ms = _ms(last) + _DAY_MS if last is not None else None

    def test(file: FileView, _shard: ShardState) -> bool:
        at_ms = file.created_ms
        if at_ms is None:
            return False
        return (from_ms is None or at_ms >= from_ms) and (before_ms is None or at_ms < before_ms)

    def say(file: FileView, matched: bool) -> str:
        at_ms = file.created_ms
        if at_ms is None:
            return "it has no date of creation"
        if matched:
            bounds = [f"not before {created.from_}"] if first is not None else []
            bounds += [f"not after {created.to}"] if last is not None else []
            return f"created {_day(at_ms)}, {' and '.join(bounds)}"
        if from_ms is not None and at_ms < from_ms:
            return f"created {_day(at_ms)}, before {created.from_}"
        return f"created {_day(at_ms)}, after {created.to}"

    return _of_file(test, say)


def _age(age: AgeIs, making: Making) -> Field:
    today = making.today.toordinal() if making.today is not None else None
    compare = _COMPARE[age.op]

    def days_of(file: FileView, shard: ShardState) -> int | None:
        if today is None:
            raise ValueError("an evaluation with a rule on the age needs a day")
        if age.by == "upstream" and file.created_ms is not None:
            return today - _EPOCH - file.created_ms // _DAY_MS
        return today - shard.seen.day_of(file.filename) if shard.seen is not None else None

    def test(file: FileView, shard: ShardState) -> bool:
        days = days_of(file, shard)
        return days is not None and compare(days, age.days)

    def say(sight: Sight, matched: bool) -> str:
        days = days_of(sight.file, sight.shard)
        if days is None:
            return "its age is not known"
        is_ours = age.by == "first_seen" or sight.file.created_ms is None
        since = "first seen" if is_ours else "created"
        return f"{since} {_days(days)} ago, {phrase(age.op, holds=matched)} {_days(age.days)}"

    return Field(lambda _: test, say)


def _newest(count: int, _making: Making) -> Field:
    def test(file: FileView, shard: ShardState) -> bool:
        return file.version in shard.newest[count]

    def say(sight: Sight, matched: bool) -> str:
        versions = tuple(sorted(sight.shard.newest[count]))
        newest = f"the newest {count} versions" if count > 1 else "the newest version"
        among = f" ({listed(versions)})" if versions else ""
        return f"version {sight.file.version} is {_not(matched)}among {newest}{among}"

    return Field(lambda _: test, say)


def _yanked(value: bool, _making: Making) -> Field:
    return _of_file(
        lambda file, _: file.is_yanked is value,
        lambda _, matched: f"the source {'withdrew' if matched is value else 'did not withdraw'} it",
    )


def _signed(value: bool, _making: Making) -> Field:
    return _of_file(
        lambda file, _: file.is_signed is value,
        lambda _, matched: f"the source {'signed' if matched is value else 'did not sign'} it",
    )


def _cve_score(limit: NumberIs, _making: Making) -> Field:
    compare = _COMPARE[limit.op]
    without = compare(0.0, limit.value)

    def say(file: FileView, matched: bool) -> str:
        found = [one for one in file.findings if one.status not in NOT_APPLICABLE and one.score]
        bound = f"{phrase(limit.op, holds=matched)} {limit.value:g}"
        if not found:
            return f"it has no CVE with a score, which counts as 0, {bound}"
        worst = max(found, key=lambda one: one.score or 0.0)
        return f"{worst.id} scores {worst.score:g}, {bound}"

    seen = _of_file(lambda file, _: compare(score_of(file.findings), limit.value), say)
    return Field(lambda place: seen.at(place) if place.may_have_findings else without, seen.words)


def _cve_status(among: Among, making: Making) -> Field:
    words, key = _words(among)
    known = {status.lower(): status for status in CveStatus}
    for place, text in enumerate(words):
        if text.lower() not in known:
            field = f"{making.path}.{key}[{place}]"
            raise InvalidInput(f"{field} is {text[:80]!r}; known are {', '.join(CveStatus)}", field=field)
    statuses = frozenset(known[text.lower()] for text in words)
    wanted = among.in_ is not None

    def say(file: FileView, matched: bool) -> str:
        found = next((one for one in file.findings if one.status in statuses), None)
        if matched is wanted and found is not None:
            return f"{found.id} is {found.status}"
        return f"none of its CVEs is {listed(words, last='or')}" if found is None else f"{found.id} is {found.status}"

    seen = _of_file(lambda file, _: any(one.status in statuses for one in file.findings) is wanted, say)
    return Field(lambda place: seen.at(place) if place.may_have_findings else not wanted, seen.words)


_MAKERS: Mapping[str, Callable[[Any, Making], Field]] = {
    "name": _name,
    "spec": _spec,
    "version": _version,
    "platform": _platform,
    "wheel_tag": _wheel_tag,
    "python": _python,
    "r": _r,
    "license": _license,
    "kind": _kind,
    "legacy_duplicate": _legacy_duplicate,
    "size": _size,
    "created": _created,
    "age": _age,
    "newest": _newest,
    "yanked": _yanked,
    "signed": _signed,
    "cve_score": _cve_score,
    "cve_status": _cve_status,
}
FIELDS = tuple(_MAKERS)
"""The fields of a `where` but `any` and `not`, the quickest to answer first."""

_COMPARE: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: lambda one, other: one < other,
    Operator.AT_MOST: lambda one, other: one <= other,
    Operator.EQUAL: lambda one, other: one == other,
    Operator.UNEQUAL: lambda one, other: one != other,
    Operator.AT_LEAST: lambda one, other: one >= other,
    Operator.MORE: lambda one, other: one > other,
}
_PHRASES: Mapping[Operator, tuple[str, str]] = {
    Operator.LESS: ("under", "not under"),
    Operator.AT_MOST: ("at most", "over"),
    Operator.EQUAL: ("exactly", "not"),
    Operator.UNEQUAL: ("not", "exactly"),
    Operator.AT_LEAST: ("at least", "under"),
    Operator.MORE: ("over", "not over"),
}
_EPOCH = date(1970, 1, 1).toordinal()


def phrase(operator: Operator, *, holds: bool) -> str:
    """Say what is true of a number where the comparison holds, or does not."""
    return _PHRASES[operator][0 if holds else 1]


def listed(words: tuple[str, ...], *, last: str = "") -> str:
    """Write the first words of a list, and how many more there are."""
    shown = list(words[:_SHOWN])
    if len(words) > _SHOWN:
        return f"{', '.join(shown)} and {len(words) - _SHOWN:,} more"
    return ", ".join(shown) if not last or len(shown) < 2 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def read_day(text: str | None, field: str) -> date | None:
    """Read a day as YYYY-MM-DD.

    Raises:
        InvalidInput: for what is none.
    """
    if text is None:
        return None
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(f"{field} must be a day as YYYY-MM-DD, not {text[:80]!r}", field=field)


def _of_file(test: Test | None, words: Callable[[FileView, bool], str]) -> Field:
    """Make a field that is decided by each file; without a test the ecosystem has no such thing."""
    brought: bool | Test = False if test is None else test
    return Field(lambda _: brought, lambda sight, matched: words(sight.file, matched))


def _alone(test: Callable[[Any], bool] | None) -> Test | None:
    """Make a test of one that looks at the file alone."""
    return None if test is None else lambda file, _: test(file)


def _words(among: Among) -> tuple[tuple[str, ...], str]:
    return (among.in_, "in") if among.in_ is not None else (among.not_in or (), "not_in")


def _not(matched: bool) -> str:
    return "" if matched else "not "


def _days(count: int) -> str:
    return f"{count:,} day" if count == 1 else f"{count:,} days"


def _ms(day: date) -> int:
    return int(datetime.combine(day, time.min, tzinfo=UTC).timestamp() * 1000)


def _day(at_ms: int) -> str:
    return date.fromordinal(min(max(_EPOCH + at_ms // _DAY_MS, 1), date.max.toordinal())).isoformat()
