"""What a path below a channel asks for."""

import msgspec


class Served(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a path below a channel asks for: one of the structs below."""


class IndexPath(Served, frozen=True, kw_only=True):
    """An index file by its path below the channel; `content_type` where its name does not tell."""

    path: str
    content_type: str | None = None


class ShardPath(Served, frozen=True, kw_only=True):
    """A rendered shard of a partition, by the sha256 of its bytes."""

    partition: str
    sha256: str


class ArtifactPath(Served, frozen=True, kw_only=True):
    """A package file: the name under which its shard is filed, and its file name."""

    partition: str
    name: str
    filename: str


class CompanionPath(Served, frozen=True, kw_only=True):
    """A file that belongs to a package file, by the file name that its `ArtifactRef` has.

    `of` is the package file. Where the record tells of no such companion it may be one that
    `extract` takes out of the package file.
    """

    partition: str
    name: str
    filename: str
    of: str
    content_type: str


class PagePath(Served, frozen=True, kw_only=True):
    """A page that is rendered from the shard of one name when it is asked for.

    `form` is the ecosystem's own word for which page; `version` is part of the address of some.
    """

    partition: str
    name: str
    form: str
    content_type: str
    version: str | None = None


class MovedPath(Served, frozen=True, kw_only=True):
    """What is served at another address: `location` is relative to the one that was asked for."""

    location: str


class NegotiatedPath(Served, frozen=True, kw_only=True):
    """What is there in several media types.

    The client's Accept chooses among `choices`, the first where it has no wish.
    """

    choices: tuple[IndexPath | PagePath, ...]
