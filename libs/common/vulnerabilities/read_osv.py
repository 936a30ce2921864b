"""One OSV file -> what we keep of it. Other people's bytes: nothing is trusted."""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.errors import Permanent
from libs.common.domain.osv_ranges import Event, EventKind, Range, is_affected
from libs.common.domain.version_order import VERSION_ORDERS
from libs.common.vulnerabilities.osv_record import (
    Affected,
    OsvRecord,
    WireAffected,
    WireRange,
    WireRecord,
)
from libs.common.vulnerabilities.rate import worst_word

ECOSYSTEMS: Mapping[str, AdvisoryEcosystem] = {"PyPI": "python", "CRAN": "cran", "conda": "conda"}
"""OSV's word -> ours. OSV has none for conda; records of one's own may say `conda`."""

OSV_NAMES: Mapping[AdvisoryEcosystem, str] = {ours: theirs for theirs, ours in ECOSYSTEMS.items()}

_RANGE_TYPES = frozenset({"ECOSYSTEM"})
"""SEMVER does not order the versions of our ecosystems, and GIT has commits."""

_EVENTS: tuple[EventKind, ...] = ("introduced", "fixed", "last_affected", "limit")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{2,99}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,214}")
_SEPARATORS = re.compile(r"[-_.]+")

_MOST_ALIASES = 200
_MOST_PACKAGES = 2_000
_MOST_VERSIONS = 20_000
_MOST_EVENTS = 5_000
_MOST_REFERENCES = 50
_LONGEST_VERSION = 200
_LONGEST_SUMMARY = 500
_LONGEST_DETAILS = 8_000

_decode = msgspec.json.Decoder(WireRecord).decode


class UnusableRecord(Permanent):
    """A record can't be used; the message is one of few, so that they can be counted."""

    code = "unusable_record"


def read_osv(data: bytes) -> OsvRecord | None:
    """Read one file; None where it affects no package of an ecosystem of ours.

    Raises:
        UnusableRecord: for anything that is no OSV record, or too large for one.
    """
    try:
        wire = _decode(data)
    except msgspec.ValidationError as exc:
        raise UnusableRecord("a field is missing or of the wrong type") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise UnusableRecord("it is no JSON") from exc
    if not is_record_id(wire.id):
        raise UnusableRecord("its id can't be one")
    affected = tuple(_merged(_affected(wire.affected or ())))
    if not affected and not wire.withdrawn:
        return None
    return OsvRecord(
        id=wire.id,
        modified=wire.modified[:50],
        published=wire.published,
        is_withdrawn=bool(wire.withdrawn),
        aliases=_aliases(wire),
        summary=(wire.summary or "").strip()[:_LONGEST_SUMMARY],
        details=(wire.details or "").strip()[:_LONGEST_DETAILS],
        vectors=_vectors(wire),
        word=worst_word(_words(wire)),
        affected=affected,
        references=_references(wire),
    )


def normalised_name(ecosystem: AdvisoryEcosystem, name: str) -> str:
    """Return a package's name as the book has it: PEP 503 for Python, small letters for conda, as it is for R."""
    if ecosystem == "python":
        return _SEPARATORS.sub("-", name).lower()
    return name.lower() if ecosystem == "conda" else name


def is_record_id(text: str) -> bool:
    """Tell whether a text can be the id of a record; then it can stand in a path, too."""
    return _ID.fullmatch(text) is not None and ".." not in text


def is_package_name(text: str) -> bool:
    """Tell whether a text can be the name of a package of ours."""
    return _NAME.fullmatch(text) is not None


def _affected(wanted: Iterable[WireAffected]) -> Iterator[Affected]:
    count = 0
    for one in wanted:
        package = one.package
        # `Alpine:v3.5`: what stands behind the colon is no part of the ecosystem's name.
        ecosystem = ECOSYSTEMS.get(package.ecosystem.partition(":")[0]) if package is not None else None
        if package is None or ecosystem is None:
            continue
        count += 1
        if count > _MOST_PACKAGES:
            raise UnusableRecord("it affects too many packages")
        if not is_package_name(package.name):
            raise UnusableRecord("it names what can't be a package")
        ranges = tuple(_range(found) for found in one.ranges or () if found.type in _RANGE_TYPES)
        yield Affected(
            ecosystem=ecosystem,
            name=normalised_name(ecosystem, package.name),
            versions=_versions(ecosystem, one.versions or (), ranges),
            ranges=tuple(found for found in ranges if found),
        )


def _merged(affected: Iterable[Affected]) -> Iterator[Affected]:
    """Put together what is said of one package in several places."""
    found: dict[tuple[AdvisoryEcosystem, str], list[Affected]] = {}
    for one in affected:
        found.setdefault((one.ecosystem, one.name), []).append(one)
    for (ecosystem, name), several in sorted(found.items()):
        yield Affected(ecosystem, name, *union(several))


def union(several: Iterable[Affected]) -> tuple[tuple[str, ...], tuple[Range, ...]]:
    """Return all versions and ranges of these, each once."""
    everything = tuple(several)
    versions = sorted({version for one in everything for version in one.versions})
    ranges = dict.fromkeys(events for one in everything for events in one.ranges)
    return tuple(versions), tuple(ranges)


def _range(wire: WireRange) -> Range:
    events: list[Event] = [
        (kind, version)
        for event in wire.events or ()
        for kind in _EVENTS
        if (version := event.get(kind)) is not None and len(version) <= _LONGEST_VERSION
    ]
    if len(events) > _MOST_EVENTS:
        raise UnusableRecord("a range has too many events")
    return tuple(events)


def _versions(ecosystem: AdvisoryEcosystem, versions: tuple[str, ...], ranges: tuple[Range, ...]) -> tuple[str, ...]:
    """Leave out what the ranges hold anyway: dumps list every version that there is."""
    if len(versions) > _MOST_VERSIONS:
        raise UnusableRecord("it lists too many versions")
    distinct = {version for version in versions if 0 < len(version) <= _LONGEST_VERSION}
    compare = VERSION_ORDERS.get(ecosystem)
    if compare is None or not ranges:
        return tuple(sorted(distinct))
    return tuple(sorted(one for one in distinct if not is_affected(one, versions=(), ranges=ranges, compare=compare)))


def _aliases(wire: WireRecord) -> tuple[str, ...]:
    aliases = wire.aliases or ()
    if not any(one.startswith("CVE-") for one in (wire.id, *aliases)):
        # R's database: a bundled library has the CVE, and the package has it with the library.
        aliases = (*aliases, *(one for one in wire.upstream or () if one.startswith("CVE-")))
    if len(aliases) > _MOST_ALIASES:
        raise UnusableRecord("it has too many aliases")
    return tuple(sorted({alias for alias in aliases if _ID.fullmatch(alias) and alias != wire.id}))


def _vectors(wire: WireRecord) -> tuple[str, ...]:
    severities = [*(wire.severity or ())]
    for one in wire.affected or ():
        severities.extend(one.severity or ())
    return tuple(sorted({one.score for one in severities if one.type.startswith("CVSS_") and one.score}))


def _words(wire: WireRecord) -> Iterator[object]:
    places = [wire.database_specific]
    for one in wire.affected or ():
        places.extend((one.database_specific, one.ecosystem_specific))
    for place in places:
        if place is not None:
            yield place.get("severity")
    for severity in wire.severity or ():
        yield severity.score


def _references(wire: WireRecord) -> tuple[str, ...]:
    urls = (one.url for one in wire.references or () if one.url.startswith(("https://", "http://")))
    return tuple(dict.fromkeys(url for url in urls if len(url) <= 2_000))[:_MOST_REFERENCES]
