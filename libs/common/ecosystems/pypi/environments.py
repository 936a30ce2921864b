"""Target environments: for which Pythons and platforms a closure is grown.

Essential reading: the dependency specifiers specification (environment markers); the
platform compatibility tags specification.

Rules of this file:
1. A rule's own `python` and `platform` choose the environments: `python: ">=3.11"` those of
   3.11 and later, `platform: {in: [win_amd64]}` those of Windows. `any` and `source` choose none.
2. Where a rule says nothing, they are CPython 3.10 to 3.15 on Linux (x86_64, aarch64), macOS
   (x86_64, arm64) and Windows (amd64).
3. A marker holds in an environment if it could: of a Python version any release counts, and
   of what nobody can know beforehand (`platform_release`) the oldest and the newest.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.tags import Tag

from libs.common.domain.name_index import fits
from libs.common.domain.policy import Among, Where
from libs.common.ecosystems.pypi.tags import PythonVersion, pythons_in

DEFAULT_PYTHONS: tuple[PythonVersion, ...] = tuple((3, minor) for minor in range(10, 16))


class Platform(NamedTuple):
    """A machine: its markers, globs of the tags that it takes, and examples of such tags."""

    markers: Mapping[str, str]
    globs: tuple[str, ...]
    examples: tuple[str, ...]


class Environment(NamedTuple):
    """Where packages are installed together."""

    python: PythonVersion
    platform: str


def _linux(machine: str) -> Platform:
    examples = (
        *(f"{word}_{machine}" for word in ("linux", "manylinux1", "manylinux2010", "manylinux2014")),
        *(f"manylinux_2_{minor}_{machine}" for minor in range(5, 61)),
        *(f"musllinux_1_{minor}_{machine}" for minor in range(6)),
    )
    globs = tuple(f"{word}_{machine}" for word in ("linux", "manylinux*", "musllinux*"))
    return Platform(_markers("posix", "linux", "Linux", machine), globs, examples)


def _macos(machine: str, oldest: int, words: Collection[str]) -> Platform:
    versions = (*(f"10_{minor}" for minor in range(4, 17)), *(f"{major}_0" for major in range(11, 41)))[oldest:]
    examples = tuple(f"macosx_{version}_{word}" for version, word in product(versions, words))
    return Platform(
        _markers("posix", "darwin", "Darwin", machine), tuple(f"macosx_*_{word}" for word in words), examples
    )


def _windows(tag: str, machine: str) -> Platform:
    return Platform(_markers("nt", "win32", "Windows", machine), (tag,), (tag,))


def _markers(os_name: str, sys_platform: str, system: str, machine: str) -> Mapping[str, str]:
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }


PLATFORMS: Mapping[str, Platform] = {
    **{
        f"linux_{machine}": _linux(machine)
        for machine in ("x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x", "riscv64")
    },
    "macosx_x86_64": _macos("x86_64", 0, ("x86_64", "universal2", "universal", "intel", "fat64", "fat32", "fat3")),
    "macosx_arm64": _macos("arm64", 13, ("arm64", "universal2")),
    "win_amd64": _windows("win_amd64", "AMD64"),
    "win_arm64": _windows("win_arm64", "ARM64"),
    "win32": _windows("win32", "x86"),
}
DEFAULT_PLATFORMS = ("linux_x86_64", "linux_aarch64", "macosx_x86_64", "macosx_arm64", "win_amd64")

_MICROS = (0, 1, 2, 5, 10, 30, 99)
_RELEASES = ("", "0", "9999")
_ANYWHERE = frozenset({"any"})


def environments_of(where: Where) -> tuple[Environment, ...]:
    """Return the environments that a rule chooses by its own `python` and `platform`."""
    pythons = sorted(pythons_in(where.python)) if where.python is not None else DEFAULT_PYTHONS
    platforms = _chosen(where.platform) if where.platform is not None else ()
    return tuple(Environment(*pair) for pair in product(pythons, platforms or DEFAULT_PLATFORMS))


def platforms_that_take(tags: Iterable[Tag]) -> frozenset[str]:
    """Return the platforms that a file with these tags can be used on; without tags, as an sdist, on all."""
    words = frozenset(tag.platform for tag in tags)
    if not words or words & _ANYWHERE:
        return frozenset(PLATFORMS)
    return frozenset(
        name for name, one in PLATFORMS.items() if any(fits(glob, word) for glob in one.globs for word in words)
    )


@lru_cache(maxsize=65_536)
def could_hold(marker: str, environment: Environment, extra: str) -> bool:
    """Tell whether a marker could hold in an environment; one that can't be evaluated does."""
    try:
        read = Marker(marker)
        return any(read.evaluate({**variant, "extra": extra}) for variant in _variants(marker, environment))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, ValueError):
        return True


def _variants(marker: str, environment: Environment) -> Iterator[dict[str, str]]:
    """Yield all that may be true of an environment, as far as the marker asks."""
    short = ".".join(map(str, environment.python))
    micros = _MICROS if "full_version" in marker or "implementation_version" in marker else _MICROS[:1]
    releases = _RELEASES if "platform_release" in marker or "platform_version" in marker else _RELEASES[:1]
    for micro, release in product(micros, releases):
        yield {
            **PLATFORMS[environment.platform].markers,
            "python_version": short,
            "python_full_version": f"{short}.{micro}",
            "implementation_version": f"{short}.{micro}",
            "platform_release": release,
            "platform_version": release,
        }


def _chosen(among: Among) -> tuple[str, ...]:
    """Return the platforms that a rule lists; all of whose tags it lists, where it keeps these out."""
    if among.in_ is not None:
        patterns = tuple(word.strip().lower() for word in among.in_)
        return tuple(name for name, one in PLATFORMS.items() if any(_takes(one, pattern) for pattern in patterns))
    without = tuple(word.strip().lower() for word in among.not_in or ())
    return tuple(
        name
        for name in DEFAULT_PLATFORMS
        if not all(any(fits(pattern, tag) for pattern in without) for tag in PLATFORMS[name].examples)
    )


def _takes(platform: Platform, pattern: str) -> bool:
    return any(fits(glob, pattern) for glob in platform.globs) or any(fits(pattern, tag) for tag in platform.examples)
