"""The fields of a rule's `where`: which function compiles each."""

from collections.abc import Callable, Mapping
from typing import Any

from libs.common.domain import cve_fields, name_fields, record_fields
from libs.common.domain.field import Field, Making
from libs.common.domain.policy import Where

_MAKERS: Mapping[str, Callable[[Any, Making], Field]] = {
    "name": name_fields.name_field,
    "spec": name_fields.spec_field,
    "version": name_fields.version_field,
    "file": name_fields.file_field,
    "platform": name_fields.platform_field,
    "wheel_tag": name_fields.wheel_tag_field,
    "python": name_fields.python_field,
    "r": name_fields.r_field,
    "license": record_fields.license_field,
    "kind": record_fields.kind_field,
    "legacy_duplicate": record_fields.legacy_duplicate_field,
    "size": record_fields.size_field,
    "created": record_fields.created_field,
    "age": record_fields.age_field,
    "newest": record_fields.newest_field,
    "yanked": record_fields.yanked_field,
    "signed": record_fields.signed_field,
    "cve_score": cve_fields.cve_score_field,
    "cve_status": cve_fields.cve_status_field,
}
FIELDS = tuple(_MAKERS)
"""The fields of a `where` but `any` and `not`, the quickest to answer first."""


def make_field(name: str, where: Where, making: Making) -> Field:
    """Compile one field that is set.

    Raises:
        InvalidInput: for a word that the ecosystem does not understand, naming its path.
    """
    return _MAKERS[name](getattr(where, name), making)
