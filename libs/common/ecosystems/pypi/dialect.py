"""How Python understands the words of rules."""

from collections.abc import Callable, Collection

from packaging.specifiers import InvalidSpecifier

from libs.common.domain.errors import InvalidInput
from libs.common.domain.file_view import Licenses, LicenseTexts
from libs.common.domain.name_index import NamePattern, NameTest
from libs.common.domain.name_words import name_word
from libs.common.domain.platform_words import platform_word
from libs.common.domain.policy import EcosystemWord
from libs.common.ecosystems.licenses.classifiers import python_licenses_of
from libs.common.ecosystems.licenses.rule_words import rule_license
from libs.common.ecosystems.pypi.file_view import PythonFile
from libs.common.ecosystems.pypi.filenames import name_pattern
from libs.common.ecosystems.pypi.specs import newest, read_range, read_spec
from libs.common.ecosystems.pypi.tags import is_tag_pattern, pythons_in, tag_test


class PythonDialect:
    """Python's `Dialect`."""

    word: EcosystemWord = "python"

    def name(self, text: str, *, field: str) -> str:
        """Return the normalised name (PEP 503), by which shards are filed.

        Raises:
            InvalidInput: for characters that no package of any ecosystem has.
        """
        return name_pattern(name_word(text, field=field))

    def spec(self, text: str, *, field: str) -> tuple[str, Callable[[PythonFile], bool] | None]:
        """Read a requirement (PEP 508).

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """
        spec = read_spec(text, field=field)
        return spec.name, None if spec.versions is None else _of_version(spec.versions)

    def version(self, text: str, *, field: str) -> Callable[[PythonFile], bool]:
        """Return the test of a version range (PEP 440).

        Raises:
            InvalidInput: for a range that can't be parsed.
        """
        return _of_version(read_range(text, field=field))

    def named_in(self, filename: str) -> NamePattern:
        """Return which normalised names a file name can begin with.

        Where the name of an sdist ends and its version begins, old ones leave open (PEP 625 says why).
        """
        stem = name_pattern(filename.rpartition("/")[2])
        known = stem.partition("*")[0]
        first = known.partition("-")[0]
        if first == stem.partition("-")[0] and "*" not in first:
            return NameTest(first, lambda name: known.startswith(f"{name}-") or f"{name}-".startswith(known))
        return "*"

    def wheel_tag(self, text: str, *, field: str) -> Callable[[PythonFile], bool]:
        """Return the test of a wheel tag, which may have `*`.

        Raises:
            InvalidInput: for what can't be a tag.
        """
        if not is_tag_pattern(text):
            raise InvalidInput(
                f"{field} has {text[:80]!r}, which is no wheel tag; write it as cp311-*-manylinux*", field=field
            )
        is_fitting = tag_test(text)
        return lambda file: is_fitting(file.tags)

    def python(self, text: str, *, field: str) -> Callable[[PythonFile], bool]:
        """Return the test whether some Python of the range can use a file.

        Raises:
            InvalidInput: for a range that can't be parsed, or has no Python.
        """
        try:
            wanted = pythons_in(text)
        except InvalidSpecifier as exc:
            raise InvalidInput(
                f"{field} is {text[:80]!r}, which is no version range; write it as >=3.11", field=field
            ) from exc
        if not wanted:
            raise InvalidInput(f"{field} is {text[:80]!r}, which has no Python version", field=field)
        return lambda file: not wanted.isdisjoint(file.pythons)

    def r(self, text: str, *, field: str) -> None:
        """Have none: no Python package says which R it is for."""

    def platform(self, text: str, *, field: str) -> str:
        """Return a platform tag, `any`, `source`, or what other ecosystems call a platform, which fits nothing here.

        Raises:
            InvalidInput: for what can't be a platform of any ecosystem.
        """
        return platform_word(text, field=field)

    def platforms_of(self, partition: str) -> None:
        """Leave it to each file: an index holds files of all platforms."""

    def license(self, text: str, *, field: str) -> str:
        """Normalise a license family or SPDX identifier.

        Raises:
            InvalidInput: for an unknown one, listing the known families.
        """
        return rule_license(text, field=field)

    def licenses(self, texts: LicenseTexts) -> Licenses:
        """Read what core metadata says of the license."""
        return python_licenses_of(*texts)

    def newest(self, versions: Collection[str], count: int) -> frozenset[str]:
        """Return the newest of these versions, and all that are equal to them."""
        return newest(versions, count)


def _of_version(test: Callable[[str], bool]) -> Callable[[PythonFile], bool]:
    return lambda file: test(file.version)
