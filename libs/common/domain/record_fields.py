"""Fields that look at a file's record, or at what becomes of its neighbours."""

from datetime import UTC, date, datetime, time

from libs.common.domain.errors import InvalidInput
from libs.common.domain.field import Field, Making, ShardState, Sight, Stance, of_file, words_of
from libs.common.domain.field_words import COMPARE, listed, negated, phrase, read_day, spell_days
from libs.common.domain.file_view import FileView, LicenseTexts
from libs.common.domain.policy import AgeIs, Among, CreatedIn, SizeIs

KINDS = ("conda", "tar.bz2", "wheel", "sdist", "source", "binary")
_DAY_MS = 24 * 3600 * 1000
_MOST_LICENSES = 8192
_EPOCH = date(1970, 1, 1).toordinal()


def license_field(among: Among, making: Making) -> Field:
    """Ask whether the license allows, or avoids, what is listed."""
    words, key = words_of(among)
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
        return f"{own} is {negated(matched is wanted)}among {listed(words)}"

    return of_file(lambda file, _: verdicts[file.license], say)


def kind_field(among: Among, making: Making) -> Field:
    """Look for the file's kind in a list."""
    words, key = words_of(among)
    for place, text in enumerate(words):
        if text.lower() not in KINDS:
            field = f"{making.path}.{key}[{place}]"
            raise InvalidInput(f"{field} is {text[:80]!r}; known are {', '.join(KINDS)}", field=field)
    known = frozenset(text.lower() for text in words)
    wanted = among.in_ is not None
    return of_file(
        lambda file, _: (file.kind in known) is wanted,
        lambda file, matched: f"kind {file.kind} is {negated(matched is wanted)}among {listed(words)}",
    )


def legacy_duplicate_field(value: bool, _making: Making) -> Field:
    """Ask whether a kept file has the same build in a newer kind."""

    def test(file: FileView, shard: ShardState) -> bool:
        return (file.is_legacy and file.build in shard.builds) is value

    def say(_sight: Sight, matched: bool) -> str:
        return "the same build is kept as .conda" if matched is value else "its build is not kept as .conda"

    return Field(lambda _: test, say)


def size_field(size: SizeIs, _making: Making) -> Field:
    """Compare the file's size."""
    compare = COMPARE[size.op]

    def say(file: FileView, matched: bool) -> str:
        if file.size_bytes is None:
            return "its size is not known"
        return f"it has {file.size_bytes:,} bytes, {phrase(size.op, holds=matched)} {size.bytes:,}"

    return of_file(lambda file, _: file.size_bytes is not None and compare(file.size_bytes, size.bytes), say)


def created_field(created: CreatedIn, making: Making) -> Field:
    """Ask whether the file's day is in a range."""
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

    return of_file(test, say)


def age_field(age: AgeIs, making: Making) -> Field:
    """Compare the days since the file was made, or first seen."""
    today = making.today.toordinal() if making.today is not None else None
    compare = COMPARE[age.op]

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
        return f"{since} {spell_days(days)} ago, {phrase(age.op, holds=matched)} {spell_days(age.days)}"

    return Field(lambda _: test, say)


def newest_field(count: int, _making: Making) -> Field:
    """Ask whether the version is one of the newest that other rules keep."""

    def test(file: FileView, shard: ShardState) -> bool:
        return file.version in shard.newest[count]

    def say(sight: Sight, matched: bool) -> str:
        versions = tuple(sorted(sight.shard.newest[count]))
        newest = f"the newest {count} versions" if count > 1 else "the newest version"
        among = f" ({listed(versions)})" if versions else ""
        return f"version {sight.file.version} is {negated(matched)}among {newest}{among}"

    return Field(lambda _: test, say)


def yanked_field(value: bool, _making: Making) -> Field:
    """Ask whether the source withdrew the file."""
    return of_file(
        lambda file, _: file.is_yanked is value,
        lambda _, matched: f"the source {'withdrew' if matched is value else 'did not withdraw'} it",
    )


def signed_field(value: bool, _making: Making) -> Field:
    """Ask whether the source signed the file."""
    return of_file(
        lambda file, _: file.is_signed is value,
        lambda _, matched: f"the source {'signed' if matched is value else 'did not sign'} it",
    )


def _ms(day: date) -> int:
    return int(datetime.combine(day, time.min, tzinfo=UTC).timestamp() * 1000)


def _day(at_ms: int) -> str:
    return date.fromordinal(min(max(_EPOCH + at_ms // _DAY_MS, 1), date.max.toordinal())).isoformat()
