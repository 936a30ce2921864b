"""Settings -> adapters -> the running application; the only file of the api that names adapters."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from litestar import Litestar
from nats.aio.client import Client

from libs.common.adapters.blobs.open import open_blob_store
from libs.common.adapters.mongo.connect import connect
from libs.common.adapters.mongo.records import MongoRecords
from libs.common.adapters.nats.bus import NatsBus
from libs.common.adapters.nats.dead_letters import NatsDeadLetters
from libs.common.adapters.nats.flags import NatsLeases
from libs.common.adapters.nats.news import NatsNews
from libs.common.adapters.nats.vital_signs import NatsVitalSigns
from libs.common.adapters.oidc.open import open_provider
from libs.common.adapters.seal import JweSeal, load_key
from libs.common.adapters.upstream.http import Retries
from libs.common.adapters.upstream.open import open_upstream
from libs.common.domain.errors import InvalidInput
from libs.common.ecosystems.registry import ecosystems
from libs.common.ports.blobs import BlobStore
from libs.common.ports.outbox import Outbox
from libs.common.runtime.clock import RandomIds, SystemClock
from libs.common.runtime.health import SERVICES, who_is_up
from libs.common.runtime.service import Service, Wiring, running
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from services.api.access import Access
from services.api.artifacts.work_bulk_jobs import keep_working
from services.api.live.live import keep_telling
from services.api.oidc.know_user import UserPorts
from services.api.oidc.make_oidc import make_oidc
from services.api.oidc.settings import read_oidc_settings
from services.api.ports import Ports, Probe
from services.api.say_unsaid import keep_saying
from services.api.serving.routes import serving_routes
from services.api.serving.serving import Serving
from services.api.settings import Settings
from services.api.signing_in.first_administrator import make_first_administrator, read_password
from services.api.signing_in.jwts import Jwts
from services.api.signing_in.passwords import Passwords
from services.api.signing_in.rules import SignInRules
from services.api.web_app import make_web_app

END_STREAMS = "end_streams"
"""Where the application's state has what ends the streams that would go on for ever."""

_MIN_TOKEN_CHARACTERS = 16
_ANSWER_WITHIN_S = 8.0
"""A person or a package client that waits is better told to come back."""
_REST_PATIENCE_S = 2.0
"""A client is told to come again rather than kept waiting while a source wants to be left alone."""

_BULK_JOBS_AT_ONCE = 3
"""So that a long one does not hold up the short ones."""


@asynccontextmanager
async def create_app(settings: Settings) -> AsyncIterator[Litestar]:
    """Connect, and yield the application; all is closed in order at the end.

    Raises:
        InvalidInput: for settings that can't be used, naming them.
        StoreUnavailable: when NATS does not answer at the start.
    """
    admin_token, admin_password = read_admin_token(settings), read_password(settings.admin_password_file)
    key = load_key(settings.secret_key_file)
    seal = JweSeal(key)
    by_oidc = read_oidc_settings(settings, public_url=settings.public_url) if settings.auth == "oidc" else None
    made: list[Litestar] = []

    async def wire(nc: Client, bus: NatsBus, stack: AsyncExitStack) -> Wiring:
        patient = MongoRecords(connect(settings.mongo_url, secrets=settings))
        stack.push_async_callback(patient.close)
        await patient.prepare()
        records = MongoRecords(connect(settings.mongo_url, secrets=settings, answer_within_s=_ANSWER_WITHIN_S))
        stack.push_async_callback(records.close)
        clock, ids = SystemClock(), RandomIds()
        oidc = None
        if by_oidc is not None:
            oidc = make_oidc(
                await stack.enter_async_context(
                    open_provider(
                        settings,
                        issuer=by_oidc.issuer,
                        client_id=by_oidc.client_id,
                        client_secret=by_oidc.client_secret,
                        allows_http=by_oidc.allows_http,
                    )
                ),
                settings=by_oidc,
                seal=seal,
                users=UserPorts(records.users, bus, clock, ids),
                attempts=records.sign_in_attempts,
                ports=lambda: ports,
            )
        access = Access(
            admin_token,
            people=records,
            jwts=Jwts(key),
            clock=clock,
            public_url=settings.public_url,
            by_provider=oidc is not None,
            verifiers=() if oidc is None else (oidc.bearers,),
        )
        passwords = Passwords()
        if settings.auth == "local":
            await make_first_administrator(
                admin_password, users=records.users, passwords=passwords, clock=clock, ids=ids
            )
        blobs = open_blob_store(settings.blobs_url)
        upstream = await stack.enter_async_context(open_upstream(settings, patience_s=_REST_PATIENCE_S))
        sources = await stack.enter_async_context(
            open_upstream(settings, patience_s=_REST_PATIENCE_S, retries=Retries(attempts=1))
        )
        serving = Serving(
            records=records,
            blobs=blobs,
            upstream=upstream,
            seal=seal,
            access=access,
            bus=bus,
            leases=NatsLeases(nc.jetstream()),
            clock=clock,
            ids=ids,
            ecosystems=ecosystems(),
            keeping=AdvisoryPorts(
                advisories=records.advisories,
                curations=records.curations,
                books=records.advisory_books,
                blobs=blobs,
                bus=bus,
                clock=clock,
            ),
        )
        await serving.start()
        stack.push_async_callback(serving.stop)
        ports = Ports(
            records=records,
            blobs=blobs,
            bus=bus,
            seal=seal,
            clock=clock,
            ids=ids,
            access=access,
            dead_letters=NatsDeadLetters(nc.jetstream()),
            probes={"mongodb": _probe_mongodb(records), "nats": _probe_services(nc), "blobs": _probe_blobs(blobs)},
            packages=serving.packages,
            sources=sources,
            signs=NatsVitalSigns(nc, blobs_url=settings.blobs_url),
            file_sources=settings.file_sources,
            import_limit_bytes=settings.import_limit_mb * 1024 * 1024,
            sign_in_rules=SignInRules(
                mode=settings.auth,
                session_days=settings.session_days,
                token_max_days=settings.token_max_days,
                channel_service_accounts=settings.channel_service_accounts,
            ),
            passwords=passwords,
            elsewhere=None if oidc is None else oidc.elsewhere,
            oidc=None if oidc is None else oidc.browser,
            upload_limit_bytes=settings.upload_limit_mb * 1024 * 1024,
        )
        made.append(make_web_app(ports, serving=serving_routes(serving), public_url=settings.public_url))
        made[0].state[END_STREAMS] = ports.live.end
        outboxes: tuple[Outbox, ...] = (records.channels, records.mirrors, records.policies, records.settings)
        outboxes = (*outboxes, records.uploads, records.removals)
        outboxes = (*outboxes, records.users, records.groups, records.roles, records.access_tokens)
        outboxes = (*outboxes, records.sign_in_attempts)
        return Wiring(
            background=(
                partial(keep_saying, outboxes, bus=bus, clock=clock),
                partial(keep_telling, ports.live, NatsNews(nc)),
                *(partial(keep_working, ports, owner=ids.new()) for _ in range(_BULK_JOBS_AT_ONCE)),
            )
        )

    async with running(Service(name="api", nats_url=settings.nats_url, secrets=settings, wire=wire)):
        yield made[0]


def read_admin_token(settings: Settings) -> str:
    """Read the administrator's token.

    Raises:
        InvalidInput: when the file can't be read, or holds what could be guessed.
    """
    try:
        token = settings.admin_token_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(
            "the administrator's token can't be read; check TAIN_ADMIN_TOKEN_FILE", field="admin_token_file"
        ) from exc
    if len(token) < _MIN_TOKEN_CHARACTERS:
        raise InvalidInput(
            f"the administrator's token must have at least {_MIN_TOKEN_CHARACTERS} characters; "
            "write a longer one to the file that TAIN_ADMIN_TOKEN_FILE names",
            field="admin_token_file",
        )
    return token


def _probe_mongodb(records: MongoRecords) -> Probe:
    async def probe() -> frozenset[str]:
        await records.ping()
        return frozenset()

    return probe


def _probe_blobs(blobs: BlobStore) -> Probe:
    async def probe() -> frozenset[str]:
        await blobs.ping()
        return frozenset()

    return probe


def _probe_services(nc: Client) -> Probe:
    async def probe() -> frozenset[str]:
        if not nc.is_connected:
            return frozenset({"nats"})
        return SERVICES - await who_is_up(nc)

    return probe
