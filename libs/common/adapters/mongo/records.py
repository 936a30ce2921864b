"""All records of an installation in one MongoDB database."""

from libs.common.adapters.mongo.access_tokens import MongoAccessTokens
from libs.common.adapters.mongo.advisories import MongoAdvisories
from libs.common.adapters.mongo.advisory_books import MongoAdvisoryBooks
from libs.common.adapters.mongo.attachments import MongoAttachments
from libs.common.adapters.mongo.batches import MongoBatches
from libs.common.adapters.mongo.bulk_jobs import MongoBulkJobs
from libs.common.adapters.mongo.catalogue_heads import MongoCatalogueHeads
from libs.common.adapters.mongo.channels import MongoChannels
from libs.common.adapters.mongo.connect import Database, asking
from libs.common.adapters.mongo.curations import MongoCurations
from libs.common.adapters.mongo.downloads import MongoDownloads
from libs.common.adapters.mongo.extracted import MongoExtracted
from libs.common.adapters.mongo.groups import MongoGroups
from libs.common.adapters.mongo.history import MongoHistory
from libs.common.adapters.mongo.indexes import ensure_indexes
from libs.common.adapters.mongo.kept_reports import MongoKeptReports
from libs.common.adapters.mongo.mirror_previews import MongoMirrorPreviews
from libs.common.adapters.mongo.mirrors import MongoMirrors
from libs.common.adapters.mongo.policies import MongoPolicies
from libs.common.adapters.mongo.read_pages import MongoReadPages
from libs.common.adapters.mongo.removals import MongoRemovals
from libs.common.adapters.mongo.rendered_shards import MongoRenderedShards
from libs.common.adapters.mongo.reports import MongoReports
from libs.common.adapters.mongo.revisions import MongoRevisions
from libs.common.adapters.mongo.roles import MongoRoles
from libs.common.adapters.mongo.runs import MongoRuns
from libs.common.adapters.mongo.schedule import MongoSchedule
from libs.common.adapters.mongo.sessions import MongoSessions
from libs.common.adapters.mongo.settings import MongoSettings
from libs.common.adapters.mongo.shards import MongoShards
from libs.common.adapters.mongo.sign_in_attempts import MongoSignInAttempts
from libs.common.adapters.mongo.uploads import MongoUploads
from libs.common.adapters.mongo.users import MongoUsers


class MongoRecords:
    """The ports of `ports.records`, each under its noun."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.channels = MongoChannels(database)
        self.mirrors = MongoMirrors(database)
        self.policies = MongoPolicies(database)
        self.runs = MongoRuns(database)
        self.batches = MongoBatches(database)
        self.shards = MongoShards(database)
        self.rendered_shards = MongoRenderedShards(database)
        self.read_pages = MongoReadPages(database)
        self.extracted = MongoExtracted(database)
        self.catalogue_heads = MongoCatalogueHeads(database)
        self.revisions = MongoRevisions(database)
        self.reports = MongoReports(database)
        self.kept_reports = MongoKeptReports(database)
        self.mirror_previews = MongoMirrorPreviews(database)
        self.schedule = MongoSchedule(database)
        self.history = MongoHistory(database)
        self.downloads = MongoDownloads(database)
        self.advisories = MongoAdvisories(database)
        self.curations = MongoCurations(database)
        self.advisory_books = MongoAdvisoryBooks(database)
        self.settings = MongoSettings(database)
        self.uploads = MongoUploads(database)
        self.removals = MongoRemovals(database)
        self.attachments = MongoAttachments(database)
        self.bulk_jobs = MongoBulkJobs(database)
        self.users = MongoUsers(database)
        self.groups = MongoGroups(database)
        self.roles = MongoRoles(database)
        self.access_tokens = MongoAccessTokens(database)
        self.sessions = MongoSessions(database)
        self.sign_in_attempts = MongoSignInAttempts(database)

    @asking()
    async def ping(self) -> None:
        """Ask whether MongoDB answers.

        Raises:
            StoreUnavailable: when it does not.
        """
        await self._database.command("ping")

    @asking()
    async def prepare(self) -> None:
        """Make the indexes that are not there; every service does so at its start.

        Raises:
            StoreUnavailable: when MongoDB does not answer.
        """
        await ensure_indexes(self._database)

    async def close(self) -> None:
        """Close the connections."""
        self._database.client.close()
