"""a channel, a spec -> why it is there or not, from what its mirrors and clients have now."""

from libs.common.deciding.explain_files import open_explainer
from libs.common.deciding.read_stored import read_head
from libs.common.deciding.why import WhyAsker, WhySource
from libs.common.deciding.why_words import Why
from libs.common.domain.channel import ChannelKey
from libs.common.domain.errors import Conflict, InvalidInput, NotFound, NotKept
from libs.common.domain.mirror import Mirror, MirrorType
from libs.common.domain.policy import Action, Rule, Where
from libs.common.domain.revision import Contents, decode_contents
from libs.common.ecosystems.conda.names import is_subdir, parse_filename
from libs.common.ecosystems.registry import ecosystem as ecosystem_of
from libs.common.ports.blobs import read_all
from services.api.policy_names import policy_names
from services.api.ports import Ports
from services.api.show_channels import get_channel

_MOST_CHARACTERS = 500


async def ask_why(key: ChannelKey, spec: str, *, platform: str | None, ports: Ports) -> Why:
    """Answer for a spec, or for a file by its name.

    Raises:
        InvalidInput: for a spec or platform that can't be read.
        NotFound: when there is no such channel.
        Conflict: where there are no conda mirrors to ask.
        NotKept: when what the answer takes is lost.
        StoreUnavailable: when a store does not answer.
    """
    channel = await get_channel(ports.channels, key)
    spec = _read_spec(spec)
    if platform is not None and not is_subdir(platform):
        raise InvalidInput(f"{platform[:80]!r} is no platform; write it as linux-64", field="platform")
    mirrors = await ports.mirrors.list(channel=key)
    ecosystem = ecosystem_of(MirrorType.CONDA)
    conda = [mirror for mirror in mirrors if mirror.type is MirrorType.CONDA]
    if mirrors and not conda:
        raise Conflict(f"channel {key} has no conda mirror; of others it can't be told yet")
    try:
        sources = [await _source_of(mirror, ports=ports) for mirror in conda]
        revision = await ports.revisions.get(channel.published.revision_id) if channel.published is not None else None
        contents = Contents()
        if revision is not None:
            contents = decode_contents(await read_all(ports.blobs, revision.contents))
        rules = [rule for source in sources if source.explainer for rule in source.explainer.evaluation.rules]
        asker = WhyAsker(
            channel,
            sources,
            revision=revision,
            contents=contents,
            ecosystem=ecosystem,
            shards=ports.shards,
            policies=await policy_names([rule.policy for rule in rules], policies=ports.policies),
        )
        return await asker.ask(spec, platform=platform)
    except NotFound as exc:
        raise NotKept(exc.message) from exc


async def _source_of(mirror: Mirror, *, ports: Ports) -> WhySource:
    head = await ports.heads.get(mirror.id)
    if head is None:
        return WhySource(mirror=mirror, explainer=None)
    explainer = await open_explainer(
        await read_head(head, blobs=ports.blobs),
        ecosystem=ecosystem_of(mirror.type),
        shards=ports.shards,
        blobs=ports.blobs,
    )
    newest = (await ports.runs.latest([mirror.id])).get(mirror.id)
    failures = {failure.ckey: failure.reason for failure in newest.failures} if newest is not None else {}
    return WhySource(mirror=mirror, explainer=explainer, failures=failures)


def _read_spec(text: str) -> str:
    """Check a spec; the name of a file becomes the spec of its build.

    Raises:
        InvalidInput: when it names no package, or can't be parsed.
    """
    spec = text.strip()
    if not spec or len(spec) > _MOST_CHARACTERS:
        raise InvalidInput("write a package name or a spec, such as numpy or 'numpy >=2'", field="spec")
    file = parse_filename(spec.rpartition("/")[2])
    if file is not None:
        name, version, build = spec.rpartition("/")[2].removesuffix(f".{file.kind}").rsplit("-", 2)
        return f"{name} =={version} {build}"
    rule = Rule(id="why", action=Action.REQUIRE, where=Where(spec=(spec,)))
    try:
        ecosystem_of(MirrorType.CONDA).check_rules((rule,))
    except InvalidInput as exc:
        raise InvalidInput(exc.message.replace("rules[0].where.spec[0]", "spec"), field="spec") from exc
    if spec.partition(" ")[0].rpartition(":")[2][:1] in ("*", "^") or "*" in spec.partition(" ")[0].partition("=")[0]:
        raise InvalidInput("name one package; patterns are for rules", field="spec")
    return spec
