"""Documents that people and services change or query, one Protocol per noun.

Every change is one conditional write: a method that finds its condition unmet changes
nothing and says so by its return value. All methods raise StoreUnavailable when the
database does not answer. What is given as `unsaid` is stored in the same write, or not at all.
"""

from libs.common.ports.records.bulk_jobs import BulkJobs
from libs.common.ports.records.catalogue_heads import CatalogueHeads
from libs.common.ports.records.channels import Channels
from libs.common.ports.records.extracted import Extracted
from libs.common.ports.records.history import History
from libs.common.ports.records.mirror_previews import MirrorPreviews
from libs.common.ports.records.mirrors import Mirrors
from libs.common.ports.records.people import (
    AccessTokens,
    Groups,
    Roles,
    Sessions,
    SignInAttempts,
    Users,
)
from libs.common.ports.records.policies import Policies
from libs.common.ports.records.read_pages import ReadPages
from libs.common.ports.records.reports import Reports
from libs.common.ports.records.revisions import Revisions
from libs.common.ports.records.runs import Batches, Runs
from libs.common.ports.records.schedule import Schedule
from libs.common.ports.records.settings import StoredSettings
from libs.common.ports.records.shards import RenderedShards, Shards
from libs.common.ports.records.uploads import Attachments, Removals, Uploads
from libs.common.ports.records.vulnerabilities import Advisories, AdvisoryBooks, Curations

__all__ = [
    "AccessTokens",
    "Advisories",
    "AdvisoryBooks",
    "Attachments",
    "Batches",
    "BulkJobs",
    "CatalogueHeads",
    "Channels",
    "Curations",
    "Extracted",
    "Groups",
    "History",
    "MirrorPreviews",
    "Mirrors",
    "Policies",
    "ReadPages",
    "Removals",
    "RenderedShards",
    "Reports",
    "Revisions",
    "Roles",
    "Runs",
    "Schedule",
    "Sessions",
    "Shards",
    "SignInAttempts",
    "StoredSettings",
    "Uploads",
    "Users",
]
