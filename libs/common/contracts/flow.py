"""Who says what to whom, in the order of a run.

The README's diagram and docs/events are generated from `FLOW` (`./tain check` compares).
"""

import msgspec

from libs.common.contracts import access_messages as x
from libs.common.contracts import artifact_messages as a
from libs.common.contracts import messages as m
from libs.common.contracts import policy_messages as p
from libs.common.contracts.message import Message


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """One message: who says it, who hears it, and what the hearer does."""

    says: tuple[str, ...]
    message: type[Message]
    hears: tuple[str, ...]
    does: str


FLOW: tuple[Arrow, ...] = (
    Arrow(says=("api",), message=m.ChannelCreated, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=m.MirrorCreated, hears=("scheduler", "reporter"), does="plan its next fire time"),
    Arrow(
        says=("api",),
        message=m.MirrorUpdated,
        hears=("scheduler", "reporter"),
        does="plan its next fire time; decide anew what it brings, where its filters changed",
    ),
    Arrow(
        says=("api", "scheduler", "indexer", "others"),
        message=m.MirrorRequested,
        hears=("scheduler", "reporter"),
        does="start a run: read the source, decide, compare",
    ),
    Arrow(
        says=("scheduler",), message=m.MirrorRejected, hears=("others", "reporter"), does="learn what was wrong and why"
    ),
    Arrow(says=("scheduler",), message=m.MirrorStarted, hears=("reporter", "others"), does="record it"),
    Arrow(says=("scheduler",), message=m.ArtifactFetch, hears=("fetcher",), does="fetch, verify and store the files"),
    Arrow(says=("fetcher",), message=m.ArtifactFetched, hears=("scheduler",), does="count them; the last one ends it"),
    Arrow(says=("fetcher",), message=m.ArtifactProgress, hears=("scheduler",), does="show how much came in"),
    Arrow(says=("fetcher",), message=m.ArtifactDelayed, hears=("scheduler",), does="show why the run waits"),
    Arrow(says=("scheduler",), message=m.MirrorProgress, hears=("others",), does="show where the run is"),
    Arrow(
        says=("api", "others"),
        message=m.MirrorStop,
        hears=("scheduler", "reporter"),
        does="stop the run within seconds",
    ),
    Arrow(
        says=("scheduler",),
        message=m.MirrorFinished,
        hears=("indexer", "reporter", "others"),
        does="merge, render and publish the channel, unless it is frozen",
    ),
    Arrow(says=("api",), message=m.ChannelFrozen, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=m.ChannelUnfrozen, hears=("indexer", "reporter"), does="publish the channel"),
    Arrow(says=("api",), message=m.ChannelRolledBack, hears=("reporter",), does="record it"),
    Arrow(
        says=("indexer", "api"),
        message=m.ChannelPublished,
        hears=("reporter", "others"),
        does="read the new revision",
    ),
    Arrow(says=("api",), message=m.ArtifactServed, hears=("reporter",), does="count downloads"),
    Arrow(
        says=("api",),
        message=a.ArtifactRegistered,
        hears=("scheduler", "reporter", "others"),
        does="decide on what people put into the channel",
    ),
    Arrow(
        says=("api",),
        message=a.ArtifactRemoved,
        hears=("scheduler", "reporter", "others"),
        does="take it out of the channel",
    ),
    Arrow(
        says=("api",),
        message=m.ChannelUpdated,
        hears=("scheduler", "reporter"),
        does="decide anew what its mirrors bring, where its filters changed",
    ),
    Arrow(
        says=("api",),
        message=m.MirrorDeleted,
        hears=("scheduler", "reporter"),
        does="stop its run; drop its catalogue, if its packages go too",
    ),
    Arrow(says=("scheduler",), message=m.CatalogueDropped, hears=("indexer",), does="publish the channel without it"),
    Arrow(
        says=("api",),
        message=m.ChannelDeleted,
        hears=("scheduler", "indexer", "reporter"),
        does="drop its runs, catalogues and revisions",
    ),
    Arrow(says=("api",), message=m.GarbageSweep, hears=("indexer", "reporter"), does="remove what nothing names"),
    Arrow(says=("indexer",), message=m.GarbageSwept, hears=("reporter", "others"), does="see what was removed"),
    Arrow(
        says=("api",),
        message=m.ChannelVerify,
        hears=("indexer", "reporter"),
        does="compare store, catalogues and index",
    ),
    Arrow(
        says=("indexer",),
        message=m.ChannelVerified,
        hears=("reporter", "others"),
        does="see what is missing or damaged",
    ),
    Arrow(
        says=("api",),
        message=p.PolicyChanged,
        hears=("scheduler", "reporter", "others"),
        does="decide anew what every mirror under the policy brings",
    ),
    Arrow(
        says=("api",),
        message=p.PolicyAssigned,
        hears=("scheduler", "reporter", "others"),
        does="decide anew what the channel's mirrors bring",
    ),
    Arrow(
        says=("api",),
        message=p.PolicyUnassigned,
        hears=("scheduler", "reporter", "others"),
        does="decide anew what the channel's mirrors bring",
    ),
    Arrow(
        says=("scheduler",),
        message=p.CatalogueDecided,
        hears=("indexer", "reporter", "others"),
        does="publish the channel, unless it is frozen",
    ),
    Arrow(says=("api",), message=p.AdvisoriesUpdate, hears=("scheduler",), does="read advisories"),
    Arrow(
        says=("scheduler", "api"),
        message=p.AdvisoriesChanged,
        hears=("scheduler", "reporter", "others"),
        does="decide anew where a policy asks for vulnerabilities",
    ),
    Arrow(
        says=("api",),
        message=p.MirrorPreview,
        hears=("scheduler",),
        does="read the source, and decide what the mirror would bring",
    ),
    Arrow(says=("api",), message=p.ReportRequested, hears=("reporter",), does="make the report"),
    Arrow(says=("reporter",), message=p.ReportReady, hears=("reporter", "others"), does="read the report"),
    Arrow(says=("api",), message=x.UserChanged, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.UserSignedIn, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.SignInRefused, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.TokenChanged, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.RoleChanged, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.GroupChanged, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.ChannelGroupChanged, hears=("reporter",), does="record it"),
    Arrow(says=("api",), message=x.SettingsChanged, hears=("reporter",), does="record it"),
)
