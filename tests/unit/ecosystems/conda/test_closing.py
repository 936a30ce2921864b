"""Closures of packages and what they need, held against a plain loop over py-rattler's records."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st
from rattler import MatchSpec, PackageRecord
from rattler.package.build_string import BuildString

from libs.common.domain.evaluation import FileDecision, Seen
from libs.common.ecosystems.conda.closing import CondaClosing
from libs.common.ecosystems.protocol import Decided, Deciding, Glance, Glanced
from tests.support.conda_records import ECO, JsonObject, a_record, key_of, payload_of

Source = Mapping[str, Sequence[JsonObject]]
Reached = Mapping[str, Mapping[str, tuple[str, ...] | None]]


class Naming(Deciding):
    """Rules that keep the files of some names, or of these only some versions."""

    def __init__(self, *names: str, **versions: str) -> None:
        self._names = names
        self._versions = versions

    def glance(self, name: str, *, partition: str) -> Glanced:
        """Look into names of which not all is kept."""
        del partition
        if name in self._versions:
            return Glanced(verdict=Glance.LOOK)
        return Glanced(verdict=Glance.KEEP if name in self._names else Glance.DROP)

    def decide(self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None) -> Decided:
        """Keep one version."""
        del seen
        drop = [
            file.filename
            for file in ECO.artifacts(payload, partition=partition)
            if f"-{self._versions[name]}-" not in file.filename
        ]
        return ECO.without(payload, frozenset(drop))

    def explain(
        self, payload: bytes, *, partition: str, name: str, seen: Seen | None = None
    ) -> tuple[FileDecision, ...]:
        """Explain nothing; no closure asks."""
        raise NotImplementedError((payload, partition, name, seen))


def grown(source: Source, roots: Deciding) -> CondaClosing:
    """Grow a closure on a source to its end."""
    payloads: dict[str, dict[str, bytes]] = {}
    for partition, records in source.items():
        for name in {str(record["name"]) for record in records}:
            of_name = [record for record in records if record["name"] == name]
            payloads.setdefault(name, {})[partition] = payload_of(of_name)
    names = {partition: [name for name, found in payloads.items() if partition in found] for partition in source}
    closing = CondaClosing(roots, names=names)
    while wanted := closing.wanted():
        for name in wanted:
            closing.add(name, payloads[name])
    return closing


def reached(source: Source, roots: Deciding) -> Reached:
    """Return what a closure reaches."""
    return grown(source, roots).closure().reached


def test_what_a_package_needs_is_reached_through_others() -> None:
    """By every version that could be chosen, and no other."""
    source = {
        "linux-64": [
            a_record("app", depends=["lib >=2"]),
            a_record("lib", "1.0"),
            a_record("lib", "2.0", depends=["base"]),
            a_record("lib", "3.0"),
            a_record("base"),
            a_record("other", depends=["app"]),
        ]
    }

    assert reached(source, Naming("app")) == {
        "linux-64": {"app": None, "base": None, "lib": ("lib-2.0-0.conda", "lib-3.0-0.conda")}
    }


def test_constraints_bring_nothing_in() -> None:
    """They only say what must not stand beside it; what the machine has is no package either."""
    source = {"linux-64": [a_record("app", depends=["__glibc >=2"], constrains=["lib"]), a_record("lib")]}

    closing = grown(source, Naming("app"))

    assert closing.closure().reached == {"linux-64": {"app": None}}
    assert closing.missing() == {}


def test_each_platform_has_its_own_files_and_those_of_noarch() -> None:
    """A file of one platform never brings in another's; noarch is reached from any."""
    source = {
        "linux-64": [a_record("app", depends=["pure"]), a_record("lib")],
        "noarch": [a_record("pure", depends=["lib"]), a_record("unused")],
        "win-64": [a_record("lib"), a_record("app2")],
    }

    assert reached(source, Naming("app")) == {
        "linux-64": {"app": None, "lib": None},
        "noarch": {"pure": None},
    }
    assert reached(source, Naming("pure")) == {
        "linux-64": {"lib": None},
        "noarch": {"pure": None},
        "win-64": {"lib": None},
    }


def test_a_source_of_noarch_alone_is_closed_too() -> None:
    """It is a platform of its own."""
    source = {"noarch": [a_record("app", depends=["lib"]), a_record("lib")]}

    assert reached(source, Naming("app")) == {"noarch": {"app": None, "lib": None}}


def test_only_the_files_that_the_rule_matches_begin_it() -> None:
    """What other versions of the name need stays out."""
    source = {"linux-64": [a_record("app", "1", depends=["a"]), a_record("app", "2"), a_record("a")]}

    assert reached(source, Naming(app="2")) == {"linux-64": {"app": ("app-2-0.conda",)}}
    assert reached(source, Naming(app="3")) == {}


def test_a_name_that_comes_back_is_looked_into_again() -> None:
    """A root can be needed in other versions than the rule names; circles end."""
    source = {
        "linux-64": [
            a_record("app", "1", depends=["b"]),
            a_record("app", "2"),
            a_record("a"),
            a_record("b", depends=["app", "b"]),
        ]
    }

    assert reached(source, Naming(app="1")) == {"linux-64": {"app": None, "b": None}}


def test_what_the_source_lacks_is_told_with_who_needs_it() -> None:
    """Those who ask in the same words are named by the first of them."""
    source = {
        "linux-64": [
            a_record("app", "1.0", depends=["gone >=1", "lib"]),
            a_record("lib", "2.0", depends=["gone >=2"]),
        ]
    }

    assert grown(source, Naming("app")).missing() == {"gone": ("app 1.0", "lib 2.0")}


def test_records_that_are_no_good_need_nothing() -> None:
    """Old channels have `depends` that are no list of texts, or none at all."""
    bare = a_record("bare")
    del bare["depends"]
    source = {"linux-64": [a_record("app", depends=["bare", 3, None]), bare, a_record("odd", depends={"a": 1})]}

    assert reached(source, Naming("app", "odd")) == {"linux-64": {"app": None, "bare": None, "odd": None}}


_names = st.sampled_from(("a", "b", "c", "d"))
_ranges = st.sampled_from(("", " >=2", " <2", " 1.*", " * h1*", " 2 h1_0", "[build=h2_0]", "[version='>1']"))
_depends = st.lists(st.builds("{}{}".format, _names, _ranges), max_size=3)
_record = st.builds(
    lambda name, version, build, depends: a_record(name, version, build, depends=depends),
    _names,
    st.sampled_from(("1.0", "1.5", "2.0")),
    st.sampled_from(("h1_0", "h2_0")),
    _depends,
)
_sources = st.dictionaries(
    st.sampled_from(("linux-64", "noarch", "win-64")), st.lists(_record, max_size=8, unique_by=key_of), min_size=1
)


def plain_loop(source: Source, roots: frozenset[str]) -> set[tuple[str, str]]:
    """Go over all records until nothing is added, platform by platform: (partition, file name)."""
    found: set[tuple[str, str]] = set()
    for platform in [it for it in source if it != "noarch"] or ["noarch"]:
        candidates = [(part, record) for part in {platform, "noarch"} for record in source.get(part, ())]
        taken = {(part, key_of(record)) for part, record in candidates if record["name"] in roots}
        before: set[tuple[str, str]] = set()
        while taken != before:
            before = set(taken)
            specs = [
                MatchSpec(text, strict=False)
                for part, record in candidates
                if (part, key_of(record)) in before
                for text in record["depends"]  # type: ignore[attr-defined]
            ]
            taken |= {
                (part, key_of(record))
                for part, record in candidates
                if any(spec.matches(_rattler(record)) for spec in specs)
            }
        found |= taken
    return found


def _rattler(record: JsonObject) -> PackageRecord:
    build = BuildString.new_unchecked(str(record["build"]))
    return PackageRecord(str(record["name"]), str(record["version"]), build, 0, "noarch")


@given(_sources, st.frozensets(_names, min_size=1, max_size=2))
def test_a_closure_is_what_a_plain_loop_finds(source: Source, roots: frozenset[str]) -> None:
    """On any source, file for file."""
    closure = reached(source, Naming(*roots))

    files = {
        (partition, key_of(record))
        for partition, records in source.items()
        for record in records
        if (taken := closure.get(partition, {}).get(str(record["name"]), ())) is None or key_of(record) in taken
    }
    assert files == plain_loop(source, roots)
