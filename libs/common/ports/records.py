"""Documents that people and services change or query, one Protocol per noun.

Every change is one conditional write: a method that finds its condition unmet changes
nothing and says so by its return value. All methods raise StoreUnavailable when the
database does not answer. What is given as `unsaid` is stored in the same write, or not at all.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from libs.common.domain.advisory import CveStatus
from libs.common.domain.assignment import Assignment
from libs.common.domain.catalogue import CatalogueHead
from libs.common.domain.channel import Channel, ChannelKey, PublishedRevision
from libs.common.domain.cve import BookHead, CurationEntry, Cve, CveFilter
from libs.common.domain.digest import Sha256
from libs.common.domain.history import HistoryEntry, HistoryFilter
from libs.common.domain.mirror import Mirror
from libs.common.domain.policy import Policy
from libs.common.domain.revision import Revision
from libs.common.domain.run import Counts, FileFailure, Run, RunId, RunState, Step
from libs.common.ports.outbox import Outbox, Unsaid


class Channels(Outbox, Protocol):
    """Channels and subchannels. Written by the api; `publish` by the indexer."""

    async def add(self, channel: Channel, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new channel; False where the key is taken."""

    async def get(self, key: ChannelKey) -> Channel | None:
        """Return a channel."""

    async def list(self, *, parent: ChannelKey | None = None) -> Sequence[Channel]:
        """Return top-level channels, or the subchannels of `parent`, sorted by key."""

    async def update(
        self, key: ChannelKey, changes: Mapping[str, object], *, unsaid: Sequence[Unsaid] = ()
    ) -> Channel | None:
        """Set fields of `Channel` by their names; None where there is no such channel."""

    async def set_policy(
        self,
        channel_id: str,
        policy_id: str | None,
        *,
        token: str | None = None,
        was: str | None,
        token_was: str | None = None,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Change a channel's policy; False where there is no such channel, or its policy or token is another by now."""

    async def publish(self, channel_id: str, revision: PublishedRevision, *, after: int) -> bool:
        """Move the pointer, unless the channel is frozen or its revision is not number `after` (0 for none)."""

    async def delete(self, key: ChannelKey, *, unsaid: Sequence[Unsaid] = ()) -> Channel | None:
        """Remove a channel and return what it was; without last words it goes with all that it had to say."""


class Mirrors(Outbox, Protocol):
    """Mirrors. Written by the api."""

    async def add(self, mirror: Mirror, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store a new mirror; False where its name is taken anywhere on the server."""

    async def get(self, mirror_id: str) -> Mirror | None:
        """Return a mirror."""

    async def find(self, channel: ChannelKey, name: str) -> Mirror | None:
        """Return a channel's mirror by its name."""

    async def list(self, *, channel: ChannelKey | None = None) -> Sequence[Mirror]:
        """Return a channel's mirrors by position, or all mirrors by name."""

    async def replace(
        self, mirror: Mirror, *, policy_was: str | None, token_was: str | None = None, unsaid: Sequence[Unsaid] = ()
    ) -> bool:
        """Store an edited mirror.

        False where it is gone, its new name is taken, or its policy or token is another by now.
        """

    async def set_policy(
        self,
        mirror_id: str,
        policy_id: str | None,
        *,
        token: str | None = None,
        was: str | None,
        token_was: str | None = None,
        at: datetime,
        unsaid: Sequence[Unsaid] = (),
    ) -> bool:
        """Change a mirror's own policy; False where there is none such, or its policy or token is another by now."""

    async def delete(self, mirror_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Mirror | None:
        """Remove a mirror and return what it was; without last words it goes with all that it had to say."""


class Policies(Outbox, Protocol):
    """Policies and all their revisions. Written by the api."""

    async def add(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the first revision of a new policy; False where its name is taken."""

    async def save(self, policy: Policy, *, unsaid: Sequence[Unsaid] = ()) -> bool:
        """Store the next revision; False where `number` is not one more than the newest, or the name is taken.

        The old revision stays.
        """

    async def get(self, policy_id: str, *, number: int | None = None) -> Policy | None:
        """Return a policy's newest revision, or the one that is asked for."""

    async def find(self, name: str) -> Policy | None:
        """Return a policy's newest revision by its name."""

    async def list(self) -> Sequence[Policy]:
        """Return the newest revision of all policies, by name."""

    async def revisions(self, policy_id: str) -> Sequence[Policy]:
        """Return a policy's revisions, newest first."""

    async def delete(self, policy_id: str, *, unsaid: Sequence[Unsaid] = ()) -> Policy | None:
        """Remove a policy that has no assignment and return what it was; None where there is none such.

        Its revisions stay for the decisions that were made by them.
        """

    async def assign(self, assignment: Assignment) -> bool:
        """List a place; False where the policy is gone, or the place clashes with another one of it."""

    async def unassign(self, assignments: Sequence[Assignment]) -> None:
        """Take places off their policies' lists; those that are not there are passed over."""

    async def assignments(self, policy_ids: Sequence[str]) -> Sequence[Assignment]:
        """Return the places that are listed with these policies, oldest first."""


class Advisories(Protocol):
    """CVEs as people look at them. Written by the scheduler; `put` also by the api, for CVEs that people bring in."""

    async def put(self, cves: Sequence[Cve]) -> None:
        """Store CVEs, or replace them."""

    async def remove(self, ids: Sequence[str]) -> None:
        """Forget CVEs; a no-op for those that are not there."""

    async def get(self, cve_id: str) -> Cve | None:
        """Return a CVE by its id or one of its aliases."""

    async def list(self, wanted: CveFilter, *, offset: int, limit: int) -> tuple[int, Sequence[Cve]]:
        """Return how many are wanted, and a page of them, newest ids first."""

    async def digests(self) -> Mapping[str, Sha256]:
        """Return `cve_digest` of all that is stored, by id."""

    async def scores(self, ids: Sequence[str]) -> Mapping[str, float]:
        """Return the scores of those that have one."""


class Curations(Protocol):
    """What people, and packages of themselves, say of CVEs. Written by the api and the scheduler."""

    async def add(self, entry: CurationEntry) -> bool:
        """Store an entry, which replaces an older one of its key; False where that says the same.

        The older one stays in the history.
        """

    async def current(self) -> Sequence[CurationEntry]:
        """Return what is in force, by key; what was taken back is not."""

    async def of(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return what is in force of one CVE, by key."""

    async def history(self, cve_id: str) -> Sequence[CurationEntry]:
        """Return all entries of one CVE, newest first."""

    async def statuses(self) -> Mapping[str, frozenset[CveStatus]]:
        """Return the statuses in force of every curated CVE."""


class AdvisoryBooks(Protocol):
    """Which book of advisories is in force. Written by the scheduler, and by the api for curations."""

    async def get(self) -> BookHead | None:
        """Return the head; None before the first import."""

    async def move(self, head: BookHead) -> bool:
        """Point to a new book, unless `head.number` is not one more than what is there (1 where nothing is)."""

    async def said(self, number: int) -> None:
        """Note that the change to this number was said; a no-op where it is not the newest."""


class Runs(Protocol):
    """Runs. Written by the scheduler."""

    async def add(self, run: Run) -> Run:
        """Store a new run and return it as stored.

        The number is given here: one more than the mirror's last. Where the mirror has a
        run in an active state the new one is stored as SKIPPED with its reason and end
        time. Where a run of this id is there already, that one is returned unchanged.
        """

    async def get(self, run_id: RunId) -> Run | None:
        """Return a run."""

    async def move(
        self,
        run_id: RunId,
        target: RunState,
        *,
        at: datetime,
        changes: Mapping[str, object] | None = None,
        owner: str | None = None,
    ) -> Run | None:
        """Change the state if the table allows it from the state that it is in; None where not.

        `started_at` is set on the way to RUNNING where it is empty, `finished_at` and
        `is_unsaid` on the way to an end state. With an `owner` also None where the run is
        not that one's.
        """

    async def claim(self, run_id: RunId, *, owner: str, at: datetime, unseen_since: datetime) -> Run | None:
        """Become the owner of an active run that nobody owns, that `owner` owns, or whose owner was not seen since.

        Adds one to `attempt`, clears step, counts and failures. None where someone else holds it.
        """

    async def report(
        self,
        run_id: RunId,
        *,
        owner: str,
        at: datetime,
        step: Step,
        percent: int,
        counts: Counts,
        failures: Sequence[FileFailure] | None = None,
        last_ckey: str | None = None,
    ) -> bool:
        """Store where the run is and that its owner lives; False where `owner` lost it or it ended."""

    async def rest(self, run_id: RunId, *, at: datetime, reason: str, until: datetime | None = None) -> Run | None:
        """Note why an active run can't go on now; None where it is none.

        `rests_since` is set where it is empty; `last_exception` and `rests_until` are the newest.
        """

    async def resume(self, run_id: RunId) -> None:
        """Note that an active run goes on after a rest; a no-op where it does not rest."""

    async def active(self) -> Sequence[Run]:
        """Return all runs in an active state."""

    async def unsaid(self) -> Sequence[Run]:
        """Return all ended runs whose end was not said yet."""

    async def said(self, run_id: RunId) -> None:
        """Note that a run's end was said; a second time is a no-op."""

    async def latest(self, mirror_ids: Sequence[str]) -> Mapping[str, Run]:
        """Return the newest run of each mirror that is not SKIPPED."""

    async def list(self, mirror_id: str, *, offset: int = 0, limit: int = 50) -> Sequence[Run]:
        """Return a mirror's runs, newest first."""

    async def forget(self, mirror_id: str) -> None:
        """Remove all ended runs of a mirror whose end was said."""

    async def mirror_ids(self) -> Sequence[str]:
        """Return the ids of all mirrors that have runs, also of those that are gone."""

    async def trim(self, mirror_id: str, *, keep: int, before: datetime, is_dry: bool = False) -> int:
        """Remove ended runs that are not among the newest `keep` and were asked for before a time; return how many.

        The newest run that was not skipped stays in any case, and so does one whose end was not said.
        """


class Batches(Protocol):
    """What became of each batch of an attempt of a run, and how much came in for it. Written by the scheduler."""

    async def settle(
        self,
        run_id: RunId,
        *,
        attempt: int,
        batch: int,
        stored: int,
        failures: Sequence[FileFailure],
        missing: Sequence[str],
        last_ckey: str | None,
    ) -> bool:
        """Record a batch's outcome once; False where it was recorded before. `missing` are ckeys not stored."""

    async def tally(self, run_id: RunId, *, attempt: int) -> tuple[int, int, int, str | None]:
        """Return (batches settled, files stored, files failed, last ckey) of an attempt."""

    async def note_received(self, run_id: RunId, *, fetcher: str, received_bytes: int) -> None:
        """Note what one fetcher received for a run so far; a no-op unless it is more than was noted of it."""

    async def received(self, run_id: RunId) -> int:
        """Add up what all fetchers received for a run, over all attempts."""

    async def losses(
        self, run_id: RunId, *, attempt: int
    ) -> tuple[Sequence[FileFailure], frozenset[str], frozenset[int]]:
        """Return the failures, all ckeys reported missing, and the batches settled of an attempt."""

    async def forget(self, run_id: RunId) -> None:
        """Remove the outcomes of a run that has ended, and what was received for it."""

    async def run_ids(self) -> Sequence[RunId]:
        """Return the runs that have anything here."""


class Shards(Protocol):
    """Shard payloads by the sha256 of their bytes, compressed at rest; immutable."""

    async def put(self, payloads: Mapping[bytes, bytes]) -> None:
        """Store payloads by digest; those that are there already are only made young."""

    async def get(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the payloads that are there, and can be read."""

    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""

    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs; reads all of them."""

    def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""

    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""

    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many. What a `put` returned for stays."""


class RenderedShards(Protocol):
    """Rendered shards by the sha256 of their bytes; immutable. Written by the indexer."""

    async def put(self, shards: Mapping[bytes, bytes]) -> None:
        """Store shards by digest; those that are there already are only made young."""

    async def get(self, sha256: bytes) -> bytes | None:
        """Return one shard's bytes."""

    async def known(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests that are stored."""

    async def damaged(self, digests: Sequence[bytes]) -> frozenset[bytes]:
        """Return those digests under which other bytes are stored than theirs; reads all of them."""

    def digests(self) -> AsyncIterator[bytes]:
        """Yield the digests of all that is stored."""

    async def older(self, digests: Sequence[bytes], *, than: datetime) -> Mapping[bytes, int]:
        """Return the sizes at rest of those that were last put before `than`."""

    async def sweep(self, digests: Sequence[bytes], *, older_than: datetime) -> int:
        """Remove those that were last put before `older_than`; return how many. What a `put` returned for stays."""


class CatalogueHeads(Protocol):
    """Which catalogue a mirror has now. Written by the scheduler."""

    async def move(self, head: CatalogueHead) -> bool:
        """Point to a new catalogue, unless the head is of a newer run."""

    async def exchange(self, head: CatalogueHead, *, was: CatalogueHead) -> bool:
        """Point to what was decided anew of `was`; False where run, manifest or catalogue are not those of `was`."""

    async def said(self, mirror_id: str, *, catalogue: Sha256) -> None:
        """Note that what was decided anew, with this catalogue, was said; a no-op for any other."""

    async def get(self, mirror_id: str) -> CatalogueHead | None:
        """Return a mirror's head."""

    async def of_channel(self, channel_id: str) -> Sequence[CatalogueHead]:
        """Return the heads of a channel, also of mirrors that are gone but whose packages stay."""

    async def all(self) -> Sequence[CatalogueHead]:
        """Return every head."""

    async def delete(self, mirror_id: str) -> None:
        """Forget a mirror's head; a no-op where there is none."""


class Revisions(Protocol):
    """Published revisions. Written by the indexer."""

    async def add(self, revision: Revision) -> None:
        """Store a revision; a no-op where its id is there already."""

    async def get(self, revision_id: str) -> Revision | None:
        """Return a revision."""

    async def list(self, channel_id: str, *, limit: int = 20) -> Sequence[Revision]:
        """Return a channel's revisions, newest first."""

    async def supersede(self, channel_id: str, *, before: int, at: datetime) -> None:
        """Mark all revisions below number `before` as superseded, where they are not yet."""

    async def channel_ids(self) -> Sequence[str]:
        """Return the ids of all channels that have revisions, also of those that are gone."""

    async def delete(self, revision_ids: Sequence[str]) -> None:
        """Remove revisions."""


class Reports(Protocol):
    """Answers to long requests, kept for a week. Written by the service that did the work."""

    async def put(self, report_id: str, *, at: datetime, data: bytes) -> None:
        """Store a report, or replace it."""

    async def get(self, report_id: str) -> tuple[datetime, bytes] | None:
        """Return when a report was made, and the report."""


class Schedule(Protocol):
    """Next fire times. Written by the scheduler."""

    async def plan(self, mirror_id: str, *, cron: str, at: datetime) -> bool:
        """Set when a mirror fires next; False where that is planned under this cron already."""

    async def due(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        """Return (mirror id, fire time) of all that is due."""

    async def advance(self, mirror_id: str, *, fired: datetime, next_at: datetime) -> bool:
        """Move on from `fired`; False where another scheduler did already."""

    async def next_of(self, mirror_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when these mirrors fire next."""

    async def drop(self, mirror_id: str) -> None:
        """Forget a mirror; a no-op where there is none."""


class History(Protocol):
    """The audit trail and usage counts. Written by the reporter."""

    async def add(self, entry: HistoryEntry) -> bool:
        """Store an entry; False where its id is there already."""

    async def list(self, wanted: HistoryFilter, *, offset: int, limit: int) -> tuple[int, Sequence[HistoryEntry]]:
        """Return how many entries are wanted, and a page of them, newest first."""

    async def count_downloads(self, event_id: str, channel_id: str, counts: Mapping[str, int]) -> bool:
        """Add to the downloads per ckey once per event; False where the event was counted before."""

    async def downloads(self, channel_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the downloads per channel."""
