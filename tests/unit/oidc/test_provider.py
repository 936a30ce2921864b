"""The provider client: what it believes, what it keeps, and what it does not let in."""

import base64

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from libs.common.adapters.oidc.http import Credentials, ProviderHttp
from libs.common.adapters.oidc.keys import TOKEN_LIMIT_BYTES
from libs.common.adapters.oidc.provider import HttpOidcProvider
from libs.common.domain.errors import InvalidInput, NotAuthenticated, ProviderRefused, ProviderUnavailable
from tests.support.oidc_tokens import (
    CLIENT,
    EC,
    ED,
    ISSUER,
    OTHER_RSA,
    RSA,
    MadeUpProvider,
    access_claims,
    document,
    signed,
    signed_by_secret,
)

DOCUMENT = "/.well-known/openid-configuration"
CERTS = "/protocol/openid-connect/certs"


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        """Return where it stands."""
        return self.s


@pytest.fixture
def there() -> MadeUpProvider:
    """Return a provider with three keys."""
    return MadeUpProvider()


@pytest.fixture
def clock() -> Hand:
    """Return a clock."""
    return Hand()


@pytest.fixture
def provider(there: MadeUpProvider, clock: Hand) -> HttpOidcProvider:
    """Return the client of it, as a confidential client."""
    return a_client(there, clock, secret="s3cret:of/us")


def a_client(there: MadeUpProvider, clock: Hand, *, secret: str | None = None) -> HttpOidcProvider:
    """Return a client of a provider."""
    return HttpOidcProvider(ISSUER, http=ProviderHttp(transport=there), who=Credentials(CLIENT, secret), now_s=clock)


# joserfc wants Ed25519 named as such (RFC 9864); providers of today still say EdDSA.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(
    ("key", "alg"),
    [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519")],
    ids=lambda it: it if isinstance(it, str) else it.kid,
)
async def test_signatures_of_published_keys_hold(provider: HttpOidcProvider, key: RSAKey, alg: str) -> None:
    """Whatever kind the provider has chosen."""
    token = await provider.read_signed(signed(access_claims(), key=key, alg=alg))

    assert token.claims["preferred_username"] == "ann"
    assert token.header["alg"] == alg


async def test_a_key_without_an_algorithm_of_its_own_signs_by_all_of_its_kind(
    there: MadeUpProvider, provider: HttpOidcProvider
) -> None:
    """RFC 7517 section 4.4: `alg` is optional."""
    bare = RSAKey.generate_key(2048, {"kid": "bare"})
    there.publish(bare)

    assert (await provider.read_signed(signed(access_claims(), key=bare, alg="PS512"))).claims


async def test_a_token_without_a_key_id_is_tried_with_all_keys(provider: HttpOidcProvider) -> None:
    """RFC 7515 section 4.1.4: `kid` is optional."""
    assert (await provider.read_signed(signed(access_claims(), key=EC, alg="ES256", kid=None))).claims


def unsigned(**header: object) -> str:
    """Return a token that nobody signed."""
    parts = ({"alg": "none", "typ": "JWT", **header}, access_claims())
    return ".".join(base64.urlsafe_b64encode(msgspec.json.encode(it)).rstrip(b"=").decode() for it in parts) + "."


FORGED = {
    "alg none": unsigned(),
    "alg None": unsigned(alg="None"),
    "alg none with a key": unsigned(kid="rsa-1"),
    "HS256 by the public key as PEM": signed_by_secret(access_claims(), RSA.as_pem(private=False), kid="rsa-1"),
    "HS256 by the public key as JSON": signed_by_secret(
        access_claims(), msgspec.json.encode(RSA.as_dict(private=False)), kid="rsa-1"
    ),
    "key id of another key": signed(access_claims(), key=OTHER_RSA, kid="rsa-1"),
    "key id of another kind of key": signed(access_claims(), key=RSA, kid="ec-1"),
    "another algorithm than the key's own": signed(
        access_claims(), key=RSAKey.import_key(RSA.as_pem(private=True)), alg="RS512", kid="rsa-1"
    ),
    "no key id and a strange key": signed(access_claims(), key=OTHER_RSA, kid=None),
    "unknown key id": signed(access_claims(), key=OTHER_RSA),
    "huge": signed(access_claims(padding="x" * TOKEN_LIMIT_BYTES)),
    "two parts": "a.b",
    "no JSON": "aGk.aGk.aGk",
    "a header that is a list": "W10.e30.eA",
    "a payload that is a list": signed(["no", "claims"]),  # type: ignore[arg-type]
    "not of ASCII": "ä.ö.ü",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
async def test_what_the_provider_did_not_sign_is_refused(provider: HttpOidcProvider, token: str) -> None:
    """And what was sent is not told again."""
    with pytest.raises(NotAuthenticated) as refused:
        await provider.read_signed(token)

    assert token not in refused.value.message


async def test_a_token_that_brings_its_own_key_is_refused(provider: HttpOidcProvider, there: MadeUpProvider) -> None:
    """`jwk` and `jku` of a header are the forger's (RFC 8725 section 3.10), and nobody is asked for them."""
    from joserfc import jws  # noqa: PLC0415 - builds the one header that the builder refuses to

    header = {"alg": "RS256", "kid": "rsa-1", "jwk": OTHER_RSA.as_dict(private=False), "jku": "https://evil.example/k"}
    token = jws.serialize_compact(header, msgspec.json.encode(access_claims()), OTHER_RSA, algorithms=["RS256"])

    with pytest.raises(NotAuthenticated):
        await provider.read_signed(token)
    assert {path.partition("/")[0] for path in there.asked} == {"sso.example.org"}


async def test_a_tampered_payload_is_refused(provider: HttpOidcProvider) -> None:
    """The signature is of what was signed."""
    head, _, tail = signed(access_claims()).split(".")
    _, payload, _ = signed(access_claims(realm_access={"roles": ["admin"]}), key=OTHER_RSA).split(".")

    with pytest.raises(NotAuthenticated):
        await provider.read_signed(f"{head}.{payload}.{tail}")


async def test_a_new_key_counts_at_once_and_the_old_one_no_more(
    there: MadeUpProvider, provider: HttpOidcProvider
) -> None:
    """Keys are rotated while we run; what is not published any more signs nothing."""
    old = signed(access_claims())
    assert (await provider.read_signed(old)).claims
    there.publish(OTHER_RSA)

    assert (await provider.read_signed(signed(access_claims(), key=OTHER_RSA))).claims
    with pytest.raises(NotAuthenticated, match="does not publish"):
        await provider.read_signed(old)


async def test_a_key_that_was_taken_back_counts_five_minutes_at_most(
    there: MadeUpProvider, provider: HttpOidcProvider, clock: Hand
) -> None:
    """Also where no token names another."""
    token = signed(access_claims())
    await provider.read_signed(token)
    there.publish(OTHER_RSA)
    clock.s += 299
    assert (await provider.read_signed(token)).claims
    clock.s += 2

    with pytest.raises(NotAuthenticated):
        await provider.read_signed(token)


async def test_made_up_key_ids_do_not_make_us_ask_without_end(
    there: MadeUpProvider, provider: HttpOidcProvider, clock: Hand
) -> None:
    """Six times a minute; tokens of known keys go on."""
    for number in range(40):
        with pytest.raises((NotAuthenticated, ProviderUnavailable)):
            await provider.read_signed(signed(access_claims(), key=OTHER_RSA, kid=f"made-up-{number}"))
    assert there.count(CERTS) == 1 + 6

    with pytest.raises(ProviderUnavailable) as told:
        await provider.read_signed(signed(access_claims(), key=OTHER_RSA))
    assert told.value.retry_after_s == 10
    assert (await provider.read_signed(signed(access_claims()))).claims
    clock.s += 61
    there.publish(RSA, OTHER_RSA)
    assert (await provider.read_signed(signed(access_claims(), key=OTHER_RSA))).claims


async def test_a_provider_that_was_never_there_is_told_so(
    there: MadeUpProvider, provider: HttpOidcProvider, clock: Hand
) -> None:
    """Asked again every five seconds, not for every request."""
    there.is_away = True
    for _ in range(10):
        with pytest.raises(ProviderUnavailable) as told:
            await provider.read_signed(signed(access_claims()))
        assert told.value.retry_after_s == 5
    assert len(there.asked) == 1
    there.is_away = False
    clock.s += 6

    assert (await provider.read_signed(signed(access_claims()))).claims


async def test_what_is_kept_goes_on_for_a_day_while_the_provider_is_away(
    there: MadeUpProvider, provider: HttpOidcProvider, clock: Hand
) -> None:
    """Packages are installed while somebody restarts Keycloak."""
    token = signed(access_claims())
    await provider.read_signed(token)
    there.is_away = True
    clock.s += 7200
    assert (await provider.read_signed(token)).claims
    assert (await provider.document()).issuer == ISSUER
    clock.s += 86400

    with pytest.raises(ProviderUnavailable):
        await provider.read_signed(token)


ODD_DOCUMENTS = {
    "another issuer": msgspec.json.encode(document(issuer="https://evil.example/realms/tain")),
    "the issuer with a slash": msgspec.json.encode(document(issuer=f"{ISSUER}/")),
    "keys by http": msgspec.json.encode(document(jwks_uri="http://sso.example.org/certs")),
    "tokens by http": msgspec.json.encode(document(token_endpoint="http://10.0.0.1/token")),
    "a file": msgspec.json.encode(document(jwks_uri="file:///etc/passwd")),
    "a password in an address": msgspec.json.encode(document(jwks_uri="https://a:b@sso.example.org/certs")),
    "no address": msgspec.json.encode(document(token_endpoint="https://[::1")),
    "no endpoints": msgspec.json.encode({"issuer": ISSUER}),
    "no JSON": b"<html>",
    "no text": b"\xff\xfe",
    "too long": b" " * (600 * 1024) + msgspec.json.encode(document()),
    "a redirect": httpx.Response(302, headers={"Location": "https://evil.example/doc"}),
    "an error": httpx.Response(500),
}


@pytest.mark.parametrize("answer", ODD_DOCUMENTS.values(), ids=ODD_DOCUMENTS.keys())
async def test_an_odd_document_is_not_believed(
    there: MadeUpProvider, provider: HttpOidcProvider, answer: httpx.Response | bytes
) -> None:
    """And nobody else is asked."""
    there.answers[DOCUMENT] = answer

    with pytest.raises(ProviderUnavailable):
        await provider.document()
    assert there.asked == [f"sso.example.org/realms/tain{DOCUMENT}"]


def weak_key_set() -> bytes:
    """Return a set whose one key can be broken; libraries refuse to make one."""
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()  # noqa: S505 - that is the point
    modulus = base64.urlsafe_b64encode(numbers.n.to_bytes(128)).rstrip(b"=").decode()
    return msgspec.json.encode({"keys": [{"kty": "RSA", "kid": "rsa-1", "n": modulus, "e": "AQAB"}]})


ODD_KEYS = {
    "10 MB": b'{"keys":[' + b" " * 10_000_000 + b"]}",
    "no keys": b'{"keys":[]}',
    "shared secrets alone": b'{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"rsa-1"}]}',
    "keys to encrypt with": msgspec.json.encode({"keys": [{**RSA.as_dict(private=False), "use": "enc"}]}),
    "a weak key": weak_key_set(),
    "broken keys": b'{"keys":[{"kty":"RSA","n":"!","e":"!"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{}]}',
    "a redirect": httpx.Response(302, headers={"Location": "https://evil.example/keys"}),
    "no JSON": b"<html>",
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("answer", ODD_KEYS.values(), ids=ODD_KEYS.keys())
async def test_odd_keys_are_not_used(
    there: MadeUpProvider, provider: HttpOidcProvider, answer: httpx.Response | bytes
) -> None:
    """No token is taken by them."""
    there.answers[CERTS] = answer

    with pytest.raises(ProviderUnavailable):
        await provider.read_signed(signed(access_claims()))


async def test_a_key_that_nobody_understands_hides_no_other(there: MadeUpProvider, provider: HttpOidcProvider) -> None:
    """RFC 7517 section 5."""
    there.answers[CERTS] = msgspec.json.encode(
        {"keys": [{"kty": "AKP", "alg": "ML-DSA-65", "kid": "new"}, RSA.as_dict(private=False)]}
    )

    assert (await provider.read_signed(signed(access_claims()))).claims


@pytest.mark.parametrize("issuer", ["http://sso.example.org/realms/tain", "https://u:p@sso.example.org", "sso", ""])
def test_an_issuer_by_http_is_refused(there: MadeUpProvider, issuer: str) -> None:
    """Unless it is this machine, or the operator says so."""
    with pytest.raises(InvalidInput, match="TAIN_OIDC_ISSUER"):
        HttpOidcProvider(issuer, http=ProviderHttp(transport=there), who=Credentials(CLIENT))


@pytest.mark.parametrize(
    ("issuer", "allows_http"), [("http://127.0.0.1:80/r", False), ("http://[::1]/r", False), ("http://sso/r", True)]
)
def test_http_is_taken_on_this_machine_and_where_it_is_allowed(
    there: MadeUpProvider, issuer: str, *, allows_http: bool
) -> None:
    """Nobody listens on the way."""
    http = ProviderHttp(transport=there)

    assert HttpOidcProvider(issuer, http=http, who=Credentials(CLIENT), allows_http=allows_http)


async def test_a_code_is_exchanged_with_the_secret_in_the_header(
    there: MadeUpProvider, provider: HttpOidcProvider
) -> None:
    """Both parts are encoded first (RFC 6749 section 2.3.1), so that a colon stays the secret's own."""
    there.grant(access_token="a", id_token="b", refresh_token="c", expires_in=60, token_type="Bearer")

    tokens = await provider.exchange_code("the-code", redirect_uri="https://t/cb", verifier="v")

    assert (tokens.access_token, tokens.id_token, tokens.refresh_token) == ("a", "b", "c")
    assert there.forms == [
        {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": "https://t/cb", "code_verifier": "v"}
    ]
    assert there.logins == ["Basic " + base64.b64encode(b"tain:s3cret%3Aof%2Fus").decode()]


async def test_a_provider_that_takes_secrets_in_the_body_alone_gets_them_there(
    there: MadeUpProvider, provider: HttpOidcProvider
) -> None:
    """It says so in its document."""
    there.answers[DOCUMENT] = msgspec.json.encode(
        document(token_endpoint_auth_methods_supported=["client_secret_post"])
    )
    there.grant(access_token="a")

    await provider.exchange_refresh("r")

    assert there.forms[0]["client_secret"] == "s3cret:of/us"
    assert there.logins == [None]


async def test_a_public_client_names_itself(there: MadeUpProvider, clock: Hand) -> None:
    """It has nothing to prove."""
    there.grant(access_token="a")

    await a_client(there, clock).exchange_password("ann", "pw", scope="openid")

    assert there.forms == [
        {"grant_type": "password", "username": "ann", "password": "pw", "scope": "openid", "client_id": CLIENT}
    ]


@pytest.mark.parametrize(
    ("status", "answer", "word"),
    [
        (400, {"error": "invalid_grant", "error_description": "pw was: hunter2"}, "invalid_grant"),
        (401, {"error": "unauthorized_client"}, "unauthorized_client"),
        (400, {"error": "see <b>hunter2</b>"}, "unknown"),
        (400, {"nothing": 1}, "unknown"),
    ],
)
async def test_a_refusal_is_told_by_its_word_alone(
    there: MadeUpProvider, provider: HttpOidcProvider, status: int, answer: dict[str, object], word: str
) -> None:
    """A provider's longer text may repeat what was sent."""
    there.grant(status, **answer)

    with pytest.raises(ProviderRefused) as refused:
        await provider.exchange_password("ann", "hunter2", scope="openid")

    assert refused.value.error == word
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(429), httpx.Response(200, content=b'{"access_token": 5, "x": "tok"}')],
    ids=["error", "too many", "unreadable"],
)
async def test_an_answer_that_is_none_is_an_absence(
    there: MadeUpProvider, provider: HttpOidcProvider, answer: httpx.Response
) -> None:
    """It may succeed in a moment."""
    there.answers["/protocol/openid-connect/token"] = answer

    with pytest.raises(ProviderUnavailable) as told:
        await provider.exchange_refresh("a-refresh-token")

    assert "a-refresh-token" not in told.value.message
    assert 'tok"' not in told.value.message


def test_nothing_that_is_printed_shows_a_secret() -> None:
    """Also where something breaks."""
    assert "s3cret" not in repr(Credentials(CLIENT, "s3cret"))
