"""The policy of 2,000 rules that is measured, made of a source's names."""

from collections.abc import Sequence

from libs.common.domain.policy import Action, Among, CreatedIn, Rule, Where

PARTITION = "linux-64"
SAMPLE = 100
"""Every so many names are asked by the plain loop."""

LICENSE = "GPL-3.0-or-later"
FIRST_DAY = "2015-06-01"


def policy_for(names: Sequence[str]) -> tuple[Rule, ...]:
    """Exclude versions, names and globs; allow some back; look at license and date of every record."""
    rules = [
        _rule(Action.REQUIRE, 0, Where(platform=Among(in_=(PARTITION, "noarch")))),
        _rule(Action.EXCLUDE, 1, Where(license=Among(in_=(LICENSE,)))),
        _rule(Action.REQUIRE, 2, Where(created=CreatedIn(from_=FIRST_DAY))),
    ]
    step = max(len(names) // 1000, 1)
    for place, name in enumerate(names[::step][:1000]):
        rules.append(_rule(Action.EXCLUDE, len(rules), Where(spec=(f"{name} >={place % 7},<{place % 7 + 3}",))))
    for name in names[:: 2 * step][:500]:
        rules.append(_rule(Action.ALLOW, len(rules), Where(spec=(f"{name} 2.*",))))
    for name in names[1 :: 3 * step][:300]:
        rules.append(_rule(Action.EXCLUDE, len(rules), Where(spec=(name,))))
    while len(rules) < 2_000:
        start = names[len(rules) * len(names) // 2_000]
        rules.append(_rule(Action.EXCLUDE, len(rules), Where(spec=(f"{start[:6]}*{start[-2:]} 0.*",))))
    return tuple(rules)


def _rule(action: Action, number: int, where: Where) -> Rule:
    return Rule(id=f"rule-{number}", action=action, where=where, policy="benchmark")
