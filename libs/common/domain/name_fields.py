"""Fields that an ecosystem reads in its own words: names, specs, versions, platforms, tags."""

from collections.abc import Iterable
from functools import partial

from libs.common.domain.errors import InvalidInput
from libs.common.domain.field import (
    Field,
    Making,
    Named,
    Place,
    Sight,
    Test,
    Unreadable,
    of_file,
    of_file_alone,
    words_of,
)
from libs.common.domain.field_words import listed, negated
from libs.common.domain.file_view import FileView
from libs.common.domain.name_index import fits
from libs.common.domain.policy import Among


def name_field(words: tuple[str, ...], making: Making) -> Field:
    """Look for the name among names and globs."""
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


def spec_field(words: tuple[str, ...], making: Making) -> Field:
    """Look for a spec that matches the file."""
    number = next(making.numbers)
    for place, text in enumerate(words):
        try:
            pattern, test = making.dialect.spec(text, field=f"{making.path}[{place}]")
        except InvalidInput:
            if making.unreadable is Unreadable.REFUSED:
                raise
            continue
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


def file_field(words: tuple[str, ...], making: Making) -> Field:
    """Look for the file among file names and paths; only names that such a file can be of are looked into."""
    number = next(making.numbers)
    for place, text in enumerate(words):
        if not text.strip() or any(character.isspace() for character in text):
            field = f"{making.path}[{place}]"
            raise InvalidInput(f"{field} is {text[:80]!r}, which is no file name; * stands for any part", field=field)
        # A `*` in a path may stand for more than a part of the file name.
        names = "*" if "/" in text and "*" in text else making.dialect.named_in(text)
        test = partial(_is_file, text, is_path="/" in text)
        making.names.add(names, Named(making.rule, number, text, test))

    def at(place: Place) -> bool | Test:
        hits = place.hits.get(number)
        if not hits:
            return False
        exact = frozenset(hit.text for hit in hits if "*" not in hit.text)
        tests = tuple(hit.test for hit in hits if "*" in hit.text and hit.test is not None)
        return lambda file, _: file.filename in exact or file.ckey in exact or any(test(file) for test in tests)

    def say(sight: Sight, matched: bool) -> str:
        if not matched:
            return f"the file is not among {listed(words)}"
        hits = sight.place.hits[number]
        hit = next(hit.text for hit in hits if hit.test is not None and hit.test(sight.file))
        return f"the file matches {hit}" if "*" in hit else f"the file is {hit}"

    return Field(at, say)


def _is_file(text: str, file: FileView, *, is_path: bool) -> bool:
    return fits(text, file.ckey if is_path else file.filename)


def version_field(text: str, making: Making) -> Field:
    """Ask whether the version is in a range."""
    try:
        test = making.dialect.version(text, field=making.path)
    except InvalidInput:
        if making.unreadable is Unreadable.REFUSED:
            raise
        test = None
    return of_file(of_file_alone(test), lambda file, matched: f"version {file.version} is {negated(matched)}in {text}")


def wheel_tag_field(words: tuple[str, ...], making: Making) -> Field:
    """Look for a tag that fits the file."""
    tests = [making.dialect.wheel_tag(text, field=f"{making.path}[{at}]") for at, text in enumerate(words)]
    known = tuple(test for test in tests if test is not None)
    return of_file(
        (lambda file, _: any(test(file) for test in known)) if known else None,
        lambda _, matched: f"its tags are {negated(matched)}among {listed(words)}",
    )


def python_field(text: str, making: Making) -> Field:
    """Ask whether the file can be used with these Pythons."""
    test = making.dialect.python(text, field=making.path)
    return of_file(of_file_alone(test), lambda _, matched: f"it can {negated(matched)}be used with Python {text}")


def r_field(text: str, making: Making) -> Field:
    """Ask whether the file can be used with these versions of R."""
    test = making.dialect.r(text, field=making.path)
    return of_file(of_file_alone(test), lambda _, matched: f"it can {negated(matched)}be used with R {text}")


def platform_field(among: Among, making: Making) -> Field:
    """Look for the file's platforms among words and globs."""
    words, key = words_of(among)
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
        return f"platform {', '.join(own) or '(none)'} is {negated(matched is wanted)}among {listed(words)}"

    return Field(at, say)
