"""POST of a file into a channel -> a blob, an upload or attachment, artifact.registered.

Rules of this file:
1. Who may is asked before the body is read.
2. The file is read while it lies in its spool: one that is refused never becomes a blob.
3. The order of writes: the blob, the shard of this file alone, the upload with its word. Whoever is
   killed in between leaves garbage, never a file that is named and not there.
4. The same bytes again change nothing and succeed; other bytes under a name that is taken are refused.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Channel
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.protocol import Ecosystem
from libs.common.ecosystems.registry import ecosystems
from services.api.artifacts.families import ENDINGS, FILETYPES
from services.api.artifacts.receive_form import ReceivedForm, receive_form
from services.api.artifacts.register_attachment import register_attachment
from services.api.artifacts.register_package import register_package
from services.api.artifacts.schemas import ArtifactFileOut
from services.api.guards import caller_of
from services.api.ports import Ports

_WANTED = frozenset(
    {
        ":action",
        "filetype",
        "size",
        "name",
        "version",
        "sha256_digest",
        "md5_digest",
        "blake2_256_digest",
        "overwrite",
        "ckey",
        "of",
        "platform",
        "r_version",
    }
)
_FILE_UPLOAD = "file_upload"
_YES = frozenset({"true", "1", "yes", "on"})


class UploadWish(msgspec.Struct, frozen=True, kw_only=True):
    """A request that brings a file; `site` is our own address, `overwrite` what the query says of that."""

    channel: Channel
    identity: Identity
    content_type: str
    overwrite: bool = False
    site: str


async def take_upload(wish: UploadWish, body: AsyncIterator[bytes], *, ports: Ports) -> ArtifactFileOut:
    """Take a file in, and show it.

    Raises:
        TooLarge: for a file beyond the limit.
        InvalidInput: for what is no such file, or no form; the field says which part is wrong.
        Conflict: when the channel has other bytes under this name.
        NotFound: when the channel was deleted meanwhile.
        StoreUnavailable: when a store does not answer.
    """
    spool = ports.blobs.spool()
    try:
        form = await receive_form(
            body, content_type=wish.content_type, wanted=_WANTED, spool=spool, limit_bytes=ports.upload_limit_bytes
        )
        kind = _kind_of(form)
        may_replace = _may_replace(wish, form)
        caller = caller_of(wish.identity)
        if isinstance(kind, str):
            return await register_attachment(
                kind, form, spool, channel=wish.channel, by=caller, may_replace=may_replace, site=wish.site, ports=ports
            )
        return await register_package(
            kind, form, spool, channel=wish.channel, by=caller, may_replace=may_replace, site=wish.site, ports=ports
        )
    finally:
        spool.close()


def _kind_of(form: ReceivedForm) -> Ecosystem | str:
    """Return the ecosystem of a package, or the family of a file that is none.

    Raises:
        InvalidInput: when it is neither, or neither is told.
    """
    action = form.fields.get(":action", _FILE_UPLOAD)
    if action != _FILE_UPLOAD:
        raise InvalidInput(f"this server takes files (:action={_FILE_UPLOAD}) and nothing else", field=":action")
    filetype = form.fields.get("filetype", "").strip()
    known = _by_precedence(ecosystems())
    if not filetype:
        return _kind_by_name(form.filename, known)
    if filetype in FILETYPES:
        return FILETYPES[filetype]
    for ecosystem in known:
        if filetype in ecosystem.filetypes:
            return ecosystem
    words = [word for ecosystem in known for word in ecosystem.filetypes]
    raise InvalidInput(
        f"there is no filetype {filetype[:40]!r}; there are {', '.join([*words, *FILETYPES])}", field="filetype"
    )


def _kind_by_name(filename: str, known: Sequence[Ecosystem]) -> Ecosystem | str:
    for ecosystem in known:
        if ecosystem.takes_file(filename):
            return ecosystem
    for ending, family in ENDINGS.items():
        if filename.endswith(ending):
            return family
    raise InvalidInput(
        f"what {filename[:100]} is does not stand in its name; say it in the field filetype", field="filetype"
    )


def _by_precedence(known: Sequence[Ecosystem]) -> Sequence[Ecosystem]:
    """Return the ecosystem with the loosest names last: a Python sdist may have almost any."""
    return sorted(known, key=lambda it: it.family == "python")


def _may_replace(wish: UploadWish, form: ReceivedForm) -> bool:
    is_wished = wish.overwrite or _is_yes(form.fields)
    return is_wished and decide_access(wish.identity, Action.ARTIFACT_EDIT, wish.channel) is Verdict.ALLOWED


def _is_yes(fields: Mapping[str, str]) -> bool:
    return fields.get("overwrite", "").strip().lower() in _YES
