"""What deciding asks of an ecosystem: its files, and how it understands the words of a rule.

An ecosystem that gives both can be decided on by `libs/common/domain/decide.py`.
"""

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from libs.common.domain.advisory import Finding
from libs.common.domain.name_index import NamePattern
from libs.common.domain.policy import EcosystemWord

LicenseTexts = tuple[str | None, str | None]
"""A license as a record has it: its text and, where the ecosystem has such a word, its family."""


class FileView(Protocol):
    """One file of a shard. What few rules ask for may be looked up when it is asked for."""

    @property
    def ckey(self) -> str:
        """Its path below the channel."""

    @property
    def filename(self) -> str:
        """Its name within the shard."""

    @property
    def version(self) -> str:
        """Its version as the record has it."""

    @property
    def kind(self) -> str:
        """`conda`, `tar.bz2`, `wheel`, `sdist`, `source` or `binary`."""

    @property
    def platforms(self) -> Collection[str]:
        """The words of `Where.platform` that fit it."""

    @property
    def size_bytes(self) -> int | None:
        """Its size; None where the record does not say."""

    @property
    def created_ms(self) -> int | None:
        """When it was made or uploaded, since 1970 UTC; None where the record does not say."""

    @property
    def license(self) -> LicenseTexts:
        """What the record says of its license."""

    @property
    def is_signed(self) -> bool:
        """Whether the source signed it."""

    @property
    def is_yanked(self) -> bool:
        """Whether the source withdrew it."""

    @property
    def is_legacy(self) -> bool:
        """Whether it is of a kind that another kind of the same build replaces."""

    @property
    def build(self) -> str:
        """What a legacy file and the one that replaces it have in common."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Its vulnerabilities."""


class Licenses(Protocol):
    """What a license text means to someone who chooses well where it leaves a choice."""

    def allowed_by(self, words: frozenset[str], /) -> bool:
        """Tell whether the file can be used under licenses of these families and SPDX identifiers alone."""

    def avoids(self, words: frozenset[str], /) -> bool:
        """Tell whether the file can be used without any license of these families and SPDX identifiers."""


File_contra = TypeVar("File_contra", bound=FileView, contravariant=True)


class Dialect(Protocol[File_contra]):
    """How one ecosystem understands the fields of a rule.

    `field` is the path of a word in the rules, for the errors.
    What returns None where a test would be says that the ecosystem has no such thing.
    """

    @property
    def word(self) -> EcosystemWord:
        """Its own name."""

    def name(self, text: str, *, field: str) -> str:
        """Normalise a package name, which may have `*`.

        Raises:
            InvalidInput: for what can't be a name.
        """

    def spec(self, text: str, *, field: str) -> tuple[NamePattern, Callable[[File_contra], bool] | None]:
        """Return which names a spec is about, and the test of their files; None where the name alone decides.

        Raises:
            InvalidInput: for a spec that can't be parsed, naming it.
        """

    def version(self, text: str, *, field: str) -> Callable[[File_contra], bool]:
        """Return the test of a version range.

        Raises:
            InvalidInput: for a range that can't be parsed.
        """

    def named_in(self, filename: str) -> NamePattern:
        """Return the package names that a file can be of, by its name or path alone, in which `*` is any part.

        Names that can't be told apart by it fit as well: the file is looked for among all of their files.
        """

    def wheel_tag(self, text: str, *, field: str) -> Callable[[File_contra], bool] | None:
        """Return the test of a wheel tag, which may have `*`.

        Raises:
            InvalidInput: for what can't be a tag.
        """

    def python(self, text: str, *, field: str) -> Callable[[File_contra], bool] | None:
        """Return the test whether a file can be used with these Python versions.

        Raises:
            InvalidInput: for a range that can't be parsed.
        """

    def r(self, text: str, *, field: str) -> Callable[[File_contra], bool] | None:
        """Return the test whether a file can be used with these R versions.

        Raises:
            InvalidInput: for a range that can't be parsed.
        """

    def platform(self, text: str, *, field: str) -> str:
        """Normalise a platform, which may have `*`.

        Raises:
            InvalidInput: for what can't be a platform of any ecosystem.
        """

    def platforms_of(self, partition: str) -> Collection[str] | None:
        """Return the platforms of all files of a partition; None where each file has its own."""

    def license(self, text: str, *, field: str) -> str:
        """Normalise a license family or SPDX identifier.

        Raises:
            InvalidInput: for an unknown one, listing the known families.
        """

    def licenses(self, texts: LicenseTexts) -> Licenses:
        """Read a record's license."""

    def newest(self, versions: Collection[str], count: int) -> frozenset[str]:
        """Return the newest of these versions, and all that are equal to them."""
