"""How R understands the words of rules."""

from collections.abc import Callable, Collection

from libs.common.domain.file_view import Licenses, LicenseTexts
from libs.common.domain.name_index import NamePattern
from libs.common.domain.name_words import name_word
from libs.common.domain.platform_words import platform_word
from libs.common.domain.policy import EcosystemWord
from libs.common.ecosystems.cran.file_view import CranFile
from libs.common.ecosystems.cran.license import cran_licenses_of
from libs.common.ecosystems.cran.partitions import read_partition
from libs.common.ecosystems.cran.r_releases import releases_in
from libs.common.ecosystems.cran.specs import read_range, read_spec
from libs.common.ecosystems.cran.versions import newest
from libs.common.ecosystems.licenses.rule_words import rule_license


class CranDialect:
    """R's `Dialect`."""

    word: EcosystemWord = "r"

    def name(self, text: str, *, field: str) -> str:
        """Return the lower-case name: rules compare R's names without case (specs.py).

        Raises:
            InvalidInput: for characters that no package of any ecosystem has.
        """
        return name_word(text, field=field).lower()

    def spec(self, text: str, *, field: str) -> tuple[str, Callable[[CranFile], bool] | None]:
        """Read `Name` or `Name (>= 1.0)`.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """
        name, versions = read_spec(text, field=field)
        return name, None if versions is None else _of_version(versions)

    def version(self, text: str, *, field: str) -> Callable[[CranFile], bool]:
        """Return the test of a version range, `>=1.2,<2`.

        Raises:
            InvalidInput: for a range that can't be parsed.
        """
        return _of_version(read_range(text, field=field))

    def named_in(self, filename: str) -> NamePattern:
        """Return the name of `name_version` (R-exts, 1.1.1: no name has an underscore)."""
        name, underscore, _ = filename.rpartition("/")[2].partition("_")
        return name.lower() if underscore else "*"

    def wheel_tag(self, text: str, *, field: str) -> None:
        """Have none: no R package is a wheel."""

    def python(self, text: str, *, field: str) -> None:
        """Have none: no R package says which Python it is for."""

    def r(self, text: str, *, field: str) -> Callable[[CranFile], bool]:
        """Return the test whether some R of the range can use a file.

        Raises:
            InvalidInput: for a range that can't be parsed, or has no R.
        """
        wanted = releases_in(text, field=field)
        return lambda file: not wanted.isdisjoint(file.releases)

    def platform(self, text: str, *, field: str) -> str:
        """Return `source`, the platform of binaries, or what other ecosystems call one, which fits nothing here.

        Raises:
            InvalidInput: for what can't be a platform of any ecosystem.
        """
        return platform_word(text, field=field)

    def platforms_of(self, partition: str) -> Collection[str]:
        """Return those of the contrib folder."""
        return read_partition(partition).platforms

    def license(self, text: str, *, field: str) -> str:
        """Normalise a license family or SPDX identifier.

        Raises:
            InvalidInput: for an unknown one, listing the known families.
        """
        return rule_license(text, field=field)

    def licenses(self, texts: LicenseTexts) -> Licenses:
        """Read a License field by R's own grammar."""
        return cran_licenses_of(texts[0])

    def newest(self, versions: Collection[str], count: int) -> frozenset[str]:
        """Return the newest of these versions, and all that are equal to them."""
        return newest(versions, count)


def _of_version(test: Callable[[str], bool]) -> Callable[[CranFile], bool]:
    return lambda file: test(file.version)
