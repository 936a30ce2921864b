"""A wheel that somebody brought: what its name says, and what stands in its `.dist-info`.

Essential reading (in order): the binary distribution format specification (PEP 427); the platform
compatibility tags specification; the specification of `.dist-info` folders.

Rules of this file:
1. Name, version, build and tags stand in the file's name, in the folder's name, in METADATA and in WHEEL;
   installers go by one or the other, so all must say the same.
2. There is one `.dist-info` folder, and it has METADATA, WHEEL and RECORD: installers refuse all else.
"""

import re
from collections.abc import Iterator

from packaging.tags import Tag, parse_tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from libs.common.ecosystems.archives.read_zip import ZipArchive
from libs.common.ecosystems.archives.refuse import refuse, shown
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.pypi.filenames import project_name, read_filename

DIST_INFO = ".dist-info"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]*-[A-Za-z0-9._!+]+(?:-[0-9][A-Za-z0-9._]*)?(?:-[A-Za-z0-9._]+){3}\.whl")
_NEEDED = ("METADATA", "WHEEL", "RECORD")
_FORMAT = "1"
_MOST_TAGS = 1000
_MOST_DOTS = 30
"""Of one tag, whose three parts may each have several: a thousand at most."""


def check_wheel_name(filename: str) -> str:
    """Return the project of a wheel, by its name.

    Raises:
        InvalidInput: for what is no name of a wheel.
    """
    project = project_name(filename.partition("-")[0]) if _NAME.fullmatch(filename) else None
    # How many tags it stands for is bounded by the first, before the second makes them all.
    if project is None or read_filename(filename, project=project).kind != "wheel":
        refuse(f"{shown(filename)} is no name of a wheel; it is NAME-VERSION(-BUILD)-PYTHON-ABI-PLATFORM.whl")
    try:
        parse_wheel_filename(filename)
    except InvalidWheelFilename as exc:
        refuse(f"{shown(filename)} is no name of a wheel: {shown(str(exc))}", cause=exc)
    return project


def read_wheel(file: StoredFile, *, filename: str, project: str) -> bytes:
    """Return METADATA of a wheel that agrees with its name.

    Raises:
        InvalidInput: for one that does not, or is no wheel.
    """
    archive = ZipArchive(file)
    folder = _dist_info(archive, filename)
    for needed in _NEEDED:
        if f"{folder}/{needed}" not in archive.paths:
            refuse(f"{filename} has no {folder}/{needed}; no installer would take it")
    _check_folder(folder, filename=filename, project=project)
    _check_wheel(archive.read(f"{folder}/WHEEL"), filename=filename)
    return archive.read(f"{folder}/METADATA")


def _dist_info(archive: ZipArchive, filename: str) -> str:
    tops = {path.partition("/")[0] for path in archive.paths if "/" in path}
    folders = sorted(top for top in tops if top.lower().endswith(DIST_INFO))
    if len(folders) != 1:
        refuse(f"{filename} has {len(folders)} {DIST_INFO} folders; a wheel has one")
    return folders[0]


def _check_folder(folder: str, *, filename: str, project: str) -> None:
    name, _, version = folder[: -len(DIST_INFO)].partition("-")
    said = parse_wheel_filename(filename)[1]
    try:
        is_same = project_name(name) == project and Version(version) == said
    except InvalidVersion:
        is_same = False
    if not is_same:
        refuse(f"{filename} has {shown(folder)}, which is of another name or version than the file's own")


def _check_wheel(data: bytes, *, filename: str) -> None:
    fields = list(_fields(data))
    formats = [text for key, text in fields if key == "wheel-version"]
    if len(formats) != 1 or formats[0].partition(".")[0] != _FORMAT:
        refuse(f"WHEEL of {filename} does not say that it is of version {_FORMAT} of the format")
    _, _, build, tags = parse_wheel_filename(filename)
    texts = [text for key, text in fields if key == "tag"]
    said: set[Tag] = set()
    for text in texts[:_MOST_TAGS]:
        said |= _tags(text, filename)
    if said != tags:
        refuse(
            f"WHEEL of {filename} has the tags {shown(', '.join(sorted(map(str, said))))}; its name has others. "
            "Build it anew rather than renaming it"
        )
    builds = {text for key, text in fields if key == "build"}
    if builds and builds != {f"{build[0]}{build[1]}" if build else ""}:
        refuse(f"WHEEL of {filename} has another build number than its name")


def _tags(text: str, filename: str) -> frozenset[Tag]:
    try:
        if text.count(".") <= _MOST_DOTS:
            return parse_tag(text)
    except ValueError as exc:
        refuse(f"WHEEL of {filename} has the tag {shown(text)!r}, which is none", cause=exc)
    return refuse(f"WHEEL of {filename} has a tag that stands for more than any wheel is for")


def _fields(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("utf-8", "replace").splitlines():
        key, colon, text = line.partition(":")
        if colon:
            yield key.strip().lower(), text.strip()
