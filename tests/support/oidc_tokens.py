"""Keys and tokens of a made-up provider, in the shapes that Keycloak gives them."""

import base64
import hmac
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests.support.records import NOON

ISSUER = "https://sso.example.org/realms/tain"
CLIENT = "tain"
CLI = "repo-service-cli"
SUBJECT = "f1c0a5de-0000-4000-8000-000000000001"
NOW = int(NOON.timestamp())

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1", "use": "sig"})


def key_set(*keys: Key) -> bytes:
    """Return the published form of keys."""
    return msgspec.json.encode({"keys": [key.as_dict(private=False) for key in keys]})


def document(**changes: object) -> dict[str, object]:
    """Return what Keycloak says of itself."""
    endpoints = f"{ISSUER}/protocol/openid-connect"
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{endpoints}/auth",
        "token_endpoint": f"{endpoints}/token",
        "device_authorization_endpoint": f"{endpoints}/auth/device",
        "jwks_uri": f"{endpoints}/certs",
        "grant_types_supported": ["authorization_code", "refresh_token", "password", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": True,
        **changes,
    }


def access_claims(**changes: object) -> dict[str, Any]:
    """Return the claims of an access token of a person, as Keycloak 26 writes them; None takes one out."""
    claims: dict[str, Any] = {
        "exp": NOW + 300,
        "iat": NOW - 5,
        "auth_time": NOW - 6,
        "jti": "onrtac:0f0e7a52",
        "iss": ISSUER,
        "aud": "account",
        "sub": SUBJECT,
        "typ": "Bearer",
        "azp": CLIENT,
        "sid": "5a1e7f1c",
        "acr": "1",
        "realm_access": {"roles": ["default-roles-tain", "offline_access", "uma_authorization"]},
        "resource_access": {"account": {"roles": ["manage-account", "view-profile"]}},
        "scope": "openid profile email",
        "email_verified": True,
        "name": "Ann Example",
        "preferred_username": "ann",
        "email": "ann@example.org",
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def id_claims(**changes: object) -> dict[str, Any]:
    """Return the claims of an id token, as Keycloak writes them."""
    own = {"aud": CLIENT, "typ": "ID", "nonce": "a-nonce", "realm_access": None, "resource_access": None}
    return access_claims(**{**own, **changes})


def service_claims(**changes: object) -> dict[str, Any]:
    """Return the claims of a client's own credentials, as Keycloak writes them."""
    own = {
        "sub": "f1c0a5de-0000-4000-8000-00000000000b",
        "azp": "builder",
        "aud": [CLIENT, "account"],
        "client_id": "builder",
        "preferred_username": "service-account-builder",
        "auth_time": None,
        "sid": None,
        "email": None,
    }
    return access_claims(**{**own, **changes})


def signed(
    claims: Mapping[str, Any], *, key: Key = RSA, alg: str = "RS256", kid: str | None = "", typ: str | None = "JWT"
) -> str:
    """Return a token; `kid` is the key's own unless another is given, None for none."""
    header: dict[str, Any] = {"alg": alg}
    if typ is not None:
        header["typ"] = typ
    if kid is not None:
        header["kid"] = kid or key.kid
    return jws.serialize_compact(header, msgspec.json.encode(claims), key, algorithms=[alg])


def signed_by_secret(claims: Mapping[str, Any], secret: bytes, *, kid: str) -> str:
    """Return a token by HS256 whose shared secret is any bytes, as a forger makes it: libraries refuse to."""
    parts = ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)
    text = ".".join(_unpadded(msgspec.json.encode(part)) for part in parts)
    return f"{text}.{_unpadded(hmac.digest(secret, text.encode(), 'sha256'))}"


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class MadeUpProvider(httpx.AsyncBaseTransport):
    """A provider's addresses: what it publishes, and what its token endpoint is to answer.

    `asked` has the path of each request, `forms` the bodies of those that were sent.
    """

    def __init__(self, *keys: Key) -> None:
        self.answers: dict[str, httpx.Response | bytes] = {
            "/.well-known/openid-configuration": msgspec.json.encode(document()),
            "/protocol/openid-connect/certs": key_set(*(keys or (RSA, EC, ED))),
        }
        self.is_away = False
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.logins: list[str | None] = []

    def publish(self, *keys: Key) -> None:
        """Put other keys in place of those that there are."""
        self.answers["/protocol/openid-connect/certs"] = key_set(*keys)

    def grant(self, status: int = 200, **answer: object) -> None:
        """Say what the token endpoint answers."""
        self.answers["/protocol/openid-connect/token"] = httpx.Response(status, json=answer)

    def count(self, end: str) -> int:
        """Return how often a path that ends so was asked for."""
        return sum(path.endswith(end) for path in self.asked)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; see httpx."""
        path = request.url.path.removeprefix("/realms/tain")
        self.asked.append(f"{request.url.host}{request.url.path}")
        if self.is_away:
            raise httpx.ConnectError("nobody is there")
        if request.method == "POST":
            self.forms.append(dict(httpx.QueryParams((await request.aread()).decode())))
            self.logins.append(request.headers.get("Authorization"))
        answer = self.answers.get(path, httpx.Response(404))
        if isinstance(answer, bytes):
            return httpx.Response(200, content=answer, request=request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)
