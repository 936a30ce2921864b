"""All records in memory: fakes for tests, held to the same contract as MongoDB's.

Nothing here awaits between looking and changing, so each change is one step.
"""

from libs.common.adapters.memory.access_tokens import MemoryAccessTokens
from libs.common.adapters.memory.advisories import MemoryAdvisories, MemoryAdvisoryBooks, MemoryCurations
from libs.common.adapters.memory.attachments import MemoryAttachments
from libs.common.adapters.memory.batches import MemoryBatches
from libs.common.adapters.memory.bulk_jobs import MemoryBulkJobs
from libs.common.adapters.memory.catalogue_heads import MemoryCatalogueHeads
from libs.common.adapters.memory.channels import MemoryChannels
from libs.common.adapters.memory.downloads import MemoryDownloads
from libs.common.adapters.memory.extracted import MemoryExtracted
from libs.common.adapters.memory.groups import MemoryGroups
from libs.common.adapters.memory.history import MemoryHistory
from libs.common.adapters.memory.kept_reports import MemoryKeptReports
from libs.common.adapters.memory.mirror_previews import MemoryMirrorPreviews
from libs.common.adapters.memory.mirrors import MemoryMirrors
from libs.common.adapters.memory.policies import MemoryPolicies
from libs.common.adapters.memory.read_pages import MemoryReadPages
from libs.common.adapters.memory.removals import MemoryRemovals
from libs.common.adapters.memory.reports import MemoryReports
from libs.common.adapters.memory.revisions import MemoryRevisions
from libs.common.adapters.memory.roles import MemoryRoles
from libs.common.adapters.memory.runs import MemoryRuns
from libs.common.adapters.memory.schedule import MemorySchedule
from libs.common.adapters.memory.sessions import MemorySessions
from libs.common.adapters.memory.settings import MemorySettings
from libs.common.adapters.memory.shards import MemoryRenderedShards, MemoryShards
from libs.common.adapters.memory.sign_in_attempts import MemorySignInAttempts
from libs.common.adapters.memory.uploads import MemoryUploads
from libs.common.adapters.memory.users import MemoryUsers


class MemoryRecords:
    """The ports of `ports.records`, each under its noun."""

    def __init__(self) -> None:
        self.channels = MemoryChannels()
        self.mirrors = MemoryMirrors()
        self.policies = MemoryPolicies()
        self.runs = MemoryRuns()
        self.batches = MemoryBatches()
        self.shards = MemoryShards()
        self.rendered_shards = MemoryRenderedShards()
        self.read_pages = MemoryReadPages()
        self.extracted = MemoryExtracted()
        self.catalogue_heads = MemoryCatalogueHeads()
        self.revisions = MemoryRevisions()
        self.reports = MemoryReports()
        self.kept_reports = MemoryKeptReports()
        self.mirror_previews = MemoryMirrorPreviews()
        self.schedule = MemorySchedule()
        self.history = MemoryHistory()
        self.downloads = MemoryDownloads()
        self.advisories = MemoryAdvisories()
        self.curations = MemoryCurations()
        self.advisory_books = MemoryAdvisoryBooks()
        self.settings = MemorySettings()
        self.uploads = MemoryUploads()
        self.removals = MemoryRemovals()
        self.attachments = MemoryAttachments()
        self.bulk_jobs = MemoryBulkJobs()
        self.users = MemoryUsers()
        self.groups = MemoryGroups()
        self.roles = MemoryRoles()
        self.access_tokens = MemoryAccessTokens()
        self.sessions = MemorySessions()
        self.sign_in_attempts = MemorySignInAttempts()

    async def ping(self) -> None:
        """Answer at once."""

    async def prepare(self) -> None:
        """Have nothing to prepare."""

    async def close(self) -> None:
        """Have nothing to close."""
