"""The modules of the web app -> one script, so that a browser asks once and long names are not sent.

Each module becomes a function that is called where it stands, and gives what it exports to names
that all modules after it see. So every exported name is there once in the whole app; what a
module keeps to itself may be called as in any other. A module whose own names are in no other
one needs no function.

It reads lines, not JavaScript, and takes these forms alone, each at the beginning of a line:
`import { … } from "…";`, `import "…";`, `export * from "…";`, `export { … } from "…";`, `export` before
`const`, `class`, `function` and `async function`, `export default` before an expression or a
function; and `import("…")` with a text anywhere. No import has an `as`, and no module waits at its top.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping

import msgspec

_IMPORT = re.compile(r'^(?:import|export)\s+(?:(\{[^}]*\}|\*)\s+from\s+)?"([^"]+)";[^\S\n]*\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:const|class|(?:async )?function\*?) (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (?:(?:async )?function (\w+))?", re.MULTILINE)
_NAME = re.compile(r"\w+")
_AT_TOP = re.compile(r"^(?:async )?(?:function\*?|const|let|class) (\w+|[\[{])", re.MULTILINE)
_NAMELESS = "$page"
_HAND = "$later"
_RENAMED = re.compile(r"\w\s+as\s")
_LATER = re.compile(r'\bimport\("([^"]+)"\)')


class CannotJoin(ValueError):
    """Modules are not as this file takes them."""


class _Module(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    code: str
    needs: tuple[str, ...]
    later: tuple[str, ...]
    outside: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]
    default: str | None


def join_modules(sources: Mapping[str, str], start: str) -> str:
    """Return one module that does what `start` and all that it imports do, also what it imports later.

    `sources` has the text of each module by its path. Modules run in the order in which browsers
    would run them, those that are imported later after all others. Imports by bare names stay, and later ones of what
    is not there, which fail when they come to it.

    Raises:
        CannotJoin: for a module that is not there, a name that is imported as another one, or an
            exported name that is there twice.
    """
    modules: dict[str, _Module] = {}
    ordered: list[_Module] = []
    waiting = [start]
    while waiting:
        later: list[str] = []
        for path in waiting:
            _visit(path, sources, modules, ordered, later)
        waiting = [path for path in later if path in sources and path not in modules]
    outside: dict[str, dict[str, None]] = {}
    for module in ordered:
        for place, names in module.outside:
            outside.setdefault(place, {}).update(dict.fromkeys(_NAME.findall(names)))
    owners: dict[str, str] = {}
    for module in ordered:
        for name in module.exports:
            if owners.setdefault(name, module.path) != module.path:
                raise CannotJoin(f"{owners[name]} and {module.path} both export {name}")
    numbers = {module.path: at for at, module in enumerate(ordered)}
    users = Counter(name for module in ordered for name in set(_NAME.findall(module.code)))
    imports = "".join(f'import * as ${at} from "{place}";\n' for at, place in enumerate(outside))
    hand = f"const {_HAND} = (page) => Promise.resolve({{ default: page }});\n"
    bound = hand + "".join(f"const {{ {', '.join(names)} }} = ${at};\n" for at, names in enumerate(outside.values()))
    # In a function all names are local, so that whoever makes the script smaller may shorten them.
    return f"{imports}(() => {{\n{bound}{''.join(_written(module, numbers, users) for module in ordered)}}})();\n"


def _visit(
    path: str, sources: Mapping[str, str], modules: dict[str, _Module], ordered: list[_Module], later: list[str]
) -> None:
    if path in modules:
        return
    modules[path] = module = _read(path, sources)
    for needed in module.needs:
        _visit(needed, sources, modules, ordered, later)
    ordered.append(module)
    later += module.later


def _read(path: str, sources: Mapping[str, str]) -> _Module:
    if path not in sources:
        raise CannotJoin(f"there is no module {path}")
    text = sources[path]
    needs: list[str] = []
    outside: list[tuple[str, str]] = []
    for names, place in _IMPORT.findall(text):
        if _RENAMED.search(names):
            raise CannotJoin(f"{path} imports or exports a name as another one")
        if place.startswith("."):
            needs.append(_beside(path, place))
        else:
            outside.append((place, names))
    default = _DEFAULT.search(text)
    code = _IMPORT.sub("", text)
    exports = tuple(_EXPORT.findall(code))
    code = _EXPORT.sub(lambda found: found[0].removeprefix("export "), code)
    if default is not None:
        named = default[1]
        code = _DEFAULT.sub(
            lambda found: found[0].removeprefix("export default ") if named else f"const {_NAMELESS} = ", code
        )
    return _Module(
        path=path,
        code=code,
        needs=tuple(dict.fromkeys(needs)),
        later=tuple(_beside(path, place) for place in _LATER.findall(text)),
        outside=tuple(outside),
        exports=exports,
        default=None if default is None else default[1] or _NAMELESS,
    )


def _beside(path: str, place: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), place))


def _written(module: _Module, numbers: Mapping[str, int], users: Mapping[str, int]) -> str:
    """Write a module as a call, or as it is; its default export is known by its number."""

    def page(found: re.Match[str]) -> str:
        if (place := _beside(module.path, found[1])) not in numbers:
            return found[0]
        return f"{_HAND}($page{numbers[place]})"

    code = _LATER.sub(page, module.code)
    default = f"$page{numbers[module.path]}"
    own = set(_AT_TOP.findall(code)) - set(module.exports)
    if all(users.get(name) == 1 for name in own):
        if module.default == _NAMELESS:
            return code.replace(f"const {_NAMELESS} = ", f"const {default} = ", 1)
        return code if module.default is None else f"{code}\nconst {default} = {module.default};\n"
    given, taken = list(module.exports), list(module.exports)
    if module.default is not None:
        given.append(module.default)
        taken.append(default)
    if not given:
        return f"(() => {{\n{code}}})();\n"
    return f"const [{', '.join(taken)}] = (() => {{\n{code}\nreturn [{', '.join(given)}];\n}})();\n"
