"""All REST routes; each names in its decorator what it takes to use it."""

from litestar import Router
from litestar.di import Provide

from services.api.guards import access_guard
from services.api.ports import Ports
from services.api.routes.account import AccountController, OwnTokensController
from services.api.routes.allowed import AllowedController, ChannelAllowedController
from services.api.routes.artifacts import (
    AllArtifactsController,
    ArtifactsController,
    RemovalsController,
    ShortArtifactsController,
)
from services.api.routes.auth import AuthController
from services.api.routes.channel_groups import ChannelGroupsController
from services.api.routes.channels import ChannelController, ChannelsController
from services.api.routes.cves import ChannelCvesController, CvesController
from services.api.routes.dead_letters import DeadLettersController
from services.api.routes.decisions import DecisionsController
from services.api.routes.docs import DocsController
from services.api.routes.groups import GroupsController
from services.api.routes.health import HealthController
from services.api.routes.history import AuditController, HistoryController
from services.api.routes.keys import key_of_channel, key_of_subchannel
from services.api.routes.live import LiveController
from services.api.routes.mirror_previews import MirrorPreviewsController
from services.api.routes.mirrors import AllMirrorsController, MirrorsController
from services.api.routes.oidc import OidcController
from services.api.routes.policies import PoliciesController, PolicySchemaController
from services.api.routes.policy_in_force import ChannelPolicyController, MirrorPolicyController
from services.api.routes.policy_preview import PolicyPreviewController
from services.api.routes.reports import MirrorReportController, ReportsController
from services.api.routes.revisions import RevisionsController
from services.api.routes.roles import RolesController
from services.api.routes.runs import RunsController
from services.api.routes.service_accounts import AllServiceAccountsController, ServiceAccountController
from services.api.routes.source_checks import SourceChecksController
from services.api.routes.subchannels import SubchannelsController
from services.api.routes.system import SystemController
from services.api.routes.system_settings import SystemSettingsController
from services.api.routes.upkeep import UpkeepController
from services.api.routes.users import UsersController
from services.api.routes.web import WebController
from services.api.routes.why import WhyController

MAX_BODY_BYTES = 1 << 20


def rest_routes(ports: Ports) -> tuple[Router, ...]:
    """Return the open and the guarded routes.

    Whatever hangs below a channel hangs below a subchannel as well; the two routers
    differ in how they find the channel's key.
    """
    of_both = (
        ChannelController,
        ChannelAllowedController,
        ChannelGroupsController,
        ChannelPolicyController,
        MirrorsController,
        MirrorPolicyController,
        RunsController,
        MirrorReportController,
        DecisionsController,
        WhyController,
        HistoryController,
        ChannelCvesController,
        ArtifactsController,
        RemovalsController,
        RevisionsController,
        ServiceAccountController,
    )
    channel = Router(
        "/api/channels/{channel:str}",
        route_handlers=[*of_both, SubchannelsController],
        dependencies={"key": Provide(key_of_channel, sync_to_thread=False)},
    )
    subchannel = Router(
        "/api/channels/{channel:str}/subchannels/{subchannel:str}",
        route_handlers=of_both,
        dependencies={"key": Provide(key_of_subchannel, sync_to_thread=False)},
    )
    guarded = Router(
        "/",
        route_handlers=[
            ChannelsController,
            channel,
            subchannel,
            ShortArtifactsController,
            AllArtifactsController,
            AllMirrorsController,
            SourceChecksController,
            MirrorPreviewsController,
            PoliciesController,
            PolicyPreviewController,
            CvesController,
            ReportsController,
            AuditController,
            AllowedController,
            AccountController,
            OwnTokensController,
            AllServiceAccountsController,
            DeadLettersController,
            LiveController,
            HealthController,
            UpkeepController,
            SystemSettingsController,
            UsersController,
            RolesController,
            GroupsController,
        ],
        guards=[access_guard(ports)],
        request_max_body_size=MAX_BODY_BYTES,
    )
    opened = Router(
        "/",
        route_handlers=[
            SystemController,
            DocsController,
            PolicySchemaController,
            AuthController,
            OidcController,
            WebController,
        ],
        request_max_body_size=MAX_BODY_BYTES,
    )
    return (opened, guarded)
