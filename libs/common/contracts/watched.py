"""What the api hears as it is said, to show it to people who look on: plain NATS, kept for nobody.

`services/api/live/what_is_shown.py` says who is shown what of it.
"""

from libs.common.contracts.access_messages import (
    ChannelGroupChanged,
    GroupChanged,
    RoleChanged,
    SettingsChanged,
    TokenChanged,
    UserChanged,
)
from libs.common.contracts.artifact_messages import ArtifactRegistered, ArtifactRemoved
from libs.common.contracts.message import Message
from libs.common.contracts.messages import (
    MESSAGES,
    ChannelCreated,
    ChannelDeleted,
    ChannelFrozen,
    ChannelPublished,
    ChannelRolledBack,
    ChannelUnfrozen,
    ChannelUpdated,
    ChannelVerified,
    GarbageSwept,
    MirrorCreated,
    MirrorDeleted,
    MirrorFinished,
    MirrorProgress,
    MirrorRejected,
    MirrorRequested,
    MirrorStarted,
    MirrorStop,
    MirrorUpdated,
)
from libs.common.contracts.policy_messages import (
    AdvisoriesChanged,
    CatalogueDecided,
    PolicyAssigned,
    PolicyChanged,
    PolicyUnassigned,
    ReportReady,
)
from libs.common.contracts.subjects import EVENTS, stream_of

WATCHED: tuple[type[Message], ...] = (
    MirrorCreated,
    MirrorUpdated,
    MirrorDeleted,
    MirrorRequested,
    MirrorRejected,
    MirrorStarted,
    MirrorStop,
    MirrorProgress,
    MirrorFinished,
    ChannelCreated,
    ChannelUpdated,
    ChannelDeleted,
    ChannelFrozen,
    ChannelUnfrozen,
    ChannelPublished,
    ChannelRolledBack,
    ChannelGroupChanged,
    ChannelVerified,
    ArtifactRegistered,
    ArtifactRemoved,
    CatalogueDecided,
    PolicyChanged,
    PolicyAssigned,
    PolicyUnassigned,
    AdvisoriesChanged,
    ReportReady,
    GarbageSwept,
    UserChanged,
    TokenChanged,
    RoleChanged,
    GroupChanged,
    SettingsChanged,
)

WATCHER = "api"
"""The service that watches."""


def watched_subjects() -> tuple[str, ...]:
    """Return what to subscribe to: by noun, so that what is said of one thing comes in the order in which it was said.

    Not so for nouns of which there is work, too: who takes no part in that need not hear it.
    """
    subjects = (_by_noun(message) or message.subject for message in WATCHED)
    return tuple(dict.fromkeys(subjects))


def _by_noun(message: type[Message]) -> str | None:
    noun = _noun(message)
    of_noun = [one for one in MESSAGES if _noun(one) == noun]
    is_open = all(stream_of(one.subject) in (EVENTS, None) and stream_of(f"{one.subject}.>") is None for one in of_noun)
    return f"{noun}.*" if is_open and len(of_noun) > 1 else None


def _noun(message: type[Message]) -> str:
    return message.subject.partition(".")[0]
