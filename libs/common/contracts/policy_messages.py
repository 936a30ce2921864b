"""Messages about policies, what they let in, what is known of vulnerabilities, reports, and previews."""

from typing import ClassVar, Literal

from libs.common.contracts.message import Message


class PolicyChanged(Message, frozen=True, kw_only=True):
    """A policy was made, saved anew or deleted; `number` is its newest revision."""

    subject: ClassVar[str] = "policy.changed"
    is_public: ClassVar[bool] = True

    policy_id: str
    name: str
    number: int
    change: Literal["created", "updated", "deleted"]
    by: str | None = None
    by_address: str | None = None


class PolicyAssigned(Message, frozen=True, kw_only=True):
    """A policy is in force for a channel, or for one mirror of it, whose policy then overrides the channel's."""

    subject: ClassVar[str] = "policy.assigned"
    is_public: ClassVar[bool] = True

    policy_id: str
    name: str
    channel: str
    channel_id: str
    target: Literal["channel", "mirror"]
    mirror: str | None = None
    mirror_id: str | None = None
    by: str | None = None
    by_address: str | None = None


class PolicyUnassigned(Message, frozen=True, kw_only=True):
    """A policy is no longer in force for a channel or mirror."""

    subject: ClassVar[str] = "policy.unassigned"
    is_public: ClassVar[bool] = True

    policy_id: str
    name: str
    channel: str
    channel_id: str
    target: Literal["channel", "mirror"]
    mirror: str | None = None
    mirror_id: str | None = None
    by: str | None = None
    by_address: str | None = None


class CatalogueDecided(Message, frozen=True, kw_only=True):
    """What a mirror brings was decided anew from what is stored of its source, without asking it.

    `added` and `removed` count files; `wants_run` says that newly allowed files of an
    active mirror are still to be fetched, for which a run is asked for.
    """

    subject: ClassVar[str] = "catalogue.decided"
    is_public: ClassVar[bool] = True

    channel: str
    channel_id: str
    mirror: str
    mirror_id: str
    catalogue: str
    cause: str
    files: int
    added: int
    removed: int
    wants_run: bool = False


class AdvisoriesChanged(Message, frozen=True, kw_only=True):
    """What is known of vulnerabilities changed; `digest` names all of it, `cves` are those that a person spoke of."""

    subject: ClassVar[str] = "advisories.changed"
    is_public: ClassVar[bool] = True

    digest: str
    advisory_count: int
    changed: int
    cause: Literal["import", "update", "curation"]
    by: str | None = None
    by_address: str | None = None
    cves: tuple[str, ...] = ()


class AdvisoriesUpdate(Message, frozen=True, kw_only=True):
    """Read advisories: from a file that was uploaded as a blob, or from the configured source where it is None."""

    subject: ClassVar[str] = "advisories.update"

    report_id: str
    blob: str | None = None
    requested_by: str | None = None
    by_address: str | None = None


class ReportRequested(Message, frozen=True, kw_only=True):
    """Make a report; the answer is kept under `report_id`. `wish` is its parameters as JSON."""

    subject: ClassVar[str] = "report.requested"

    report_id: str
    kind: Literal["policy_preview", "dependencies"]
    wish: str
    channel: str | None = None
    requested_by: str | None = None
    by_address: str | None = None


class MirrorPreview(Message, frozen=True, kw_only=True):
    """Find out what a mirror would bring; what it would be, and what comes of it, is kept under `preview_id`."""

    subject: ClassVar[str] = "mirror.preview"

    preview_id: str
    channel: str
    channel_id: str
    requested_by: str | None = None
    by_address: str | None = None


class ReportReady(Message, frozen=True, kw_only=True):
    """A report can be read; `error` says why there is none."""

    subject: ClassVar[str] = "report.ready"
    is_public: ClassVar[bool] = True

    report_id: str
    kind: str
    channel: str | None = None
    error: str | None = None


POLICY_MESSAGES: tuple[type[Message], ...] = (
    PolicyChanged,
    PolicyAssigned,
    PolicyUnassigned,
    CatalogueDecided,
    AdvisoriesUpdate,
    AdvisoriesChanged,
    ReportRequested,
    ReportReady,
    MirrorPreview,
)
