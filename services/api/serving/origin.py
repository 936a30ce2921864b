"""Where a package that is not stored is fetched from: its mirror's source, with the secrets in place."""

import msgspec

from libs.common.domain.digest import Expected
from libs.common.domain.errors import InvalidInput, NotFound, SourceNotAllowed, StoreUnavailable, UpstreamRefused
from libs.common.domain.mirror import MirrorType
from libs.common.domain.source_url import join_url
from libs.common.domain.upload import is_uploads_mirror
from libs.common.ports.records import Mirrors
from libs.common.ports.secrets import Seal
from services.api.serving.located import PackageFile


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mirror asks. `root` and `proxy` hold secrets: never log or show them."""

    root: str
    proxy: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A file to fetch. `url`, `proxy` and `home`, the source's root, hold secrets: never log or show them.

    `most_bytes` bounds a file whose record has no size; `hops` as in `hops.py`; `looked_into` as in `PackageFile`.
    """

    channel: str
    ckey: str
    expected: Expected
    url: str
    proxy: str | None = None
    home: str | None = None
    most_bytes: int | None = None
    hops: int = 0
    looked_into: MirrorType | None = None


async def find_source(mirror_id: str, *, mirrors: Mirrors, seal: Seal) -> Source:
    """Return where a mirror asks now.

    Raises:
        NotFound: when the mirror is gone.
        StoreUnavailable: when the source was sealed with another key.
    """
    if is_uploads_mirror(mirror_id):
        raise NotFound("this file was uploaded, and is lost; there is no source to fetch it from: upload it again")
    mirror = await mirrors.get(mirror_id)
    if mirror is None:
        raise NotFound(
            "this file was never fetched, and the mirror that listed it is deleted; "
            "create the mirror again, or ask for another build"
        )
    return Source(
        root=_unsealed(seal, mirror.sealed_source) or mirror.source_root,
        proxy=_unsealed(seal, mirror.sealed_proxy) or mirror.proxy,
    )


async def find_origin(file: PackageFile, *, channel: str, mirrors: Mirrors, seal: Seal) -> Wanted:
    """Work out the address of a package at its source.

    Raises:
        NotFound: when the mirror is gone.
        UpstreamRefused: when a source on the network points to a file of this machine.
        StoreUnavailable: when the source was sealed with another key.
    """
    source = await find_source(file.mirror.mirror_id, mirrors=mirrors, seal=seal)
    return Wanted(
        channel=channel,
        ckey=file.artifact.ckey,
        expected=file.artifact.expected,
        url=file_url(source.root, files_url=file.files_url, url=file.artifact.url),
        proxy=source.proxy,
        home=source.root,
        looked_into=file.looked_into,
    )


def file_url(source: str, *, files_url: str, url: str) -> str:
    """Resolve a file's URL against its partition's, and that against the source; an absolute one wins.

    Raises:
        UpstreamRefused: when a source on the network points to a file of this machine.
    """
    try:
        return join_url(join_url(source, files_url), url)
    except SourceNotAllowed as exc:
        # To a client this is a source that does not give the file, not a mistake of its own.
        raise UpstreamRefused("the file's source points to a place that this server may not read") from exc


def _unsealed(seal: Seal, sealed: str | None) -> str | None:
    try:
        return None if sealed is None else seal.unseal(sealed)
    except InvalidInput as exc:
        raise StoreUnavailable("the mirror's source was sealed with another key; enter it again") from exc
