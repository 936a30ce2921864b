"""a channel, a spec -> why it is there or not, from what its mirrors and clients have now."""

from collections.abc import Sequence

import msgspec

from libs.common.deciding.explain_files import Place, open_explainer
from libs.common.deciding.filling_mirrors import filling_mirrors
from libs.common.deciding.known_needs import KnownNeeds
from libs.common.deciding.read_stored import Stored, read_head
from libs.common.deciding.why import WhyAsker, WhySource
from libs.common.deciding.why_words import Why, came_words, sum_up_all
from libs.common.domain.channel import Channel, ChannelKey
from libs.common.domain.errors import InvalidInput, NotFound, NotKept
from libs.common.domain.manifest import UNREAD, ShardDigest
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.domain.revision import Contents, Revision, decode_contents
from libs.common.domain.upload import is_uploads_mirror
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import read_all
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.show_channels import get_channel

_MOST_CHARACTERS = 500


async def ask_why(key: ChannelKey, spec: str, *, platform: str | None, ports: Ports) -> Why:
    """Answer for a spec, or for a file by its name; of a channel with several types by those that can read it.

    Raises:
        InvalidInput: for a spec or platform that can't be read.
        NotFound: when there is no such channel.
        NotKept: when what the answer takes is lost.
        StoreUnavailable: when a store does not answer.
    """
    channel = await get_channel(ports.channels, key)
    if not spec.strip() or len(spec) > _MOST_CHARACTERS:
        raise InvalidInput("write a package name or a spec, such as numpy or 'numpy >=2'", field="spec")
    mirrors = await filling_mirrors(channel, heads=ports.heads, mirrors=ports.mirrors)
    types = list(dict.fromkeys(mirror.type for mirror in mirrors)) or [MirrorType.CONDA]
    try:
        revision = await ports.revisions.get(channel.published.revision_id) if channel.published is not None else None
        contents = Contents()
        if revision is not None:
            contents = decode_contents(await read_all(ports.blobs, revision.contents))
        answers: list[Why] = []
        faults: list[InvalidInput] = []
        for kind in types:
            own = [mirror for mirror in mirrors if mirror.type is kind]
            try:
                asker = await _asker(channel, kind, own, spec, revision=revision, contents=contents, ports=ports)
                answers.append(await asker.ask(spec, platform=platform))
            except InvalidInput as exc:
                faults.append(exc)
    except NotFound as exc:
        raise NotKept(exc.message) from exc
    if not answers:
        raise _plain(faults[0])
    return _together(answers)


async def _asker(
    channel: Channel,
    kind: MirrorType,
    mirrors: Sequence[Mirror],
    spec: str,
    *,
    revision: Revision | None,
    contents: Contents,
    ports: Ports,
) -> WhyAsker:
    name = ecosystem_of(kind).read_wanted(spec).name
    sources = [await _source_of(mirror, name, ports=ports) for mirror in mirrors]
    rules = [rule for source in sources if source.explainer for rule in source.explainer.evaluation.rules]
    return WhyAsker(
        channel,
        sources,
        revision=revision,
        contents=contents,
        ecosystem=ecosystem_of(kind),
        shards=ports.shards,
        known=KnownNeeds(ecosystem=ecosystem_of(kind), blobs=ports.blobs, extracted=ports.extracted),
        policies=await policy_names([rule.policy for rule in rules], policies=ports.policies),
    )


async def _source_of(mirror: Mirror, name: str, *, ports: Ports) -> WhySource:
    head = await ports.heads.get(mirror.id)
    if head is None:
        return WhySource(mirror=mirror, explainer=None)
    stored = await read_head(head, blobs=ports.blobs)
    explainer = await open_explainer(
        stored,
        ecosystem=ecosystem_of(mirror.type),
        shards=ports.shards,
        blobs=ports.blobs,
        asked=await _asked(mirror, stored, name, ports=ports),
    )
    if is_uploads_mirror(mirror.id):
        uploads = await ports.uploads.list(mirror.channel_id, type_=mirror.type, name=name)
        return WhySource(mirror=mirror, explainer=explainer, came={it.ckey: came_words(it) for it in uploads})
    newest = (await ports.runs.latest([mirror.id])).get(mirror.id)
    failures = {failure.ckey: failure.reason for failure in newest.failures} if newest is not None else {}
    return WhySource(mirror=mirror, explainer=explainer, failures=failures)


async def _asked(mirror: Mirror, stored: Stored, name: str, *, ports: Ports) -> dict[Place, ShardDigest]:
    """Return what was read of a name because a client asked for it."""
    found: dict[Place, ShardDigest] = {}
    for partition, part in stored.manifest.parts.items():
        entry = part.entries.get(name)
        if entry is None or entry.shard != UNREAD:
            continue
        page = await ports.read_pages.get(
            mirror.id, source=stored.manifest.source_digest, partition=partition, name=name
        )
        if page is not None and page.shard is not None:
            found[Place(partition, name)] = page.shard
    return found


def _plain(fault: InvalidInput) -> InvalidInput:
    """Say what is wrong of a platform as the question has it."""
    if fault.field is None or not fault.field.startswith("platforms"):
        return fault
    return InvalidInput(fault.message.replace("platforms[0]", "platform"), field="platform")


def _together(answers: Sequence[Why]) -> Why:
    """Lay the answers of several types of mirrors together."""
    if len(answers) == 1:
        return answers[0]
    mirrors = tuple(mirror for answer in answers for mirror in answer.mirrors)
    missing = tuple(one for answer in answers for one in answer.missing)
    first = answers[0]
    return msgspec.structs.replace(
        first, words=sum_up_all(first.spec, mirrors, missing), mirrors=mirrors, missing=missing
    )
