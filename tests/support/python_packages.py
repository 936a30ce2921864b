"""Wheels and sdists in their real formats, made in memory: the same arguments, the same bytes.

Essential reading (in order):
1. PEP 427 (wheels), the core metadata specification, the specification of RECORD.
2. PEP 517 and 518 (an sdist that builds itself: its backend is in it, so that it asks for no other project).
3. PEP 740 (provenance objects).
"""

import base64
import gzip
import hashlib
import io
import json
import random
import re
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

import msgspec

from tests.support.tars import tar_of

UPLOADED_AT = "2024-03-01T12:00:00.000000Z"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
_PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_BACKEND = '''\
"""Builds this project by handing out the wheel that lies in it."""

import pathlib
import shutil

WHEEL = "{wheel}"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Return the wheel."""
    shutil.copy(pathlib.Path(__file__).parent / WHEEL, pathlib.Path(wheel_directory) / WHEEL)
    return WHEEL
'''


class PythonFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a project, and what an index says of it."""

    project: str
    version: str
    filename: str
    data: bytes
    metadata: bytes
    requires_python: str | None
    yanked: str | bool
    uploaded_at: str
    provenance: bytes | None
    is_wheel: bool

    @property
    def normalised(self) -> str:
        """The project's name as URLs have it (PEP 503)."""
        return normalised(self.project)

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def path(self) -> str:
        """Where it lies below the source."""
        return f"files/{self.filename}"

    @property
    def ckey(self) -> str:
        """Where it lies below a channel of ours."""
        return f"simple/{self.normalised}/{self.filename}"


def a_wheel(
    project: str = "alpha",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    license_expression: str | None = "MIT",
    classifiers: Sequence[str] = (),
    yanked: str | bool = False,
    uploaded_at: str = UPLOADED_AT,
    has_provenance: bool = False,
    padding_bytes: int = 0,
) -> PythonFile:
    """Build a wheel with one module, whose `VERSION` is the file's; `padding_bytes` of noise make it larger."""
    stem = f"{_module(project)}-{version}"
    metadata = _metadata(
        project,
        version,
        requires=requires,
        requires_python=requires_python,
        license_expression=license_expression,
        classifiers=classifiers,
    )
    content = {f"{_module(project)}/__init__.py": f'VERSION = "{version}"\n'.encode()}
    if padding_bytes:
        noise = random.Random(f"{stem}-{tag}").randbytes(padding_bytes)  # noqa: S311 -- noise, not a secret
        content[f"{_module(project)}/noise.bin"] = noise
    content[f"{stem}.dist-info/METADATA"] = metadata
    content[f"{stem}.dist-info/WHEEL"] = _WHEEL.format(tag=tag).encode()
    data = _wheel_of(content, record=f"{stem}.dist-info/RECORD")
    filename = f"{stem}-{tag}.whl"
    return PythonFile(
        project=project,
        version=version,
        filename=filename,
        data=data,
        metadata=metadata,
        requires_python=requires_python,
        yanked=yanked,
        uploaded_at=uploaded_at,
        provenance=_provenance(filename, data) if has_provenance else None,
        is_wheel=True,
    )


def an_sdist(
    project: str = "alpha",
    version: str = "1.0",
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    yanked: str | bool = False,
    uploaded_at: str = UPLOADED_AT,
) -> PythonFile:
    """Build an sdist that pip and uv can build a wheel of without asking for another project."""
    wheel = a_wheel(project, version, requires=requires, requires_python=requires_python)
    stem = f"{_module(project)}-{version}"
    files = {
        f"{stem}/PKG-INFO": wheel.metadata,
        f"{stem}/pyproject.toml": _PYPROJECT.encode(),
        f"{stem}/backend.py": _BACKEND.format(wheel=wheel.filename).encode(),
        f"{stem}/{wheel.filename}": wheel.data,
    }
    return PythonFile(
        project=project,
        version=version,
        filename=f"{stem}.tar.gz",
        data=gzip.compress(tar_of(files, format=tarfile.PAX_FORMAT), mtime=0),
        metadata=wheel.metadata,
        requires_python=requires_python,
        yanked=yanked,
        uploaded_at=uploaded_at,
        provenance=None,
        is_wheel=False,
    )


def normalised(project: str) -> str:
    """Return a project's name as URLs have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", project).lower()


def _module(project: str) -> str:
    return re.sub(r"[-_.]+", "_", project).lower()


def _metadata(
    project: str,
    version: str,
    *,
    requires: Sequence[str],
    requires_python: str | None,
    license_expression: str | None,
    classifiers: Sequence[str],
) -> bytes:
    lines = ["Metadata-Version: 2.4", f"Name: {project}", f"Version: {version}", f"Summary: {project} for tests"]
    lines += [f"License-Expression: {license_expression}"] if license_expression else []
    lines += [f"Classifier: {classifier}" for classifier in classifiers]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join([*lines, "", f"{project}, made for tests.", ""]).encode()


def _wheel_of(content: Mapping[str, bytes], *, record: str) -> bytes:
    rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in content.items()]
    members = {**content, record: "\n".join([*rows, f"{record},,", ""]).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            member = zipfile.ZipInfo(path, _ZIP_TIME)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return out.getvalue()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _provenance(filename: str, data: bytes) -> bytes:
    subject = {"name": filename, "digest": {"sha256": hashlib.sha256(data).hexdigest()}}
    statement = {"_type": "https://in-toto.io/Statement/v1", "subject": [subject], "predicate": None}
    attestation = {
        "version": 1,
        "verification_material": {"certificate": "bm9uZQ==", "transparency_entries": [{}]},
        "envelope": {"statement": base64.b64encode(json.dumps(statement).encode()).decode(), "signature": "bm9uZQ=="},
    }
    bundle = {"publisher": {"kind": "Tests", "claims": None}, "attestations": [attestation]}
    return json.dumps({"version": 1, "attestation_bundles": [bundle]}).encode()
