"""An OpenID provider in a process of its own: Authlib's server, with tokens in Keycloak's shape.

What a person does in a browser there is done by `/control`: sign-ins need no form, `ann` is signed in
unless a request says `login_hint`. `/control/rotate` takes another key, `/control/devices` lets a device in.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

REALM = "/realms/tain"
SECRET = "the-secret-of-tain"
BUILDER_SECRET = "the-secret-of-builder"
LIVES_S = 300


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the provider knows."""

    sub: str
    name: str
    password: str | None = None
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


PEOPLE = {
    "ann": Person(sub="sub-of-ann", name="ann", password="ann's password", groups=("/team",)),
    "boss": Person(sub="sub-of-boss", name="boss", password="boss' password", roles=("admin",)),
}
BUILDER = Person(sub="sub-of-builder", name="service-account-builder", roles=("author",))


class Client(msgspec.Struct, ClientMixin, frozen=True, kw_only=True):  # type: ignore[misc]
    """A client of the provider; a public one has no secret."""

    client_id: str
    secret: str | None = None
    redirects: tuple[str, ...] = ()
    grants: tuple[str, ...]

    def get_client_id(self) -> str:
        """Return its id; see Authlib."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return none: the request must name it."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return what was asked for."""
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether it is one of its own; any port of this machine for `http://localhost/`."""
        is_local = "http://localhost/" in self.redirects and redirect_uri.startswith("http://localhost:")
        return is_local or redirect_uri in self.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether it is the client's."""
        return self.secret is not None and secrets.compare_digest(self.secret, client_secret)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Public clients prove nothing, others must."""
        return (method == "none") == (self.secret is None)

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether codes are asked for."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the client may do this."""
        return grant_type in self.grants


class Code(msgspec.Struct, kw_only=True):
    """A code that was given out."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    person: Person
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int

    def get_redirect_uri(self) -> str:
        """Return where it was sent; see Authlib."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return what it stands for."""
        return self.scope

    def get_nonce(self) -> str | None:
        """Return the question's nonce."""
        return self.nonce

    def get_auth_time(self) -> int:
        """Return when somebody signed in."""
        return self.auth_time

    def get_acr(self) -> None:
        """Return how; not said."""

    def get_amr(self) -> None:
        """Return by what; not said."""


class Refresh(msgspec.Struct, kw_only=True):
    """A refresh token that was given out."""

    client: Client
    person: Person
    scope: str

    def check_client(self, client: Client) -> bool:
        """Tell whether it is the client's; see Authlib."""
        return client.client_id == self.client.client_id

    def get_scope(self) -> str:
        """Return what it stands for."""
        return self.scope


class World:
    """Everything that the provider holds; `keys` are published, the last one signs."""

    def __init__(self, issuer: str, *, redirect_uri: str) -> None:
        self.issuer = issuer
        self.keys = [self.new_key()]
        self.codes: dict[str, Code] = {}
        self.refreshes: dict[str, Refresh] = {}
        self.devices: dict[str, Any] = {}
        self.let_in: dict[str, tuple[Person, bool]] = {}
        device = DeviceCodeGrant.GRANT_TYPE
        self.clients = {
            client.client_id: client
            for client in (
                Client(
                    client_id="tain",
                    secret=SECRET,
                    redirects=(redirect_uri,),
                    grants=("authorization_code", "refresh_token", "password"),
                ),
                Client(
                    client_id="repo-service-cli",
                    redirects=("http://localhost/",),
                    grants=("authorization_code", "refresh_token", device),
                ),
                Client(client_id="builder", secret=BUILDER_SECRET, grants=("client_credentials",)),
                Client(client_id="other", secret="o", grants=("client_credentials",)),
            )
        }

    def new_key(self) -> RSAKey:
        """Return another key."""
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})

    def access_token(self, client: Client, grant_type: str, user: Person | None, scope: str) -> str:
        """Return a token as Keycloak writes one; called by Authlib."""
        person = user or (BUILDER if client.client_id == "builder" else Person(sub=client.client_id, name="other"))
        now = int(time.time())
        claims: dict[str, Any] = {
            "exp": now + LIVES_S,
            "iat": now,
            "jti": secrets.token_hex(8),
            "iss": self.issuer,
            "aud": ["tain", "account"] if client.client_id == "builder" else "account",
            "sub": person.sub,
            "typ": "Bearer",
            "azp": client.client_id,
            "realm_access": {"roles": ["default-roles-tain", "offline_access", *person.roles]},
            "resource_access": {"account": {"roles": ["view-profile"]}},
            "scope": scope,
            "preferred_username": person.name,
            "groups": list(person.groups),
        }
        if grant_type == "client_credentials":
            claims["client_id"] = client.client_id
        else:
            claims["auth_time"] = now
        key = self.keys[-1]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


class _CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
    world: World

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        self.world.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.payload.scope,
            nonce=data.get("nonce"),
            person=request.user,
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            auth_time=int(time.time()),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        held = self.world.codes.get(code)
        return held if held is not None and held.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.world.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> Person:
        return authorization_code.person


class _PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]
    def authenticate_user(self, username: str, password: str) -> Person:
        person = PEOPLE.get(username)
        if person is None or person.password != password:
            raise InvalidGrantError  # RFC 6749 section 5.2, and what Keycloak says
        return person


class _RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
    INCLUDE_NEW_REFRESH_TOKEN = True
    world: World

    def authenticate_refresh_token(self, refresh_token: str) -> Refresh | None:
        return self.world.refreshes.pop(refresh_token, None)

    def authenticate_user(self, refresh_token: Refresh) -> Person:
        return refresh_token.person

    def revoke_old_credential(self, refresh_token: Refresh) -> None:
        """It was taken out when it was shown."""


class _DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    world: World

    def query_device_credential(self, device_code: str) -> Any:
        return self.world.devices.get(device_code)

    def query_user_grant(self, user_code: str) -> tuple[Person, bool] | None:
        return self.world.let_in.get(user_code)

    def should_slow_down(self, _credential: Any) -> bool:
        return False


class _DeviceEndpoint(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    INTERVAL = 1
    world: World

    def get_verification_uri(self) -> str:
        return f"{self.world.issuer}/device"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        held = DeviceCredentialDict(client_id=client_id, scope=scope, **data)
        self.world.devices[data["device_code"]] = held


class _IdTokens(OpenIDCode):  # type: ignore[misc]
    world: World

    def exists_nonce(self, nonce: str, _request: Any) -> bool:
        return any(code.nonce == nonce for code in self.world.codes.values())

    def resolve_client_private_key(self, _client: Client) -> Any:
        return self.world.keys[-1]

    def get_encode_header(self, _client: Client) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self.world.keys[-1].kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": self.world.issuer, "aud": client.client_id, "azp": client.client_id, "typ": "ID"}

    def generate_user_info(self, user: Person, _scope: str) -> dict[str, Any]:
        return {"sub": user.sub, "preferred_username": user.name, "email": f"{user.name}@example.org"}


class _Issuer(IssuerParameter):  # type: ignore[misc]
    world: World

    def get_issuer(self) -> str:
        return self.world.issuer


def make_provider(world: World) -> Flask:
    """Return the provider as a web application."""
    app = Flask(__name__)
    app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = world.access_token
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = lambda **_: secrets.token_urlsafe(32)
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = dict.fromkeys(
        ("authorization_code", "password", "client_credentials", "refresh_token", DeviceCodeGrant.GRANT_TYPE), LIVES_S
    )

    def save_token(token: dict[str, Any], asked: Any) -> None:
        if "refresh_token" in token:
            world.refreshes[token["refresh_token"]] = Refresh(
                client=asked.client, person=asked.user, scope=token.get("scope", "")
            )

    for part in (_CodeGrant, _RefreshGrant, _DeviceGrant, _DeviceEndpoint, _IdTokens, _Issuer):
        part.world = world
    server = AuthorizationServer(app, query_client=world.clients.get, save_token=save_token)
    server.register_grant(_CodeGrant, [CodeChallenge(required=False), _IdTokens(require_nonce=False)])
    server.register_grant(_PasswordGrant)
    server.register_grant(_RefreshGrant)
    server.register_grant(_DeviceGrant)
    server.register_grant(grants.ClientCredentialsGrant)
    server.register_endpoint(_DeviceEndpoint)
    server.register_extension(_Issuer())
    _route_protocol(app, server, world)
    _route_control(app, world)
    return app


def _route_protocol(app: Flask, server: AuthorizationServer, world: World) -> None:
    endpoints = f"{REALM}/protocol/openid-connect"
    base = world.issuer.removesuffix(REALM) + endpoints

    @app.get(f"{REALM}/.well-known/openid-configuration")
    def document() -> Response:
        return jsonify(
            issuer=world.issuer,
            authorization_endpoint=f"{base}/auth",
            token_endpoint=f"{base}/token",
            device_authorization_endpoint=f"{base}/auth/device",
            jwks_uri=f"{base}/certs",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code", "refresh_token", "password", "client_credentials"],
            token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
            code_challenge_methods_supported=["S256"],
            authorization_response_iss_parameter_supported=True,
        )

    @app.get(f"{endpoints}/certs")
    def certs() -> Response:
        return jsonify(keys=[key.as_dict(private=False) for key in world.keys])

    @app.get(f"{endpoints}/auth")
    def authorize() -> Any:
        person = PEOPLE[request.args.get("login_hint", "ann")]
        grant = server.get_consent_grant(end_user=person)
        return server.create_authorization_response(grant=grant, grant_user=person)

    @app.post(f"{endpoints}/token")
    def token() -> Any:
        return server.create_token_response()

    @app.post(f"{endpoints}/auth/device")
    def device() -> Any:
        return server.create_endpoint_response(_DeviceEndpoint.ENDPOINT_NAME)


def _route_control(app: Flask, world: World) -> None:
    @app.post("/control/rotate")
    def rotate() -> Response:
        world.keys = [world.new_key()]
        return jsonify(kid=world.keys[-1].kid)

    @app.post("/control/devices/<user_code>")
    def devices(user_code: str) -> Response:
        told = request.get_json()
        world.let_in[user_code] = (PEOPLE[told["name"]], told["is_let_in"])
        return jsonify()


class RunningProvider(msgspec.Struct, frozen=True):
    """A provider in a process of its own."""

    issuer: str
    process: "subprocess.Popen[bytes]"

    def endpoint(self, name: str) -> str:
        """Return an address that its document names."""
        return str(httpx.get(f"{self.issuer}/.well-known/openid-configuration").json()[name])

    def control(self, path: str, **body: object) -> None:
        """Do what a person or an administrator does there."""
        httpx.post(f"{self.issuer.removesuffix(REALM)}/control/{path}", json=body).raise_for_status()

    def end(self) -> None:
        """Be away."""
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def running_provider(*, redirect_uri: str) -> Iterator[RunningProvider]:
    """Run a provider while the block runs; `redirect_uri` is that of its client `tain`."""
    command = [sys.executable, "-m", "tests.support.oidc_provider", redirect_uri]
    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        if process.stdout is None:
            raise RuntimeError("the provider has no output to read its address from")
        try:
            yield RunningProvider(json.loads(process.stdout.readline()), process)
        finally:
            process.terminate()


def _serve(redirect_uri: str) -> None:
    server = make_server("127.0.0.1", 0, Flask(__name__), threaded=True)
    issuer = f"http://127.0.0.1:{server.server_port}{REALM}"
    server.app = make_provider(World(issuer, redirect_uri=redirect_uri))
    sys.stdout.write(json.dumps(issuer) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1])
