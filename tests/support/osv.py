"""OSV records and archives for tests, in the shape of the public dumps."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
"""9.8"""

MEDIUM = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
"""6.1"""


def an_osv(
    record_id: str = "GHSA-aaaa-bbbb-cccc",
    package: str = "django",
    *,
    ecosystem: str = "PyPI",
    fixed: str | None = "2.0",
    vector: str | None = CRITICAL,
    versions: Sequence[str] = (),
    **fields: Any,
) -> dict[str, Any]:
    """Return a record that affects all versions of a package before the fixed one."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed is not None else [])]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package, "purl": f"pkg:pypi/{package}"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "versions": [*versions],
    }
    severity = [{"type": "CVSS_V3", "score": vector}] if vector is not None else []
    return {
        "schema_version": "1.7.5",
        "id": record_id,
        "modified": "2026-05-01T10:00:00Z",
        "published": "2026-04-01T10:00:00Z",
        "aliases": ["CVE-2026-1000"],
        "summary": f"Trouble in {package}",
        "details": "Long words.",
        "severity": severity,
        "affected": [affected],
        "references": [{"type": "WEB", "url": f"https://advisories.example/{record_id}"}],
        **fields,
    }


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """Return a zip file of these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def all_zip(*records: Mapping[str, Any]) -> bytes:
    """Return an archive as the dumps have it: one entry for each record."""
    return zipped({f"{record['id']}.json": json.dumps(record).encode() for record in records})
