"""How conda understands the words of rules."""

from collections.abc import Callable, Collection
from functools import lru_cache

from rattler import VersionSpec
from rattler.exceptions import InvalidVersionSpecError

from libs.common.domain.errors import InvalidInput
from libs.common.domain.file_view import Licenses, LicenseTexts
from libs.common.domain.name_index import NamePattern
from libs.common.domain.name_words import name_word
from libs.common.domain.platform_words import platform_word
from libs.common.domain.policy import EcosystemWord
from libs.common.ecosystems.conda.file_view import CondaFile
from libs.common.ecosystems.conda.specs import read_spec
from libs.common.ecosystems.conda.versions import newest, read_version
from libs.common.ecosystems.licenses.licenses import licenses_of
from libs.common.ecosystems.licenses.rule_words import rule_license

_REMEMBERED = 1 << 16


class CondaDialect:
    """conda's `Dialect`."""

    word: EcosystemWord = "conda"

    def name(self, text: str, *, field: str) -> str:
        """Return the lower-case name, by which shards are filed.

        Raises:
            InvalidInput: for characters that no package of any ecosystem has.
        """
        return name_word(text, field=field).lower()

    def spec(self, text: str, *, field: str) -> tuple[NamePattern, Callable[[CondaFile], bool] | None]:
        """Read a MatchSpec.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """
        pattern, spec = read_spec(text, field=field)
        return pattern, spec.matches if spec is not None else None

    def version(self, text: str, *, field: str) -> Callable[[CondaFile], bool]:
        """Return the test of a version range (CEP 29, "version constraints").

        Raises:
            InvalidInput: for a range that can't be parsed.
        """
        try:
            wanted = VersionSpec(text)
        except InvalidVersionSpecError as exc:
            reason = str(exc).partition("\n")[0]
            raise InvalidInput(f"{field} is {text[:80]!r}, which is no version range: {reason}", field=field) from exc

        @lru_cache(_REMEMBERED)
        def is_in(version: str) -> bool:
            read = read_version(version)
            return read is not None and wanted.matches(read)

        return lambda file: is_in(file.version)

    def named_in(self, filename: str) -> NamePattern:
        """Return the name of `name-version-build` (CEP 26); any where a `*` may stand for a part of it."""
        stem = filename.rpartition("/")[2]
        return "*" if "*" in stem else stem.rsplit("-", 2)[0].lower()

    def wheel_tag(self, text: str, *, field: str) -> None:
        """Have none: no conda package is a wheel."""

    def python(self, text: str, *, field: str) -> None:
        """Have none: which Python a conda package is for is among what it depends on."""

    def r(self, text: str, *, field: str) -> None:
        """Have none: which R a conda package is for is among what it depends on."""

    def platform(self, text: str, *, field: str) -> str:
        """Return a subdir, or what other ecosystems call a platform, which fits nothing here.

        Raises:
            InvalidInput: for what can't be a platform of any ecosystem.
        """
        return platform_word(text, field=field)

    def platforms_of(self, partition: str) -> Collection[str]:
        """Return the subdir itself."""
        return (partition,)

    def license(self, text: str, *, field: str) -> str:
        """Normalise a license family or SPDX identifier.

        Raises:
            InvalidInput: for an unknown one, listing the known families.
        """
        return rule_license(text, field=field)

    def licenses(self, texts: LicenseTexts) -> Licenses:
        """Read a record's license and its family."""
        return licenses_of(*texts)

    def newest(self, versions: Collection[str], count: int) -> frozenset[str]:
        """Return the newest of these versions, and all that are equal to them."""
        return newest(versions, count)
