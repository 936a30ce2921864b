"""mirror, channel, policy, day, advisories -> the evaluation that the mirror asks for.

In two steps: `ask` tells all that can be told without the source's records, `close` adds
what dependencies let in, from a manifest and its shards.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from libs.common.deciding.close_dependencies import ReadNames, close_dependencies
from libs.common.deciding.effective_rules import effective_rules, policy_in_force
from libs.common.deciding.read_stored import Stored
from libs.common.domain.advisory import AdvisoryBook
from libs.common.domain.channel import Channel
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.manifest import Manifest
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy, Rule, uses
from libs.common.domain.upload import Removal
from libs.common.ecosystems.protocol import Deciding, Ecosystem
from libs.common.ports.blobs import BlobStore, read_all
from libs.common.ports.records import Shards


def ask(
    mirror: Mirror,
    *,
    channel: Channel,
    policy: Policy | None,
    today: date,
    advisories: Sha256 | None,
    removals: Sequence[Removal] = (),
) -> Evaluation:
    """Return what a mirror is under, without its closures; `policy` is the one in force, `removals` its channel's.

    Raises:
        NotFound: when it is under a policy that is gone, and None given for it: nothing is let in by mistake.
        InvalidInput: for filters that make no sense.
    """
    policy_id, _ = policy_in_force(mirror, channel=channel)
    if policy is None and policy_id is not None:
        raise NotFound(f"the policy {policy_id} of mirror {mirror.name} is gone; assign another one, or none")
    rules = effective_rules(mirror, channel=channel, policy=policy, removals=removals)
    return asked_by(rules, today=today, advisories=advisories)


def asked_by(rules: tuple[Rule, ...], *, today: date, advisories: Sha256 | None) -> Evaluation:
    """Return what rules ask for: the day and the advisories only where one of them looks at these."""
    return Evaluation(
        rules=rules,
        today=today if any(uses(rule, "age") for rule in rules) else None,
        advisories=advisories if any(uses(rule, "cve_score", "cve_status") for rule in rules) else None,
    )


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation with its closures; `unread` are names that they would go on to, and that nobody read."""

    evaluation: Evaluation
    unread: frozenset[str] = frozenset()


async def close(
    asked: Evaluation,
    *,
    manifest: Manifest,
    ecosystem: Ecosystem,
    shards: Shards,
    before: Stored | None = None,
    read_names: ReadNames | None = None,
) -> Closed:
    """Add the closures of rules with `include_dependencies`; those of `before` where they still hold.

    Where `read_names` is given, it has the names read that closures go on to.

    Raises:
        NotFound: when a shard of the manifest is missing.
        StoreUnavailable: when the database does not answer.
        TainError: when `read_names` can't read.
    """
    if not has_closures(asked):
        return Closed(evaluation=asked)
    known = before.evaluation if before is not None and read_names is None else None
    if before is not None and known is not None and known.rules == asked.rules and _has_same(before.manifest, manifest):
        return Closed(evaluation=msgspec.structs.replace(asked, closures=known.closures))
    closures = await close_dependencies(
        asked.rules, manifest=manifest, ecosystem=ecosystem, shards=shards, read_names=read_names
    )
    return Closed(evaluation=msgspec.structs.replace(asked, closures=closures.by_rule), unread=closures.unread)


def has_closures(asked: Evaluation) -> bool:
    """Tell whether some rule lets in what its packages need: then nothing can be decided before all is read."""
    return any(rule.include_dependencies for rule in asked.rules)


async def compile_evaluation(evaluation: Evaluation, *, ecosystem: Ecosystem, blobs: BlobStore) -> Deciding:
    """Prepare an evaluation for deciding, with the advisories that it names.

    Raises:
        InvalidInput: for rules that the ecosystem can't decide by.
        NotFound: when the advisories are lost.
        StoreUnavailable: when the blob store does not answer.
    """
    if evaluation.advisories is None:
        return ecosystem.compile(evaluation)
    return ecosystem.compile(evaluation, book=AdvisoryBook.decode(await read_all(blobs, evaluation.advisories)))


def _has_same(old: Manifest, new: Manifest) -> bool:
    """Tell whether two manifests have the same records: a run that found nothing new has its parts from the last."""
    return old.parts.keys() == new.parts.keys() and all(
        old.parts[partition].entries == part.entries for partition, part in new.parts.items()
    )
