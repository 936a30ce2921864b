"""The wire's words for what lies in a channel: packages of an ecosystem, and files that are no packages."""

from collections.abc import Mapping

from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import MirrorType
from services.api.channel_files import WORDS

FAMILIES: Mapping[str, MirrorType] = {word: type_ for type_, word in WORDS.items()}
"""The family of packages -> whose they are."""

ALIASES: Mapping[str, str] = {"pypi": "python", "r": "cran"}
"""What clients call families besides."""

ENVIRONMENT, NOTEBOOK, PROJECT, ANY_FILE, SBOM = "anaconda_env", "notebook", "anaconda_project", "gra", "sbom"

ATTACHED = frozenset({ENVIRONMENT, NOTEBOOK, PROJECT, ANY_FILE})
"""The families of files that stand for themselves. An SBOM stands beside a package file instead."""

FOLDERS: Mapping[str, str] = {"jupyter": NOTEBOOK, **{family: family for family in sorted(ATTACHED)}}
"""The folder below a channel's address -> whose files it has."""


FILETYPES: Mapping[str, str] = {
    "anaconda_env": ENVIRONMENT,
    "jupyter_notebook": NOTEBOOK,
    "notebook": NOTEBOOK,
    "anaconda_project": PROJECT,
    "gra": ANY_FILE,
    "sbom": SBOM,
}
"""What an upload says that it has -> the family; those of packages the ecosystems know."""

ENDINGS: Mapping[str, str] = {
    ".yml": ENVIRONMENT,
    ".yaml": ENVIRONMENT,
    ".ipynb": NOTEBOOK,
    ".cdx.json": SBOM,
    ".spdx.json": SBOM,
}
"""The same by the name of a file, where the upload does not say."""


def family_of(type_: MirrorType) -> str:
    """Return the family of a type's packages."""
    return WORDS[type_]


def read_family(text: str) -> str:
    """Return the family that a word names.

    Raises:
        InvalidInput: when it names none, with what there is.
    """
    family = ALIASES.get(text.lower(), text.lower())
    if family not in FAMILIES and family not in ATTACHED:
        known = ", ".join([*FAMILIES, *sorted(ATTACHED)])
        raise InvalidInput(f"there is no family {text[:40]!r}; there are {known}", field="family")
    return family
