"""What a machine of a platform is taken to have, so that solving is the same on any of ours.

Essential reading (in order): CEP 30 (virtual packages).

The versions are those that the public channels build for today; a machine that has less
may find fewer packages than a report says. CUDA is never taken to be there.
"""

from collections.abc import Mapping

_LINUX = {"__unix": "0", "__linux": "4.18", "__glibc": "2.28"}
_MACOS = {"__unix": "0", "__osx": "13.0"}
_OF_SYSTEM: Mapping[str, Mapping[str, str]] = {
    "linux": _LINUX,
    "osx": _MACOS,
    "win": {"__win": "10.0"},
    "freebsd": {"__unix": "0"},
    "emscripten": {"__unix": "0"},
}
_ARCHITECTURES: Mapping[str, str] = {"64": "x86_64", "32": "x86", "arm64": "arm64"}


def virtual_packages(platform: str) -> Mapping[str, tuple[str, str]]:
    """Return the virtual packages of a platform: name -> (version, build)."""
    system, _, architecture = platform.partition("-")
    found = {name: (version, "0") for name, version in _OF_SYSTEM.get(system, {}).items()}
    return found | {"__archspec": ("1", _ARCHITECTURES.get(architecture, architecture or "any"))}
