"""Who may see a report: pure, of what is known of it and of its channel."""

from libs.common.domain.access.actions import Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import Identity
from libs.common.domain.access.levels import Level
from libs.common.domain.channel import Channel
from libs.common.domain.report import ReportHead, ReportKind


def sees_all(identity: Identity) -> bool:
    """Tell whether somebody may look into every channel, whoever owns it."""
    return identity.rights.all_channels >= Level.READ and identity.limits is None


def sees_report(identity: Identity, head: ReportHead, channel: Channel | None) -> bool:
    """Tell whether somebody may see a report; `channel` is the one that it is of, if that is still there."""
    is_preview = head.kind == ReportKind.POLICY_PREVIEW
    if is_preview and decide_access(identity, Action.POLICY_VIEW) is not Verdict.ALLOWED:
        return False
    if channel is None:
        return sees_all(identity) or (head.requested_by is not None and head.requested_by == identity.name)
    action = Action.MIRROR_VIEW if is_preview or head.mirror_id is not None else Action.CHANNEL_VIEW_ARTIFACTS
    return decide_access(identity, action, channel) is Verdict.ALLOWED
