"""Sources and rules for property tests of deciding: few packages, and rules that matter to them."""

from hypothesis import strategies as st

from libs.common.domain.policy import Action, Among, CreatedIn, Operator, Rule, SizeIs, Where
from tests.support.packages import Package, a_package

PACKAGES: tuple[Package, ...] = (
    a_package("alpha", "1.0", license_name="MIT"),
    a_package("alpha", "2.0", license_name="GPL-3.0-only", depends=["beta >=2"]),
    a_package("alpha", "2.0", license_name="GPL-3.0-only", extension=".tar.bz2"),
    a_package("alpha", "3.0", license_name=None, timestamp_ms=None, subdir="linux-64"),
    a_package("beta", "1.0", license_name="GPL-3.0-only", timestamp_ms=1_600_000_000_000),
    a_package("beta", "1.0", build_number=1, license_name="BSD-3-Clause"),
    a_package("beta", "2.0", license_name="MIT", depends=["gamma"]),
    a_package("beta", "2.0", license_name="MIT", subdir="linux-64", padding_bytes=4_000),
    a_package("gamma", "1.0", license_name="Apache-2.0", depends=["alpha <2"]),
    a_package("gamma", "1.1", license_name="GPL-2.0-only", extension=".tar.bz2"),
)
SUBDIRS = ("noarch", "linux-64")

_SPECS = ("alpha", "alpha >=2", "beta 1.0.*", "beta >=2", "gamma", "*", "g*", "alpha[build_number=0]", "delta")
_WHERES = st.one_of(
    st.builds(lambda name: Where(name=(name,)), st.sampled_from(["alpha", "b*", "gamma", "delta"])),
    st.builds(lambda spec: Where(spec=(spec,)), st.sampled_from(_SPECS)),
    st.builds(lambda word: Where(license=Among(in_=(word,))), st.sampled_from(["GPL", "MIT", "BSD"])),
    st.builds(lambda word: Where(license=Among(not_in=(word,))), st.sampled_from(["GPL", "MIT"])),
    st.builds(lambda word: Where(platform=Among(in_=(word,))), st.sampled_from(SUBDIRS)),
    st.builds(lambda count: Where(newest=count), st.integers(1, 2)),
    st.just(Where(legacy_duplicate=True)),
    st.just(Where(created=CreatedIn(from_="2021-01-01"))),
    st.just(Where(size=SizeIs(op=Operator.MORE, bytes=3_000))),
    st.just(Where(kind=Among(in_=("tar.bz2",)))),
)


def sources() -> st.SearchStrategy[tuple[Package, ...]]:
    """Return some of the packages."""
    return st.lists(st.sampled_from(PACKAGES), unique_by=lambda package: package.path, min_size=1).map(tuple)


def rules() -> st.SearchStrategy[tuple[Rule, ...]]:
    """Return up to four rules; what the packages of a `require` rule need may be let in, too."""
    return st.lists(st.builds(_rule, st.sampled_from(Action), _WHERES, st.booleans()), max_size=4).map(_numbered)


def _rule(action: Action, where: Where, includes: bool) -> Rule:
    is_rooted = action is Action.REQUIRE and (where.name is not None or where.spec is not None)
    return Rule(id="rule", action=action, where=where, include_dependencies=includes and is_rooted)


def _numbered(rules: list[Rule]) -> tuple[Rule, ...]:
    return tuple(
        Rule(id=f"rule-{number}", action=one.action, where=one.where, include_dependencies=one.include_dependencies)
        for number, one in enumerate(rules, start=1)
    )
