"""Builders of what people put into channels and take out of them."""

import hashlib

import msgspec

from libs.common.domain.channel import ChannelKey
from libs.common.domain.digest import Sha256
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Attachment, Removal, Upload, attachment_id, removal_id, upload_id
from tests.support.records import NOON


def an_upload(
    ckey: str = "noarch/numpy-2-0.conda", *, channel: str = "main", content: bytes = b"content", **changes: object
) -> Upload:
    """Return a file of a channel, by default a conda package that its name tells of."""
    channel_id = f"id-of-{ChannelKey(channel)}"
    partition, _, filename = ckey.rpartition("/")
    upload = Upload(
        id=upload_id(channel_id, ckey),
        channel_id=channel_id,
        type=MirrorType.CONDA,
        partition=partition,
        name=filename.rsplit("-", 2)[0],
        filename=filename,
        ckey=ckey,
        sha256=Sha256(hashlib.sha256(content).hexdigest()),
        size_bytes=len(content),
        shard=hashlib.sha256(b"shard of " + ckey.encode() + content).digest(),
        at=NOON,
    )
    return msgspec.structs.replace(upload, **changes)


def a_removal(name: str = "numpy", *, channel: str = "main", ckey: str | None = None, **changes: object) -> Removal:
    """Return what was taken out of a channel's conda mirrors."""
    channel_id = f"id-of-{channel}"
    removal = Removal(
        id=removal_id(channel_id, MirrorType.CONDA, name=name, ckey=ckey),
        channel_id=channel_id,
        type=MirrorType.CONDA,
        name=name,
        ckey=ckey,
        at=NOON,
    )
    return msgspec.structs.replace(removal, **changes)


def an_attachment(
    family: str, filename: str, *, channel: str = "main", content: bytes = b"content", **changes: object
) -> Attachment:
    """Return a file of a channel that is no package."""
    channel_id = f"id-of-{channel}"
    attachment = Attachment(
        id=attachment_id(channel_id, family, filename),
        channel_id=channel_id,
        family=family,
        filename=filename,
        sha256=Sha256(hashlib.sha256(content).hexdigest()),
        size_bytes=len(content),
        content_type="application/json",
        at=NOON,
    )
    return msgspec.structs.replace(attachment, **changes)
