"""Settings: one frozen Struct a service, read from environment values once at the start.

A field `nats_url` is read from `TAIN_NATS_URL`. Lists are separated like PATH.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, get_args, get_origin

import msgspec

from libs.common.domain.errors import InvalidInput

T = TypeVar("T", bound=msgspec.Struct)


def read_settings(kind: type[T], environ: Mapping[str, str]) -> T:
    """Make settings of `kind` from the environment.

    Raises:
        InvalidInput: for a missing or unreadable value, naming the variable.
    """
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        name = variable_of(field.name)
        text = environ.get(name)
        if text is None or text == "":
            if field.required:
                raise InvalidInput(f"set the environment variable {name}", field=name)
            continue
        values[field.name] = text.split(os.pathsep) if _is_list(field.type) else text
    try:
        return msgspec.convert(values, kind, strict=False, dec_hook=_path)
    except msgspec.ValidationError as exc:
        raise InvalidInput(_plain(str(exc))) from exc


def variable_of(field: str) -> str:
    """Return the name of the environment variable behind a settings field."""
    return f"TAIN_{field.upper()}"


def _is_list(kind: object) -> bool:
    return get_origin(kind) is tuple or any(get_origin(member) is tuple for member in get_args(kind))


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"settings can't hold a {kind!r}")


def _plain(message: str) -> str:
    text, _, place = message.partition(" - at `$.")
    return f"{variable_of(place.rstrip('`'))}: {text}" if place else message
