"""A tiny ecosystem to decide on, and rules read word for word: the oracle of the engine's tests.

Versions are whole numbers; a spec is `name`, `name*` or `name>=2`; licenses are their own
words, `a+b` binds to both and `a|b` gives a choice.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec
from hypothesis import strategies as st

from libs.common.domain.advisory import Confidence, CveStatus, Finding, score_of
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation, Seen
from libs.common.domain.file_view import LicenseTexts
from libs.common.domain.name_index import NamePattern
from libs.common.domain.policy import (
    Action,
    AgeIs,
    Among,
    CreatedIn,
    EcosystemWord,
    NumberIs,
    Operator,
    Rule,
    Scope,
    SizeIs,
    Where,
    uses,
)

PARTITIONS = ("linux-64", "noarch")
NAMES = ("alpha", "alpha-core", "beta")
TODAY = date(2025, 1, 31)
_DAY_MS = 24 * 3600 * 1000
_EPOCH = date(1970, 1, 1).toordinal()


class TinyFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file; a `FileView`."""

    filename: str
    version: str
    build: str
    kind: str = "conda"
    partition: str = "linux-64"
    size_bytes: int | None = 10
    created_ms: int | None = None
    license: LicenseTexts = ("mit", None)
    is_signed: bool = False
    is_yanked: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def ckey(self) -> str:
        """Its path."""
        return f"{self.partition}/{self.filename}"

    @property
    def platforms(self) -> Collection[str]:
        """Its partition."""
        return (self.partition,)

    @property
    def is_legacy(self) -> bool:
        """Whether it is an old kind."""
        return self.kind == "tar.bz2"


class TinyLicenses(msgspec.Struct, frozen=True):
    """Either a choice or a bundle of words."""

    text: str

    def allowed_by(self, words: frozenset[str], /) -> bool:
        """Tell whether these words are enough."""
        return any(set(part.split("+")) <= words for part in self.text.split("|"))

    def avoids(self, words: frozenset[str], /) -> bool:
        """Tell whether it can be used without these words."""
        return any(not set(part.split("+")) & words for part in self.text.split("|"))


class TinyDialect:
    """A `Dialect`; `says_platform` tells whether the partition answers for its files."""

    word: EcosystemWord = "conda"

    def __init__(self, *, says_platform: bool = True) -> None:
        self._says_platform = says_platform

    def name(self, text: str, *, field: str) -> str:
        """Return the name."""
        del field
        return text.lower()

    def spec(self, text: str, *, field: str) -> tuple[NamePattern, Callable[[TinyFile], bool] | None]:
        """Read a spec."""
        name, _, version = text.partition(">=")
        if version and not version.isdigit():
            raise InvalidInput(f"{field} has {text!r}, which is no spec", field=field)
        return name, (lambda file: int(file.version) >= int(version)) if version else None

    def version(self, text: str, *, field: str) -> Callable[[TinyFile], bool]:
        """Read `>=n`."""
        del field
        return lambda file: int(file.version) >= int(text.removeprefix(">="))

    def named_in(self, filename: str) -> NamePattern:
        """Say that it may be of any name."""
        del filename
        return "*"

    def wheel_tag(self, text: str, *, field: str) -> None:
        """Have none."""

    def python(self, text: str, *, field: str) -> None:
        """Have none."""

    def r(self, text: str, *, field: str) -> None:
        """Have none."""

    def platform(self, text: str, *, field: str) -> str:
        """Return the word."""
        del field
        return text

    def platforms_of(self, partition: str) -> Collection[str] | None:
        """Return the partition."""
        return (partition,) if self._says_platform else None

    def license(self, text: str, *, field: str) -> str:
        """Return the word."""
        del field
        return text.lower()

    def licenses(self, texts: LicenseTexts) -> TinyLicenses:
        """Read a license."""
        return TinyLicenses((texts[0] or "none").lower())

    def newest(self, versions: Collection[str], count: int) -> frozenset[str]:
        """Return the highest numbers."""
        return frozenset(sorted(versions, key=int, reverse=True)[:count])


class Oracle:
    """Decides file by file and rule by rule, in the words of `policy.py`, and as slowly as it likes."""

    def __init__(self, evaluation: Evaluation, name: str, files: Sequence[TinyFile], seen: Seen | None) -> None:
        self._evaluation = evaluation
        self._name = name
        self._seen = seen
        self._newest: Mapping[int, frozenset[str]] = {}
        self._builds: frozenset[str] = frozenset()
        rules = tuple(rule for rule in evaluation.rules if rule.ecosystems is None or "conda" in rule.ecosystems)
        kept = self._all_kept(files, tuple(rule for rule in rules if not uses(rule, "newest")))
        versions = {file.version for file in kept}
        self._newest = {count: TinyDialect().newest(versions, count) for count in range(1, 5)}
        self._kept = frozenset(file.filename for file in self._all_kept(files, rules))
        self._rules = rules

    def dropped_by(self, file: TinyFile) -> str | None:
        """Return the id of the rule that drops a file, None where it is kept."""
        return self._dropped_by(file, self._rules)

    def _all_kept(self, files: Sequence[TinyFile], rules: tuple[Rule, ...]) -> list[TinyFile]:
        self._builds = frozenset()
        new = [file for file in files if not file.is_legacy and self._dropped_by(file, rules) is None]
        self._builds = frozenset(file.build for file in new)
        return new + [file for file in files if file.is_legacy and self._dropped_by(file, rules) is None]

    def _dropped_by(self, file: TinyFile, rules: tuple[Rule, ...]) -> str | None:
        for rule in rules:
            others = [one for one in rules if (one.scope, one.policy) == (rule.scope, rule.policy)]
            is_frame = rule.action is Action.REQUIRE and not uses(
                rule, *(field for field in Where.__struct_fields__ if field not in ("platform", "any", "not_"))
            )
            is_back = not is_frame and any(one.action is Action.ALLOW and self._matches(one, file) for one in others)
            drops = rule.action is not Action.ALLOW and self._matches(rule, file) is (rule.action is Action.EXCLUDE)
            if drops and not is_back:
                return rule.id
        return None

    def _matches(self, rule: Rule, file: TinyFile) -> bool:
        place = str(self._evaluation.rules.index(rule))
        closure = self._evaluation.closures.get(place)
        if closure is not None:
            reached = closure.reached.get(file.partition, {})
            if self._name in reached and (reached[self._name] is None or file.filename in (reached[self._name] or ())):
                return True
        return self._fits(rule.where, file, permits=rule.action is not Action.EXCLUDE)

    def _fits(self, where: Where, file: TinyFile, *, permits: bool) -> bool:
        checks = [
            getattr(self, f"_on_{field}")(getattr(where, field), file)
            for field in Where.__struct_fields__
            if field not in ("any", "not_", "license") and getattr(where, field) is not None
        ]
        if where.license is not None:
            checks.append(self._on_license(where.license, file, permits=permits))
        if where.any is not None:
            checks.append(any(self._fits(inner, file, permits=permits) for inner in where.any))
        if where.not_ is not None:
            checks.append(not self._fits(where.not_, file, permits=not permits))
        return all(checks)

    def _on_name(self, words: tuple[str, ...], _file: TinyFile) -> bool:
        return any(fnmatchcase(self._name, word) for word in words)

    def _on_spec(self, words: tuple[str, ...], file: TinyFile) -> bool:
        pairs = [word.partition(">=") for word in words]
        return any(fnmatchcase(self._name, name) and int(file.version) >= int(low or 0) for name, _, low in pairs)

    def _on_version(self, text: str, file: TinyFile) -> bool:
        return int(file.version) >= int(text.removeprefix(">="))

    def _on_file(self, words: tuple[str, ...], file: TinyFile) -> bool:
        return any(fnmatchcase(file.ckey if "/" in word else file.filename, word) for word in words)

    def _on_platform(self, among: Among, file: TinyFile) -> bool:
        return _is_among(among, file.partition)

    def _on_license(self, among: Among, file: TinyFile, *, permits: bool) -> bool:
        licenses = TinyLicenses(file.license[0] or "none")
        if among.in_ is not None:
            words = frozenset(among.in_)
            return licenses.allowed_by(words) if permits else not licenses.avoids(words)
        words = frozenset(among.not_in or ())
        return licenses.avoids(words) if permits else not licenses.allowed_by(words)

    def _on_kind(self, among: Among, file: TinyFile) -> bool:
        return _is_among(among, file.kind)

    def _on_legacy_duplicate(self, value: bool, file: TinyFile) -> bool:
        return (file.is_legacy and file.build in self._builds) is value

    def _on_size(self, size: SizeIs, file: TinyFile) -> bool:
        return file.size_bytes is not None and _compare(file.size_bytes, size.op, size.bytes)

    def _on_created(self, created: CreatedIn, file: TinyFile) -> bool:
        if file.created_ms is None:
            return False
        day = date.fromordinal(_EPOCH + file.created_ms // _DAY_MS).isoformat()
        return (created.from_ or "0") <= day <= (created.to or "9")

    def _on_age(self, age: AgeIs, file: TinyFile) -> bool:
        if age.by == "upstream" and file.created_ms is not None:
            return _compare(TODAY.toordinal() - _EPOCH - file.created_ms // _DAY_MS, age.op, age.days)
        if self._seen is None:
            return False
        return _compare(TODAY.toordinal() - self._seen.day_of(file.filename), age.op, age.days)

    def _on_newest(self, count: int, file: TinyFile) -> bool:
        return file.version in self._newest[count]

    def _on_yanked(self, value: bool, file: TinyFile) -> bool:
        return file.is_yanked is value

    def _on_signed(self, value: bool, file: TinyFile) -> bool:
        return file.is_signed is value

    def _on_cve_score(self, limit: NumberIs, file: TinyFile) -> bool:
        return _compare(score_of(file.findings), limit.op, limit.value)

    def _on_cve_status(self, among: Among, file: TinyFile) -> bool:
        has = any(one.status in (among.in_ or among.not_in or ()) for one in file.findings)
        return has is (among.in_ is not None)

    def _on_wheel_tag(self, _words: tuple[str, ...], _file: TinyFile) -> bool:
        return False


def _is_among(among: Among, word: str) -> bool:
    return word in among.in_ if among.in_ is not None else word not in (among.not_in or ())


def _compare(number: float, operator: Operator, bound: float) -> bool:
    return {
        Operator.LESS: number < bound,
        Operator.AT_MOST: number <= bound,
        Operator.EQUAL: number == bound,
        Operator.UNEQUAL: number != bound,
        Operator.AT_LEAST: number >= bound,
        Operator.MORE: number > bound,
    }[operator]


def day_ms(text: str) -> int:
    """Return noon of a day in ms since 1970."""
    return (date.fromisoformat(text).toordinal() - _EPOCH) * _DAY_MS + _DAY_MS // 2


_days = st.sampled_from(("2024-12-31", "2025-01-01", "2025-01-24", "2025-01-31"))
_versions = st.sampled_from("12345")
_operators = st.sampled_from(Operator)


def _amongs(words: Sequence[str]) -> st.SearchStrategy[Among]:
    some = st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True).map(tuple)
    return some.map(lambda found: Among(in_=found)) | some.map(lambda found: Among(not_in=found))


def _lists(words: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True).map(tuple)


_ranges = st.tuples(_days, _days).map(sorted).map(lambda days: CreatedIn(from_=days[0], to=days[1]))
_FIELDS: Mapping[str, st.SearchStrategy[object]] = {
    "name": _lists((*NAMES, "alpha*", "*a", "*-*", "gamma")),
    "spec": _lists((*NAMES, "alpha>=3", "beta>=2", "*>=4", "a*core", "gamma")),
    "version": st.sampled_from((">=2", ">=4")),
    "file": _lists(("1-a.conda", "noarch/2-b.conda", "*.bz2", "linux-64/*", "3-*")),
    "platform": _amongs((*PARTITIONS, "win-64")),
    "wheel_tag": st.just(("cp311-*",)),
    "license": _amongs(("mit", "gpl", "bsd")),
    "kind": _amongs(("conda", "tar.bz2")),
    "legacy_duplicate": st.booleans(),
    "size": st.builds(SizeIs, op=_operators, bytes=st.sampled_from((5, 10, 20))),
    "created": _ranges,
    "age": st.builds(
        AgeIs, op=_operators, days=st.sampled_from((0, 7, 30)), by=st.sampled_from(("upstream", "first_seen"))
    ),
    "newest": st.integers(1, 3),
    "yanked": st.booleans(),
    "signed": st.booleans(),
    "cve_score": st.builds(NumberIs, op=_operators, value=st.sampled_from((0.0, 5.0, 7.5))),
    "cve_status": _amongs(tuple(CveStatus)),
}


def wheres(*without: str) -> st.SearchStrategy[Where]:
    """Any `where`, but for some fields."""
    fields = sorted(_FIELDS.keys() - set(without))
    one = st.sampled_from(fields).flatmap(lambda field: st.builds(Where, **{field: _FIELDS[field]}))
    two = st.lists(st.sampled_from(fields), min_size=2, max_size=2, unique=True).flatmap(
        lambda found: st.builds(Where, **{field: _FIELDS[field] for field in found})
    )
    return st.recursive(
        one | two,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3).map(lambda found: Where(any=tuple(found)))
            | inner.map(lambda found: Where(not_=found))
        ),
        max_leaves=4,
    )


_GROUPS: tuple[tuple[Scope, str | None], ...] = (
    ("mirror_filtered", None),
    ("mirror_filtered", "p"),
    ("channel_filtered", None),
)


@st.composite
def rule_lists(draw: st.DrawFn, *, without: Sequence[str] = (), max_size: int = 5) -> tuple[Rule, ...]:
    """Rules of up to three groups, each with an id of its own."""
    found = []
    for place in range(draw(st.integers(0, max_size))):
        scope, policy = draw(st.sampled_from(_GROUPS))
        found.append(
            Rule(
                id=f"rule-{place}",
                action=draw(st.sampled_from(Action)),
                where=draw(wheres(*without)),
                ecosystems=draw(st.sampled_from((None, None, ("conda",), ("r",)))),
                scope=scope,
                policy=policy,
            )
        )
    return tuple(found)


_findings = st.builds(
    Finding,
    id=st.sampled_from(("CVE-2024-1", "CVE-2024-2")),
    score=st.sampled_from((None, 5.0, 9.8)),
    status=st.sampled_from(CveStatus),
    confidence=st.just(Confidence.OWN),
)


@st.composite
def file_lists(draw: st.DrawFn, *, partition: str = "linux-64") -> tuple[TinyFile, ...]:
    """The files of one shard."""
    keys = st.tuples(_versions, st.sampled_from("ab"), st.sampled_from(("conda", "tar.bz2")))
    return tuple(
        TinyFile(
            filename=f"{version}-{build}.{kind}",
            version=version,
            build=f"{version}-{build}",
            kind=kind,
            partition=partition,
            size_bytes=draw(st.sampled_from((None, 5, 15))),
            created_ms=draw(st.none() | _days.map(day_ms)),
            license=(draw(st.sampled_from((None, "mit", "gpl", "mit|gpl", "mit+bsd"))), None),
            is_signed=draw(st.booleans()),
            is_yanked=draw(st.booleans()),
            findings=tuple(draw(st.lists(_findings, max_size=2))),
        )
        for version, build, kind in sorted(draw(st.sets(keys, min_size=1, max_size=8)))
    )


seens = st.none() | st.builds(
    Seen,
    st.just(date(2025, 1, 1).toordinal()),
    st.dictionaries(st.sampled_from(("1-a.conda", "2-b.tar.bz2")), st.just(date(2025, 1, 30).toordinal()), max_size=2),
)
