"""A file that is no package, in its spool -> a blob, an attachment, artifact.registered.

An SBOM stands beside a package file of the channel, under its ckey; there is one for each.
"""

import asyncio

from libs.common.contracts.artifact_messages import ArtifactRegistered
from libs.common.domain.access.identity import Caller
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Digest, Expected, sha256_of
from libs.common.domain.errors import Conflict, InvalidInput, NotFound
from libs.common.domain.upload import Attachment, Came, attachment_id
from libs.common.ecosystems.archives.stored_file import StoredFile
from libs.common.ecosystems.archives.told import check_told
from libs.common.ports.blobs import Spool
from services.api.artifacts.check_attachment import check_attachment
from services.api.artifacts.families import SBOM
from services.api.artifacts.find_ckey import find_ckey
from services.api.artifacts.receive_form import ReceivedForm
from services.api.artifacts.schemas import ArtifactFileOut
from services.api.artifacts.show_files import show_attachment
from services.api.ports import Ports

_SBOM_ENDINGS = (".cdx.json", ".spdx.json", ".json")


async def register_attachment(
    family: str,
    form: ReceivedForm,
    spool: Spool,
    *,
    channel: Channel,
    by: Caller,
    may_replace: bool,
    site: str,
    ports: Ports,
) -> ArtifactFileOut:
    """Put a file that is no package into a channel, and show it.

    The word of it has an id that its bytes make: whoever was cut off sends the file again, and it counts once.

    Raises:
        InvalidInput: for what is no such file, or an SBOM of a file that the channel has not.
        Conflict: when the channel has other bytes under this name, and they may not be replaced.
        NotFound: when the channel was deleted meanwhile.
        StoreUnavailable: when a store does not answer.
    """
    content_type = await asyncio.to_thread(_check, family, form, spool)
    of = await _of(form, channel=channel, ports=ports) if family == SBOM else None
    filename = form.filename if of is None else f"{of}.json"
    there = await ports.attachments.get(channel.id, family, filename)
    if there is not None and there.sha256 != form.sha256 and not may_replace:
        raise Conflict(
            f"{channel.key} already has another {filename}; give the file another name, "
            "or send it with overwrite=true, if you may edit packages there"
        )
    attachment = Attachment(
        id=attachment_id(channel.id, family, filename),
        channel_id=channel.id,
        family=family,
        filename=filename,
        sha256=form.sha256,
        size_bytes=form.size_bytes,
        content_type=content_type,
        of=of,
        at=ports.clock.now(),
        by=by.name,
    )
    expected = Expected(digest=Digest("sha256", form.sha256), size_bytes=form.size_bytes)
    await ports.blobs.commit(spool, expected=expected)
    if there is None or there.sha256 != form.sha256:
        await ports.attachments.put(attachment)
    else:
        attachment = there
    now_there = await ports.channels.get(channel.key)
    if now_there is None or now_there.id != channel.id:
        await ports.attachments.delete(attachment.id)
        raise NotFound("the channel was deleted while the file came in")
    await say_registered(attachment, channel=channel, by=by, ports=ports)
    return show_attachment(channel, attachment, site=site)


async def say_registered(
    attachment: Attachment,
    *,
    channel: Channel,
    came: Came = Came.UPLOADED,
    source: str | None = None,
    by: Caller,
    ports: Ports,
) -> None:
    """Say that a file is there, and from which channel where it is a copy; twice counts once.

    Raises:
        StoreUnavailable: when NATS does not confirm.
    """
    known = sha256_of(f"{attachment.id}\0{attachment.sha256}\0{attachment.at.isoformat()}".encode())
    message = ArtifactRegistered(
        channel=channel.key,
        channel_id=channel.id,
        ckey=f"{attachment.family}/{attachment.filename}",
        artifact_family=attachment.family,
        how=came.value,
        source_channel=source,
        sha256=attachment.sha256,
        size_bytes=attachment.size_bytes,
        by=by.name,
        by_address=by.address,
    )
    await ports.bus.say(message, event_id=f"artifact.registered-{known}", at=attachment.at)


def _check(family: str, form: ReceivedForm, spool: Spool) -> str:
    file = StoredFile(form.size_bytes, spool.read_at)
    check_told(form.fields, file, sha256=form.sha256, md5=form.md5)
    return check_attachment(family, form.filename, file)


async def _of(form: ReceivedForm, *, channel: Channel, ports: Ports) -> str:
    """Return the ckey of the file that an SBOM tells of.

    Raises:
        InvalidInput: when the channel has no such file, or several of that name.
    """
    told = form.fields.get("ckey") or form.fields.get("of")
    wanted = told
    if wanted is None:
        ending = next((ending for ending in _SBOM_ENDINGS if form.filename.endswith(ending)), "")
        wanted = form.filename.removesuffix(ending)
    found = await find_ckey(channel, wanted, ports=ports)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidInput(
            f"{channel.key} has no file {wanted[:200]}; say in the field ckey which file this is the SBOM of",
            field="ckey",
        )
    raise InvalidInput(f"there are several files {wanted[:200]}: {', '.join(found[:5])}; say which", field="ckey")
