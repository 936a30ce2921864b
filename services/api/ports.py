"""What the api's use cases ask of the outside world, in one hand."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from libs.common.ecosystems.registry import ecosystems
from libs.common.ports.blobs import AgingBlobStore
from libs.common.ports.bus import Bus
from libs.common.ports.clock import Clock, Ids
from libs.common.ports.dead_letters import DeadLetters
from libs.common.ports.downloads import Downloads
from libs.common.ports.kept_reports import KeptReports
from libs.common.ports.records import (
    AccessTokens,
    Advisories,
    AdvisoryBooks,
    Attachments,
    BulkJobs,
    CatalogueHeads,
    Channels,
    Curations,
    Extracted,
    Groups,
    History,
    MirrorPreviews,
    Mirrors,
    Policies,
    ReadPages,
    Removals,
    Reports,
    Revisions,
    Roles,
    Runs,
    Schedule,
    Sessions,
    Shards,
    SignInAttempts,
    StoredSettings,
    Uploads,
    Users,
)
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Upstream
from libs.common.ports.vital_signs import VitalSigns
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from services.api.access import Access
from services.api.artifacts.download_counts import DownloadCounts
from services.api.artifacts.left_out import LeftOutNames
from services.api.artifacts.listed_packages import ListedPackages
from services.api.artifacts.told_packages import ToldPackages
from services.api.channel_files import ChannelFiles
from services.api.filtered_logs import FilteredLogs
from services.api.health.count_blobs import BlobCount
from services.api.live.live import Live
from services.api.oidc.browser import BrowserSignIn
from services.api.policy_places import PolicyPlaces
from services.api.revisions.comparisons import RevisionComparisons
from services.api.serving.served_packages import ServedPackages
from services.api.signing_in.elsewhere import SignInElsewhere
from services.api.signing_in.identities import Identities
from services.api.signing_in.passwords import Passwords
from services.api.signing_in.rules import SignInRules
from services.api.signing_in.sessions import SignIns

Probe = Callable[[], Awaitable[frozenset[str]]]
"""Names what is missing of one thing that the api needs; empty when all is well."""


class Records(Protocol):
    """The documents that the REST API changes or shows."""

    @property
    def channels(self) -> Channels:
        """Channels and subchannels."""

    @property
    def mirrors(self) -> Mirrors:
        """Mirrors."""

    @property
    def policies(self) -> Policies:
        """Policies and their revisions."""

    @property
    def runs(self) -> Runs:
        """Runs, to be read."""

    @property
    def catalogue_heads(self) -> CatalogueHeads:
        """Which catalogue a mirror has, to be read."""

    @property
    def schedule(self) -> Schedule:
        """Next fire times, to be read."""

    @property
    def history(self) -> History:
        """The audit trail and usage counts, to be read."""

    @property
    def reports(self) -> Reports:
        """Answers to long requests, to be read."""

    @property
    def kept_reports(self) -> KeptReports:
        """Reports that people asked for, to be read."""

    @property
    def mirror_previews(self) -> MirrorPreviews:
        """What mirrors would bring."""

    @property
    def downloads(self) -> Downloads:
        """Who downloaded what, to be read."""

    @property
    def revisions(self) -> Revisions:
        """Published revisions; to be read, and rolled back to."""

    @property
    def shards(self) -> Shards:
        """Records of packages, to be read."""

    @property
    def read_pages(self) -> ReadPages:
        """Names of sources that were read on request."""

    @property
    def extracted(self) -> Extracted:
        """What was taken out of package files, to be read."""

    @property
    def advisory_books(self) -> AdvisoryBooks:
        """Which book of advisories is in force."""

    @property
    def advisories(self) -> Advisories:
        """CVEs."""

    @property
    def curations(self) -> Curations:
        """What people say of CVEs."""

    @property
    def uploads(self) -> Uploads:
        """Package files that people put into channels."""

    @property
    def removals(self) -> Removals:
        """What people took out of channels though mirrors bring it."""

    @property
    def attachments(self) -> Attachments:
        """Files of channels that are no packages."""

    @property
    def bulk_jobs(self) -> BulkJobs:
        """Jobs that copy, move and delete many files."""

    @property
    def users(self) -> Users:
        """Users and service accounts."""

    @property
    def groups(self) -> Groups:
        """Groups of users."""

    @property
    def roles(self) -> Roles:
        """Roles that were made here."""

    @property
    def access_tokens(self) -> AccessTokens:
        """Opaque tokens."""

    @property
    def sessions(self) -> Sessions:
        """Sign-ins that go on."""

    @property
    def sign_in_attempts(self) -> SignInAttempts:
        """Sign-ins that failed."""

    @property
    def settings(self) -> StoredSettings:
        """Settings of the whole system."""


class Ports:
    """The adapters behind the REST API, and the few settings that its rules ask for.

    `patience_s` is how long an answer may wait for the scheduler to take up a command,
    so that it shows the run as it is then.
    """

    def __init__(
        self,
        *,
        records: Records,
        blobs: AgingBlobStore,
        bus: Bus,
        seal: Seal,
        clock: Clock,
        ids: Ids,
        access: Access,
        dead_letters: DeadLetters,
        probes: Mapping[str, Probe],
        packages: ServedPackages,
        sources: Upstream,
        signs: VitalSigns,
        file_sources: tuple[str, ...] = (),
        import_limit_bytes: int = 1024**3,
        upload_limit_bytes: int = 5 * 1024**3,
        passwords: Passwords | None = None,
        patience_s: float = 1.0,
        sign_in_rules: SignInRules | None = None,
        elsewhere: SignInElsewhere | None = None,
        oidc: BrowserSignIn | None = None,
    ) -> None:
        self.channels, self.mirrors = records.channels, records.mirrors
        self.policies = records.policies
        self.runs = records.runs
        self.heads = records.catalogue_heads
        self.schedule, self.history = records.schedule, records.history
        self.reports = records.reports
        self.kept_reports, self.previews = records.kept_reports, records.mirror_previews
        self.downloads = records.downloads
        self.revisions = records.revisions
        self.shards = records.shards
        self.read_pages = records.read_pages
        self.extracted = records.extracted
        self.books = records.advisory_books
        self.settings = records.settings
        self.uploads = records.uploads
        self.removals = records.removals
        self.attachments = records.attachments
        self.bulk_jobs = records.bulk_jobs
        self.users = records.users
        self.groups = records.groups
        self.roles = records.roles
        self.access_tokens = records.access_tokens
        self.sessions = records.sessions
        self.sign_in_attempts = records.sign_in_attempts
        self.sign_in_rules = sign_in_rules or SignInRules()
        self.identities = access.identities or Identities(roles=records.roles, groups=records.groups)
        self.sign_ins = SignIns(
            sessions=records.sessions,
            users=records.users,
            identities=self.identities,
            jwts=access.jwts,
            clock=clock,
            ids=ids,
            days=self.sign_in_rules.session_days,
        )
        self.blobs = blobs
        self.filtered_logs = FilteredLogs(heads=records.catalogue_heads, shards=records.shards, blobs=blobs)
        self.bus, self.seal = bus, seal
        self.clock, self.ids = clock, ids
        self.access = access
        self.elsewhere, self.oidc, self.passwords = elsewhere, oidc, passwords or Passwords()
        self.dead_letters, self.probes = dead_letters, probes
        self.file_sources = file_sources
        self.import_limit_bytes = import_limit_bytes
        self.upload_limit_bytes = upload_limit_bytes
        self.patience_s = patience_s
        self.keeping = AdvisoryPorts(
            advisories=records.advisories,
            curations=records.curations,
            books=records.advisory_books,
            blobs=blobs,
            bus=bus,
            clock=clock,
        )
        self.channel_files = ChannelFiles(
            books=records.advisory_books, revisions=records.revisions, shards=records.shards, blobs=blobs
        )
        # `sources` is to try sources with: what does not answer is not asked again.
        self.packages, self.sources = packages, sources
        self.comparisons = RevisionComparisons(shards=records.shards, blobs=blobs)
        self.live = Live(channels=records.channels, reports=records.kept_reports)
        self.signs, self.blob_count = signs, BlobCount(blobs, clock=clock)
        # Set when a bulk job was asked for here, so that it does not wait for the next look.
        self.bulk_asked = asyncio.Event()
        self.listed_packages = ListedPackages(packages, blobs=blobs)
        self.told_packages = ToldPackages(packages)
        self.left_out = LeftOutNames(
            heads=records.catalogue_heads, mirrors=records.mirrors, blobs=blobs, listed_packages=self.listed_packages
        )
        self.download_counts = DownloadCounts(history=records.history, ecosystems=ecosystems(), clock=clock)
        self.places = PolicyPlaces(
            policies=records.policies, channels=records.channels, mirrors=records.mirrors, clock=clock, ids=ids
        )
