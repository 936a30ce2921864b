"""Signing in at an OpenID provider, by REST: access tokens, browsers, passwords."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from libs.common.adapters.oidc.http import Credentials, ProviderHttp
from libs.common.adapters.oidc.provider import HttpOidcProvider
from libs.common.contracts.access_messages import UserChanged, UserSignedIn
from libs.common.domain.access.people import UserKind
from services.api.access import Access
from services.api.oidc.environment import OidcEnvironment
from services.api.oidc.know_user import UserPorts
from services.api.oidc.make_oidc import make_oidc
from services.api.oidc.settings import read_oidc_settings
from tests.support.oidc_tokens import (
    CLIENT,
    ISSUER,
    NOW,
    OTHER_RSA,
    SUBJECT,
    MadeUpProvider,
    access_claims,
    document,
    id_claims,
    service_claims,
    signed,
)
from tests.support.people import a_group, a_role, a_user
from tests.unit.api.harness import SEAL, TOKEN, Api

OURS = "http://testserver.local"


class Site:
    """The API in OIDC mode, and the provider behind it."""

    def __init__(self, api: Api, **changes: object) -> None:
        self.api = api
        self.there = MadeUpProvider()
        environment = OidcEnvironment(**{"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, **changes})  # type: ignore[arg-type]
        settings = read_oidc_settings(environment, public_url=OURS)
        ports = api.ports
        oidc = make_oidc(
            HttpOidcProvider(ISSUER, http=ProviderHttp(transport=self.there), who=Credentials(CLIENT)),
            settings=settings,
            seal=SEAL,
            users=UserPorts(ports.users, ports.bus, ports.clock, ports.ids),
            attempts=ports.sign_in_attempts,
            ports=lambda: ports,
        )
        ports.elsewhere, ports.oidc = oidc.elsewhere, oidc.browser
        ports.access = Access(
            TOKEN,
            people=api.records,
            jwts=ports.access.jwts,
            clock=ports.clock,
            kept_s=0,
            verifiers=(oidc.bearers,),
            by_provider=True,
            public_url=OURS,
        )
        # Who signs in is the same `Access` that the sign-ins of the harness belong to.
        ports.identities = ports.access.identities or ports.identities

    async def get(self, path: str, *, token: str | None = None, cookies: dict[str, str] | None = None) -> Any:
        """Ask as nobody, or as who holds a bearer token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return await self.api.client.get(path, headers=headers, follow_redirects=False)

    async def account(self, **claims: object) -> Any:
        """Show who holds an access token of these claims."""
        return await self.get("/api/account", token=signed(access_claims(**claims)))

    async def depart(self, query: str = "") -> tuple[dict[str, str], dict[str, str]]:
        """Begin a sign-in with a browser: what the provider was asked, and the cookies that go back to us."""
        first = await self.get(f"/api/auth/authorize{query}")
        second = await self.get(first.headers["location"])
        asked = {name: values[0] for name, values in parse_qs(urlsplit(second.headers["location"]).query).items()}
        name, _, rest = second.headers["set-cookie"].partition("=")
        self.api.client.cookies.clear()
        return asked, {name: rest.partition(";")[0]}

    def grant(self, asked: dict[str, str], **changes: object) -> None:
        """Let the provider's token endpoint answer what was asked."""
        access = changes.pop("access_token", None) or signed(access_claims())
        claims = id_claims(nonce=asked["nonce"], **changes)
        self.there.grant(access_token=access, id_token=signed(claims), expires_in=300)

    async def come_back(self, cookies: dict[str, str], **query: str) -> Any:
        """Come back from the provider."""
        answer = await self.get(f"/api/auth/callback?{httpx.QueryParams(query)}", cookies=cookies)
        self.api.client.cookies.clear()
        return answer


@pytest.fixture
def site(api: Api) -> Site:
    """Return the API in OIDC mode."""
    return Site(api, oidc_password_grant=True)


async def test_somebody_new_is_made_at_first_sight(site: Site) -> None:
    """By the name that the provider gives them, with its roles and the usual ones; told once."""
    answer = await site.account(realm_access={"roles": ["admin", "offline_access"]})
    again = await site.account(realm_access={"roles": ["admin"]})

    assert answer.status_code == again.status_code == 200
    assert answer.json()["username"] == "ann"
    assert set(answer.json()["roles"]) == {"author", "admin"}
    user = await site.api.records.users.find("ann")
    assert user is not None
    assert (user.issuer, user.subject, user.email, user.password_hash) == (ISSUER, SUBJECT, "ann@example.org", None)
    assert user.roles == ("author",)
    assert user.told_roles == ("admin", "offline_access")
    assert [it.change for it in site.api.said(UserChanged) if isinstance(it, UserChanged)] == ["created"]
    assert [it.way for it in site.api.said(UserSignedIn) if isinstance(it, UserSignedIn)] == ["oidc"]


async def test_roles_of_a_token_are_its_own(site: Site) -> None:
    """Who is an administrator no more at the provider is none here with the next token."""
    await site.account(realm_access={"roles": ["admin"]})

    assert (await site.account(realm_access={"roles": []})).json()["roles"] == ["author"]


async def test_groups_of_a_token_give_their_roles(site: Site) -> None:
    """Groups here are known by the provider's names."""
    await site.api.records.roles.add(a_role("helper"))
    await site.api.records.groups.add(a_group("team/a", roles=("helper",)))

    assert "helper" in (await site.account(groups=["/team/a"])).json()["roles"]


async def test_roles_are_renamed_as_the_operator_says(api: Api) -> None:
    """Keycloak's names need not be ours."""
    site = Site(api, oidc_role_map="tain-admins=admin", oidc_roles_claim="resource_access.tain.roles")

    shown = await site.account(resource_access={"tain": {"roles": ["tain-admins"]}})

    assert set(shown.json()["roles"]) == {"author", "admin"}


async def test_machines_have_only_the_roles_that_they_were_given(site: Site) -> None:
    """The own credentials of a client make a service's user."""
    answer = await site.get("/api/account", token=signed(service_claims()))
    user = await site.api.records.users.find("service-account-builder")

    assert (answer.status_code, answer.json()["roles"]) == (200, [])
    assert user is not None
    assert user.kind is UserKind.SERVICE
    assert user.default_channel is None


async def test_machines_without_a_name_get_their_clients(site: Site) -> None:
    """As the tokens of other providers are."""
    claims = service_claims(preferred_username=None, sub="builder")

    shown = await site.get("/api/account", token=signed(claims))

    assert shown.json()["username"] == "service-account-builder"


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"preferred_username": "bob"}, "belongs to another user"),
        ({"preferred_username": "Ann Example"}, "can't be one here"),
        ({"preferred_username": None}, "TAIN_OIDC_NAME_CLAIM"),
        ({"preferred_username": "admin"}, "the administrator's"),
        ({"preferred_username": "service-account-channel-main"}, "belong to channels"),
    ],
)
async def test_a_name_that_they_can_not_have_is_told_so(site: Site, claims: dict[str, object], words: str) -> None:
    """Nobody becomes somebody else by a name at the provider."""
    await site.api.records.users.add(a_user("bob"))

    answer = await site.account(**claims)

    assert answer.status_code == 403
    assert words in answer.json()["detail"]
    assert len(await site.api.records.users.list()) == 1


async def test_who_is_renamed_at_the_provider_keeps_their_name_here(site: Site) -> None:
    """They are known by issuer and subject; owners and the audit trail hold names."""
    await site.account()

    assert (await site.account(preferred_username="bob")).json()["username"] == "ann"


async def test_who_is_disabled_here_is_refused(site: Site) -> None:
    """Whatever the provider says."""
    await site.account()
    user = await site.api.records.users.find("ann")
    assert user is not None
    await site.api.records.users.update(user.id, {"is_disabled": True})

    answer = await site.account(jti="another")

    assert (answer.status_code, "disabled" in answer.json()["detail"]) == (401, True)


async def test_a_refused_token_is_told_by_its_claim_and_not_repeated(site: Site) -> None:
    """Operators read this in the client's output."""
    token = signed(access_claims(aud="account", azp="other"))

    answer = await site.get("/api/account", token=token)

    assert answer.status_code == 401
    assert "(aud)" in answer.json()["detail"]
    assert token not in answer.text
    assert token.rpartition(".")[2] not in answer.text


async def test_tokens_of_others_do_not_make_us_ask_the_provider(site: Site) -> None:
    """Anybody may send them."""
    token = signed(access_claims(iss="https://evil.example"), key=OTHER_RSA)

    assert (await site.get("/api/account", token=token)).status_code == 401
    assert site.there.asked == []


async def test_a_provider_that_is_away_is_a_503(site: Site) -> None:
    """With the time after which to come again; the administrator's own token still works."""
    site.there.is_away = True

    answer = await site.account()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["code"] == "provider_unavailable"
    assert (await site.api.ask("GET", "/api/account")).status_code == 200


async def test_the_old_client_makes_tokens_that_have_their_owners_roles(site: Site) -> None:
    """rest-api.md section 4.2: it shows the provider's token, and works with what it gets."""
    bearer = {"Authorization": f"Bearer {signed(access_claims(realm_access={'roles': ['admin']}))}"}
    wish = {"name": "repo-cli-token-host", "scopes": ["channel:create"]}
    before = (await site.api.client.get("/api/account/tokens", headers=bearer)).json()
    scopes = (await site.api.client.get("/api/account/scopes", headers=bearer)).json()["scopes"]
    made = await site.api.client.post("/api/account/tokens", json=wish, headers=bearer)

    assert before["items"] == []
    assert "channel:create" in scopes
    assert made.status_code == 200
    shown = await site.api.client.get("/api/account", headers={"X-Auth": made.json()["token"]})
    assert (shown.status_code, shown.json()["username"]) == (200, "ann")
    assert "admin" in shown.json()["roles"]


async def test_a_browser_signs_in(site: Site) -> None:
    """There with state, nonce and PKCE; back with a cookie, and on to the page that was wanted."""
    asked, cookies = await site.depart("?next=/api/docs")
    site.grant(asked, access_token=signed(access_claims(realm_access={"roles": ["admin"]})))
    back = await site.come_back(cookies, state=asked["state"], code="the-code", iss=ISSUER)

    assert asked["redirect_uri"] == f"{OURS}/api/auth/callback"
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert (back.status_code, back.headers["location"]) == (302, "/api/docs")
    assert site.there.forms[0]["code"] == "the-code"
    assert site.there.forms[0]["redirect_uri"] == asked["redirect_uri"]
    set_cookies = back.headers.get_list("set-cookie")
    session = next(it for it in set_cookies if it.startswith("tain_session="))
    assert "HttpOnly" in session
    assert "samesite=lax" in session.lower()
    assert "Max-Age=43200" in session
    assert any(it.startswith("tain_oidc_") and "Max-Age=0" in it for it in set_cookies)
    value = session.partition("=")[2].partition(";")[0]
    shown = await site.get("/api/auth/session", cookies={"tain_session": value})
    assert shown.json()["username"] == "ann"
    assert set(shown.json()["roles"]) == {"author", "admin"}
    assert [it.way for it in site.api.said(UserSignedIn) if isinstance(it, UserSignedIn)] == ["oidc"]


async def test_the_cookie_of_a_sign_in_goes_to_the_callback_alone(site: Site) -> None:
    """And says nothing to who reads it."""
    first = await site.get("/api/auth/authorize")
    second = await site.get(first.headers["location"])
    cookie = second.headers["set-cookie"]
    state = parse_qs(urlsplit(second.headers["location"]).query)["state"][0]

    assert "Path=/api/auth/callback" in cookie
    assert "HttpOnly" in cookie
    assert "Max-Age=600" in cookie
    assert state not in cookie


async def test_an_answer_without_the_browsers_cookie_is_refused(site: Site) -> None:
    """Somebody else's browser can't be signed in as me, nor mine as somebody else."""
    asked, cookies = await site.depart()
    _, others = await site.depart()
    site.grant(asked)
    name = next(iter(cookies))
    for wrong in ({}, others, {name: next(iter(others.values()))}, {name: "no.seal"}, {name: SEAL.seal("{}")}):
        answer = await site.come_back(wrong, state=asked["state"], code="c", iss=ISSUER)

        assert answer.status_code == 400, wrong
        assert answer.json()["field"] == "state"
    assert site.there.forms == []


async def test_who_takes_too_long_begins_again(site: Site) -> None:
    """The browser forgets the cookie by itself; who kept it gets no further."""
    asked, cookies = await site.depart()
    site.grant(asked)
    name, sealed = next(iter(cookies.items()))
    held = msgspec.json.decode(SEAL.unseal(sealed))
    late = SEAL.seal(msgspec.json.encode({**held, "until": NOW}).decode())

    answer = await site.come_back({name: late}, state=asked["state"], code="c", iss=ISSUER)

    assert held["until"] == NOW + 600
    assert (answer.status_code, answer.json()["field"]) == (400, "state")


async def test_a_state_of_the_same_beginning_is_refused(site: Site) -> None:
    """The cookie's name holds a part of it only."""
    asked, cookies = await site.depart()
    site.grant(asked)

    answer = await site.come_back(cookies, state=asked["state"][:-1] + "!", code="c", iss=ISSUER)

    assert answer.status_code == 400


@pytest.mark.parametrize("query", [{"iss": "https://evil.example"}, {}], ids=["another", "none"])
async def test_an_answer_of_another_provider_is_refused(site: Site, query: dict[str, str]) -> None:
    """RFC 9207: ours names itself, so who does not is another."""
    asked, cookies = await site.depart()
    site.grant(asked)

    answer = await site.come_back(cookies, state=asked["state"], code="c", **query)

    assert (answer.status_code, answer.json()["field"]) == (400, "iss")
    assert site.there.forms == []


async def test_a_provider_that_does_not_name_itself_may_leave_it_out(site: Site) -> None:
    """Older ones do not know RFC 9207."""
    site.there.answers["/.well-known/openid-configuration"] = msgspec.json.encode(
        document(authorization_response_iss_parameter_supported=False)
    )
    asked, cookies = await site.depart()
    site.grant(asked)

    assert (await site.come_back(cookies, state=asked["state"], code="c")).status_code == 302


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"sub": "somebody-else"},
        {"exp": NOW - 100},
        {"at_hash": "wrong"},
    ],
    ids=lambda it: next(iter(it)),
)
async def test_tokens_that_do_not_belong_to_the_question_are_refused(site: Site, changes: dict[str, object]) -> None:
    """No cookie is given, and nobody is made."""
    asked, cookies = await site.depart()
    claims = id_claims(**{"nonce": asked["nonce"], **changes})
    site.there.grant(access_token=signed(access_claims()), id_token=signed(claims))

    answer = await site.come_back(cookies, state=asked["state"], code="c", iss=ISSUER)

    assert answer.status_code == 401
    assert "tain_session" not in answer.headers.get("set-cookie", "")
    assert await site.api.records.users.list() == []


async def test_a_code_that_was_used_before_is_told_so(site: Site) -> None:
    """The provider takes it once."""
    asked, cookies = await site.depart()
    site.there.grant(400, error="invalid_grant")

    answer = await site.come_back(cookies, state=asked["state"], code="c", iss=ISSUER)

    assert (answer.status_code, "begin again" in answer.json()["detail"]) == (401, True)


async def test_a_refusal_at_the_provider_is_told_by_its_word(site: Site) -> None:
    """What it says besides may be anything."""
    asked, cookies = await site.depart()
    denied = await site.come_back(cookies, state=asked["state"], error="access_denied", iss=ISSUER)
    odd = await site.come_back(cookies, state=asked["state"], error="<script>", iss=ISSUER)

    assert (denied.status_code, "access_denied" in denied.text) == (401, True)
    assert (odd.status_code, "script" in odd.text) == (401, False)


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example"])
async def test_nobody_is_sent_to_another_server(site: Site, page: str) -> None:
    """Neither at the beginning nor on the way."""
    for path in ("/api/auth/authorize", "/auth/realms/tain/protocol/openid-connect/auth"):
        answer = await site.get(f"{path}?next={page}")

        assert (answer.status_code, answer.json()["field"]) == (400, "next")


async def test_the_old_client_finds_realm_and_provider(site: Site) -> None:
    """rest-api.md section 4.3."""
    first = await site.get("/api/auth/authorize")
    shown = await site.get("/auth/realms/tain/.well-known/openid-configuration")

    assert first.status_code == 302
    assert urlsplit(first.headers["location"]).path.startswith("/auth/realms/tain/")
    assert shown.json() == document()
    assert (await site.get("/auth/realms/other/.well-known/openid-configuration")).status_code == 404


async def test_a_question_of_another_client_is_handed_on_as_it_is(site: Site) -> None:
    """A client may take our address for the provider's; it goes to the provider and nowhere else."""
    query = "client_id=repo-service-cli&redirect_uri=http%3A%2F%2Flocalhost%3A1%2F&response_type=code"

    answer = await site.get(f"/auth/realms/tain/protocol/openid-connect/auth?{query}")

    assert answer.headers["location"] == f"{document()['authorization_endpoint']}?{query}"
    assert "set-cookie" not in answer.headers


async def test_passwords_are_handed_on_where_the_operator_says_so(site: Site) -> None:
    """The old client's way in; the answer has the shape of ours."""
    token = signed(access_claims())
    site.there.grant(access_token=token, refresh_token="r", expires_in=300)

    answer = await site.api.client.post("/api/auth/login", json={"username": "ann", "password": "pw"})

    assert answer.status_code == 200
    assert answer.json() == {"token": token, "refresh_token": "r", "expires_in": 300, "token_type": "Bearer"}
    assert site.there.forms[0] | {"scope": ""} == {
        "grant_type": "password",
        "username": "ann",
        "password": "pw",
        "scope": "",
        "client_id": CLIENT,
    }


async def test_a_wrong_password_is_refused_and_after_some_there_is_a_pause(site: Site) -> None:
    """The provider sees one address alone, ours; the pause is for the name and for who asked."""
    site.there.grant(401, error="invalid_grant")
    login = {"username": "ann", "password": "hunter2"}
    answers = [await site.api.client.post("/api/auth/login", json=login) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) == 30
    assert len(site.there.forms) == 5
    assert not any("hunter2" in answer.text for answer in answers)


@pytest.mark.parametrize("changes", [{}, {"oidc_password_grant": True}], ids=["switched off", "not offered"])
async def test_where_passwords_are_not_taken_the_other_ways_are_told(api: Api, changes: dict[str, object]) -> None:
    """No password leaves this server."""
    site = Site(api, **changes)
    site.there.answers["/.well-known/openid-configuration"] = msgspec.json.encode(
        document(grant_types_supported=["authorization_code"])
    )

    answer = await api.client.post("/api/auth/login", json={"username": "ann", "password": "pw"})

    assert answer.status_code == 400
    assert "tain login" in answer.json()["detail"]
    assert site.there.forms == []


async def test_a_refresh_token_is_handed_on(site: Site) -> None:
    """Good or not, the provider says."""
    site.there.grant(access_token="new", refresh_token="r2", expires_in=60)
    good = await site.api.client.post("/api/auth/refresh", json={"refresh_token": "r"})
    site.there.grant(400, error="invalid_grant")
    bad = await site.api.client.post("/api/auth/refresh", json={"refresh_token": "r"})

    assert (good.status_code, good.json()["refresh_token"]) == (200, "r2")
    assert bad.status_code == 401


async def test_the_command_line_learns_where_it_signs_in(site: Site) -> None:
    """The public client and the device flow's address."""
    shown = (await site.get("/api/auth/methods")).json()

    assert (shown["mode"], shown["password"]) == ("oidc", True)
    assert shown["oidc"]["client_id"] == "repo-service-cli"
    assert shown["oidc"]["device_authorization_endpoint"] == document()["device_authorization_endpoint"]
    assert shown["oidc"]["scopes"] == ["openid", "profile", "email"]


async def test_sign_ins_that_were_ended_here_do_not_come_back_with_their_tokens(site: Site) -> None:
    """An administrator ends all sign-ins of a user; a new one counts again."""
    await site.account()
    user = await site.api.records.users.find("ann")
    assert user is not None
    await site.api.records.users.update(user.id, {"sessions_valid_from": site.api.ports.clock.now()})

    assert (await site.account(jti="old")).status_code == 401
    assert (await site.account(jti="new", auth_time=NOW)).status_code == 200


async def test_in_local_mode_there_is_no_provider(api: Api) -> None:
    """The old client and people are told what to do instead."""
    for path in ("/api/auth/authorize", "/api/auth/callback", "/auth/realms/tain/.well-known/openid-configuration"):
        answer = await api.client.get(path)

        assert answer.status_code == 404
        assert "/api/auth/login" in answer.json()["detail"]
