"""What people ask of conda packages: what they mean, where it is installed, what that takes there.

Essential reading (in order): CEP 29 (MatchSpecs), CEP 26 (file names).
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from libs.common.domain.advisory import EMPTY_BOOK
from libs.common.domain.check_rules import check_rules
from libs.common.domain.errors import InvalidInput
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.name_index import fits
from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.asking import Needed, Target, Walking, Wanted
from libs.common.ecosystems.conda.breaking import name_of
from libs.common.ecosystems.conda.closing import CondaClosing
from libs.common.ecosystems.conda.decide import CondaDeciding
from libs.common.ecosystems.conda.depends import VIRTUAL
from libs.common.ecosystems.conda.dialect import CondaDialect
from libs.common.ecosystems.conda.facts import facts
from libs.common.ecosystems.conda.names import NOARCH, is_subdir, parse_filename
from libs.common.ecosystems.conda.specs import read_spec
from libs.common.ecosystems.conda.versions import Age
from libs.common.ecosystems.protocol import Closing

_PLATFORM_OF_NOARCH = "linux-64"
"""A source of noarch alone is taken for the platform that most people have."""


class CondaAsking:
    """Answers what questions and reports ask of conda."""

    is_solved = True

    def read_wanted(self, text: str) -> Wanted:
        """Read a MatchSpec; the name of a file becomes the spec of its build.

        Raises:
            InvalidInput: when it names no package, or can't be parsed.
        """
        spec = text.strip()
        filename = spec.rpartition("/")[2]
        file = parse_filename(filename)
        if file is not None:
            name, version, build = filename.removesuffix(f".{file.kind}").rsplit("-", 2)
            return Wanted(name=file.name, spec=f"{name} =={version} {build}")
        rule = Rule(id="why", action=Action.REQUIRE, where=Where(spec=(spec,)), ecosystems=("conda",))
        try:
            check_rules((rule,), dialect=CondaDialect())
        except InvalidInput as exc:
            raise InvalidInput(exc.message.replace("rules[0].where.spec[0]", "spec"), field="spec") from exc
        first = spec.partition(" ")[0]
        if first.rpartition(":")[2][:1] in ("*", "^") or "*" in first.partition("=")[0]:
            raise InvalidInput("name one package; patterns are for rules", field="spec")
        return Wanted(name=name_of(spec), spec=spec)

    def each_of(self, spec: str, names: Collection[str]) -> Mapping[str, str]:
        """Return the names that a spec fits, with a spec of each that has no pattern."""
        pattern, _ = read_spec(spec, field="specs")
        if not isinstance(pattern, str):
            return {name: name for name in sorted(names) if name.startswith(pattern.start) and pattern.test(name)}
        if "*" in pattern:
            return {name: name for name in sorted(names) if fits(pattern, name)}
        return {pattern: spec}

    def targets(
        self, partitions: Collection[str], *, rules: Sequence[Rule], platforms: Sequence[str], pythons: Sequence[str]
    ) -> tuple[Target, ...]:
        """Return the subdirs that were chosen, else all that there are.

        Raises:
            InvalidInput: for what is no subdir of a platform, or where Pythons are chosen.
        """
        del rules
        if pythons:
            raise InvalidInput(
                "python is a conda package: name it among the specs, as 'python 3.12.*'", field="pythons"
            )
        for place, platform in enumerate(platforms):
            if not is_subdir(platform) or platform == NOARCH:
                raise InvalidInput(
                    f"platforms[{place}] is {platform[:80]!r}; write a conda platform such as linux-64",
                    field=f"platforms[{place}]",
                )
        chosen = tuple(platforms) or tuple(sorted(one for one in partitions if one != NOARCH))
        return tuple(
            Target(name=platform, partitions=(platform, NOARCH), platform=platform)
            for platform in chosen or (_PLATFORM_OF_NOARCH,)
        )

    def target_of(self, partition: str, targets: Sequence[Target]) -> Target:
        """Return that of the subdir; `noarch` is looked at for the first."""
        return next((target for target in targets if target.platform == partition), targets[0])

    def needs(self, payload: bytes, *, partition: str, target: Target) -> Mapping[str, tuple[Needed, ...]]:
        """Return what `depends` has, without virtual packages."""
        del target
        return {
            fact.filename: tuple(
                Needed(text=text, name=name, spec=text)
                for text in fact.depends
                if (name := name_of(text)) and not name.startswith(VIRTUAL)
            )
            for fact in facts(payload, subdir=partition, book=EMPTY_BOOK)
        }

    def remarks(self, payload: bytes, *, partition: str) -> Mapping[str, str]:
        """Return none."""
        del payload, partition
        return {}

    def version_of(self, filename: str, *, name: str) -> str | None:
        """Return the version that stands in the name of a package file; None where it can't be read."""
        package = parse_filename(filename)
        return filename.rsplit("-", 2)[1] if package is not None and package.name == name else None

    def newest_first(self, versions: Collection[str]) -> Sequence[str]:
        """Sort versions."""
        return sorted(versions, key=Age, reverse=True)

    def closing_at(self, rule: Rule, *, names: Mapping[str, Collection[str]], target: Target) -> Closing:
        """Begin the closure of a rule on one platform."""
        del target
        alone = msgspec.structs.replace(rule, include_dependencies=False)
        return CondaClosing(CondaDeciding(Evaluation(rules=(alone,)), book=None), names=names)

    def walk(self, specs: Sequence[str], *, names: Mapping[str, Collection[str]], target: Target) -> Walking | None:
        """Return None: conda's own solver tells."""
        del specs, names, target
        return None
