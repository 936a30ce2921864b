"""A record as the attributes of a link, and back.

Essential reading (in order): PEP 503 (data-requires-python, data-gpg-sig), PEP 592
(data-yanked), PEP 658 and 714 (data-core-metadata), PEP 740 (data-provenance).

Rules of this file:
1. A key of JSON is `data-<key>` in HTML, the same word; a text stands as it is.
2. `yanked` without a reason is an attribute without a value; digests are `<algorithm>=<hex>`;
   a link has one digest of its file, the best, as the fragment of its URL.
3. What HTML can't say (objects, lists, numbers that we do not know) is left out.
4. What JSON calls `data-dist-info-metadata` HTML calls so too, and not `data-data-…`.
5. Keys that begin with `_` are private to the server that wrote them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from libs.common.domain.digest import is_hex_digest

_PREFIX = "data-"
_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_FRAGMENT_FIRST = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5")
_FRAGMENT = re.compile(r"(?:.*&)?([a-z0-9_]{2,20})=([0-9a-fA-F]{16,256})(?:&.*)?")
_DIGITS = re.compile(r"[0-9]{1,16}")


def to_attributes(record: Mapping[str, Any]) -> dict[str, str]:
    """Return what HTML can say of a record besides its URL and digest, sorted by name."""
    attributes: dict[str, str] = {}
    for key, value in sorted(record.items()):
        word = "dist-info-metadata" if key == "data-dist-info-metadata" else key
        if word not in ("filename", "url", "hashes") and _KEY.fullmatch(word) and not word.startswith(_PREFIX):
            text = _WRITTEN.get(word, _text)(value)
            if text is not None:
                attributes[f"{_PREFIX}{word}"] = text
    return attributes


def from_attributes(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the record that attributes make; those that are none of an index are left out."""
    record: dict[str, Any] = {}
    for name, text in attributes.items():
        key = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and _KEY.fullmatch(key) and not key.startswith(_PREFIX):
            value = _READ.get(key, str)(text)
            if value is not None:
                record[key] = value
    return record


def fragment_of(hashes: Mapping[str, str]) -> str | None:
    """Return the best digest as the fragment of a URL."""
    best = next((algorithm for algorithm in _FRAGMENT_FIRST if algorithm in hashes), None)
    return f"{best}={hashes[best]}" if best is not None else None


def hashes_of(fragment: str) -> dict[str, str]:
    """Return the digest that a URL's fragment has; none where it has none."""
    found = _FRAGMENT.fullmatch(fragment)
    return {found[1]: found[2].lower()} if found is not None else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _written_flag(value: object) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _written_yanked(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return "" if value is True else None


def _written_metadata(value: object) -> str | None:
    if isinstance(value, Mapping):
        return fragment_of(value) or "true"
    return "true" if value is True else None


def _written_size(value: object) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _read_flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.strip().lower())


def _read_yanked(text: str) -> bool | str:
    return text or True


def _read_metadata(text: str) -> bool | dict[str, str] | None:
    algorithm, _, value = text.strip().partition("=")
    if value and algorithm.isalnum():
        is_known = algorithm in ("sha256", "md5")
        return {algorithm: value.lower()} if not is_known or is_hex_digest(value.lower(), algorithm) else True
    return True if text.strip().lower() in ("", "true") else None


def _read_size(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) else None


_WRITTEN: Mapping[str, Callable[[object], str | None]] = {
    "gpg-sig": _written_flag,
    "yanked": _written_yanked,
    "core-metadata": _written_metadata,
    "dist-info-metadata": _written_metadata,
    "size": _written_size,
}
_READ: Mapping[str, Callable[[str], Any]] = {
    "gpg-sig": _read_flag,
    "yanked": _read_yanked,
    "core-metadata": _read_metadata,
    "dist-info-metadata": _read_metadata,
    "size": _read_size,
}
