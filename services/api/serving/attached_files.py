"""What a channel has besides packages: notebooks and their like by their own address, SBOMs by their package's.

These are `<channel>/jupyter/<name>.ipynb`, `<channel>/<family>/<name>`, and `<channel>/<ckey>?sbom=download`,
where the ckey may be the bare name of a file.
"""

from collections.abc import Sequence
from urllib.parse import parse_qs, quote

import msgspec

from libs.common.domain.channel import Channel
from libs.common.domain.digest import Digest
from libs.common.domain.errors import NotFound
from libs.common.domain.upload import Attachment
from libs.common.ports.records import Attachments
from services.api.artifacts.families import FOLDERS, SBOM
from services.api.serving.representation import Answer, Representation, package_caching, repr_digest, strong_etag

_SBOM_QUERY = ("sbom", "download")


class AttachedFiles:
    """Finds them; who may have them is asked before, as for packages."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    async def find(self, channel: Channel, path: Sequence[str], *, query: bytes) -> Attachment | None:
        """Return the file at a path below a channel; None where no such file can be there.

        Raises:
            NotFound: when such a file could be there, and is not.
            StoreUnavailable: when the database does not answer.
        """
        if _asks_for_sbom(query):
            return await self._sbom(channel, "/".join(path))
        if len(path) != 2 or path[0] not in FOLDERS:
            return None
        attachment = await self._attachments.get(channel.id, FOLDERS[path[0]], path[1])
        if attachment is None:
            raise NotFound("this channel has no such file")
        return attachment

    async def _sbom(self, channel: Channel, ckey: str) -> Attachment:
        found = await self._attachments.of(channel.id, ckey)
        if found is None and "/" not in ckey:
            of_name = [
                it
                for it in await self._attachments.list(channel.id)
                if it.family == SBOM and (it.of or "").rpartition("/")[2] == ckey
            ]
            found = max(of_name, key=lambda it: it.at, default=None)
        if found is None:
            raise NotFound("there is no SBOM of this file here; upload one with filetype=sbom")
        return found


def attached_representation(attachment: Attachment, channel: Channel) -> Representation:
    """Describe a file."""
    digest = Digest("sha256", attachment.sha256)
    return Representation(
        etag=strong_etag(digest),
        last_modified=attachment.at,
        content_type=attachment.content_type,
        cache_control=package_caching(channel),
        size_bytes=attachment.size_bytes,
        repr_digest=repr_digest(digest),
    )


def as_download(answer: Answer, attachment: Attachment) -> Answer:
    """Say under which name a file is to be saved, so that no browser shows it as a page of ours (RFC 6266)."""
    name = attachment.filename.rpartition("/")[2]
    plain = "".join(it if it.isascii() and it.isprintable() and it not in '"\\%' else "_" for it in name)
    value = f'attachment; filename="{plain}"'
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    return msgspec.structs.replace(answer, headers=(*answer.headers, (b"content-disposition", value.encode())))


def _asks_for_sbom(query: bytes) -> bool:
    name, wanted = _SBOM_QUERY
    return wanted in parse_qs(query.decode("latin-1"), max_num_fields=100).get(name, ()) if query else False
