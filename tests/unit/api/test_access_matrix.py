"""Every route of the application, asked by everybody, about every kind of channel.

The routes are those of the application itself: one that is added is asked as well. What each
answers is held against rules that are written here anew, and against `decide_access`.
"""

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec
import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from libs.common.adapters.memory.channels import MemoryChannels
from libs.common.domain.access.actions import NEEDS, SCOPES, Action
from libs.common.domain.access.decide_access import Verdict, decide_access
from libs.common.domain.access.identity import ANONYMOUS, Identity
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import ADMIN
from libs.common.domain.channel import Channel, ChannelKey, Privacy
from services.api.routes.checked import checked
from tests.support.identities import a_stranger, an_identity, by_resources, by_scopes, with_levels
from tests.support.people import a_user
from tests.support.records import a_channel
from tests.unit.api.gate import Answer, Gate

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PASSED, SIGN_IN, FORBIDDEN, HIDDEN = "passed", "401", "403", "404"
OF_VERDICT = {
    Verdict.ALLOWED: PASSED,
    Verdict.SIGN_IN: SIGN_IN,
    Verdict.FORBIDDEN: FORBIDDEN,
    Verdict.HIDDEN: HIDDEN,
}
GROUPS = {"readers": Level.READ, "writers": Level.WRITE, "managers": Level.MANAGE}
MIRRORS = (Category.CHANNEL_MIRROR, Category.SUBCHANNEL_MIRROR)
OPEN = re.compile(r"/($|ui($|/)|api/(system|docs|docs/.*|policies/schema\.json|auth/.*)$|readyz$|livez$|auth/realms/)")
"""What answers before it is known who asks; it tells of no channel and changes none."""


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, and what the rules below know of them: standing on the channels, and level on mirrors."""

    name: str
    identity: Identity
    standing: Level = Level.NONE
    mirrors: Level = Level.NONE
    is_author: bool = True
    is_admin: bool = False
    is_narrow: bool = False


def askers() -> Iterator[Asker]:
    """Yield everybody."""
    yield Asker(name="anonymous", identity=ANONYMOUS, is_author=False)
    yield Asker(name="stranger", identity=a_stranger(), is_author=False)
    yield Asker(name="another author", identity=an_identity("bob"))
    for level in Level:
        owner = with_levels(an_identity("ann"), dict.fromkeys(MIRRORS, level))
        yield Asker(name=f"owner, mirrors {level}", identity=owner, standing=Level.MANAGE, mirrors=level)
    for group, standing in GROUPS.items():
        member = an_identity("may", groups=frozenset({group}))
        for level in Level:
            name, more = f"one of {group}, mirrors {level}", with_levels(member, dict.fromkeys(MIRRORS, level))
            yield Asker(name=name, identity=more, standing=standing, mirrors=level)
    root = an_identity("root", ADMIN)
    yield Asker(name="admin", identity=root, standing=Level.MANAGE, mirrors=Level.MANAGE, is_admin=True)
    tokens = {"all scopes": by_scopes(root, *SCOPES), "one scope": by_scopes(root, "channel:view")}
    for key in KEYS:
        for level in (Level.READ, Level.WRITE, Level.MANAGE):
            tokens[f"{key}, {level}"] = by_resources(root, {key: level})
    for name, token in tokens.items():
        yield Asker(
            name=f"admin's token of {name}",
            identity=token,
            standing=Level.MANAGE,
            mirrors=Level.MANAGE,
            is_narrow=True,
        )
    machine = an_identity("service-account-channel-public", serves=ChannelKey("public"))
    yield Asker(name="service account", identity=machine, is_narrow=True)


KEYS = [*Privacy, *(f"public/{privacy}" for privacy in Privacy)]
CHANNELS = {
    key: a_channel(key, privacy=Privacy(key.rpartition("/")[2]), owners=("ann",), groups=GROUPS) for key in KEYS
}


class StillChannels(MemoryChannels):
    """Channels that stay as they are, whoever may change them."""

    def __init__(self) -> None:
        super().__init__()
        self._channels = {channel.key: channel for channel in CHANNELS.values()}

    async def update(self, key: ChannelKey, *_: object, **__: object) -> Channel | None:
        """Change nothing."""
        return self._channels[key]

    async def delete(self, key: ChannelKey, **_: object) -> Channel | None:
        """Remove nothing."""
        return self._channels[key]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one address; `address` has what stands for the channel."""

    method: str
    address: str
    needs: Action | None
    also: Action | None = None

    @property
    def is_of_channel(self) -> bool:
        """Tell whether the address names a channel."""
        return "{channel}" in self.address

    def at(self, key: str) -> str:
        """Return the address for a channel or subchannel."""
        channel, _, subchannel = key.partition("/")
        path = self.address.replace("{channel}", channel).replace("{subchannel}", subchannel)
        return re.sub(r"\{[^}]*\}", "1", path)


def routes_of(app: Litestar) -> Iterator[Route]:
    """Yield every route that the application has, but what package clients read and the document."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(("/api/repo/", "/t/", "/api/docs/openapi.json")):
            continue
        address = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield Route(
                    method=str(method), address=address, needs=handler.opt["needs"], also=handler.opt.get("also")
                )


def outcome_of(answer: Answer) -> str:
    """Tell whether a request got past the guard; what came of it then is not this test's."""
    if answer.status in (401, 403):
        return str(answer.status)
    is_hidden = answer.status == 404 and b"there is no such channel" in answer.body
    return HIDDEN if is_hidden else PASSED


def expected(identity: Identity, route: Route, channel: Channel | None) -> str:
    """Return what the one table says of a route."""
    if route.needs is None:
        return PASSED
    found = OF_VERDICT[decide_access(identity, route.needs, channel)]
    if found is PASSED and route.also is not None:
        return OF_VERDICT[decide_access(identity, route.also)]
    return found


class Seen(msgspec.Struct, frozen=True):
    """What somebody got of a route."""

    who: Asker
    route: Route
    channel: Channel | None
    found: str


RULES: Mapping[str, Callable[[Seen], bool]] = {
    "who shows nothing changes nothing": lambda it: (
        it.who.identity.is_signed_in or it.route.method not in UNSAFE or it.found == SIGN_IN
    ),
    "who shows nothing reads public channels alone": lambda it: (
        it.who.identity.is_signed_in
        or it.channel is None
        or it.channel.privacy is Privacy.PUBLIC
        or it.found == SIGN_IN
    ),
    "a private it.channel is not there for strangers": lambda it: (
        not it.who.identity.is_signed_in
        or it.who.is_narrow
        or it.channel is None
        or it.channel.privacy is not Privacy.PRIVATE
        or it.who.standing is not Level.NONE
        or it.found == HIDDEN
    ),
    "a channel that one sees is never said not to be there": lambda it: (
        it.channel is None or it.found != HIDDEN or it.channel.privacy is Privacy.PRIVATE
    ),
    "only write and manage on mirrors create and manage them": lambda it: (
        "/mirrors" not in it.route.address
        or it.route.method not in UNSAFE
        or it.found != PASSED
        or it.who.mirrors in (Level.WRITE, Level.MANAGE)
    ),
    "mirrors are managed where one may write, and nowhere else": lambda it: (
        it.channel is None
        or "/mirrors" not in it.route.address
        or it.route.method not in UNSAFE
        or it.found != PASSED
        or it.who.standing in (Level.WRITE, Level.MANAGE)
    ),
    "the page of all mirrors takes manage": lambda it: (
        it.route.address != "/api/mirrors"
        or it.who.is_narrow
        or (it.found == PASSED) is (it.who.mirrors is Level.MANAGE)
    ),
    "channels are made by authors": lambda it: (
        (it.route.method, it.route.address) != ("POST", "/api/channels")
        or it.who.is_narrow
        or (it.found == PASSED) is (it.who.is_author or it.who.is_admin)
    ),
    "subchannels are made by who manages the channel": lambda it: (
        it.channel is None
        or not it.route.address.endswith("/subchannels")
        or it.route.method != "POST"
        or it.who.is_narrow
        or (it.found == PASSED) is (it.who.standing is Level.MANAGE)
    ),
    "a it.channel is edited and deleted by who manages it": lambda it: (
        it.channel is None
        or not re.fullmatch(r"/api/channels/\{channel\}(/subchannels/\{subchannel\})?", it.route.address)
        or it.route.method not in UNSAFE
        or it.who.is_narrow
        or (it.found == PASSED) is (it.who.standing is Level.MANAGE)
    ),
    "packages are put in by who may write": lambda it: (
        it.channel is None
        or not it.route.address.endswith("/artifacts")
        or it.route.method != "POST"
        or it.who.is_narrow
        or (it.found == PASSED) is (it.who.standing in (Level.WRITE, Level.MANAGE))
    ),
    "users, roles, groups, policies, CVEs and the system are the administrator's": lambda it: (
        not re.match(r"/api/(users|roles|groups|policies|cves|system|history|service-accounts)", it.route.address)
        or OPEN.match(it.route.address) is not None
        or it.who.is_admin
        or it.who.is_narrow
        or it.found != PASSED
    ),
    "the administrator may do everything": lambda it: (
        not it.who.is_admin or it.found == PASSED or it.route.address == "/api/account/password"
    ),
    "a token of some channels does nothing elsewhere": lambda it: (
        it.who.identity.limits is None
        or it.who.identity.limits.resources is None
        or it.found != PASSED
        or it.route.method not in UNSAFE
        or (it.channel is not None and it.channel.key in it.who.identity.limits.resources)
        or it.route.needs in (None, Action.ACCOUNT_VIEW)
        # What is to be copied, moved and deleted stands in the body.
        or it.route.address.endswith("/artifacts/bulk")
    ),
    "tokens make no tokens and change no password": lambda it: (
        not re.match(r"/api/account/(tokens|password)", it.route.address)
        or not it.who.is_narrow
        or it.who.identity.limits is None
        or it.found == FORBIDDEN
    ),
}
"""What must hold whatever the table says, from rest-api.md sections 6 and 7 and behaviour.md section 2."""


@pytest.fixture(scope="module")
def everybody() -> list[Asker]:
    """Return all who ask."""
    return list(askers())


async def test_every_route_lets_in_whom_it_should(everybody: list[Asker]) -> None:
    """And tells the others what they may know: nothing at all, or that it takes more."""
    gate = Gate({who.name: who.identity for who in everybody}, channels=StillChannels())
    for name in {who.identity.name for who in everybody} - {None}:
        await gate.records.users.add(a_user(str(name)))
    asked = 0
    for route in routes_of(gate.app):
        if OPEN.match(route.address):
            assert route.needs is None
            continue
        at = [CHANNELS[key] for key in KEYS if ("/" in key) is ("{subchannel}" in route.address)]
        for channel in at if route.is_of_channel else [None]:
            address = route.at(channel.key if channel is not None else "")
            for who in everybody:
                by = who.name if who.identity.is_signed_in else None
                found = outcome_of(await gate.ask(route.method, address, by=by))
                asked += 1

                told = (who.name, route.method, address)
                assert found == expected(who.identity, route, channel), told
                for name, holds in RULES.items():
                    assert holds(Seen(who, route, channel, found)), (name, *told)
    assert asked > 5_000


async def test_the_rules_are_about_something(everybody: list[Asker]) -> None:
    """Each is broken by the opposite of what is right somewhere, so none is passed over by a wrong address."""
    gate = Gate({}, channels=StillChannels())
    broken: set[str] = set()
    for route in routes_of(gate.app):
        at = [CHANNELS[key] for key in KEYS if ("/" in key) is ("{subchannel}" in route.address)]
        for channel in at if route.is_of_channel else [None]:
            for who in everybody:
                for found in (PASSED, SIGN_IN, FORBIDDEN, HIDDEN):
                    broken |= {name for name, holds in RULES.items() if not holds(Seen(who, route, channel, found))}

    assert broken == RULES.keys()


@get("/api/new", sync_to_thread=False)
def _says_nothing() -> str:
    return ""


@get("/api/new", sync_to_thread=False, needs=Action.CHANNEL_CREATE)
def _is_not_guarded() -> str:
    return ""


@get("/api/new", sync_to_thread=False, needs=Action.CHANNEL_VIEW)
def _names_no_channel() -> str:
    return ""


@pytest.mark.parametrize("handler", [_says_nothing, _is_not_guarded, _names_no_channel], ids=lambda it: it.fn.__name__)
def test_an_application_with_a_route_that_is_open_by_mistake_does_not_start(handler: HTTPRouteHandler) -> None:
    """Whoever forgets it sees it at once."""
    with pytest.raises(RuntimeError, match="GET /api/new"):
        checked(Litestar([handler], openapi_config=None))


def test_every_action_is_taken_somewhere() -> None:
    """What is in the table means something; the last two are asked for by what package clients send."""
    gate = Gate({}, channels=StillChannels())
    taken = {action for route in routes_of(gate.app) for action in (route.needs, route.also)}

    assert set(NEEDS) - taken == {Action.ARTIFACT_DOWNLOAD, Action.ARTIFACT_EDIT}
