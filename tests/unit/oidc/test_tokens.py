"""Which of a provider's tokens count here, and what their claims tell."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import InvalidInput, NotAuthenticated
from libs.common.ports.oidc import SignedToken
from services.api.oidc.check_token import _half_hash, check_access_token, check_id_token
from services.api.oidc.claims import claim_at, groups_told, names_at, roles_told
from services.api.oidc.environment import OidcEnvironment
from services.api.oidc.local_path import check_local_path
from services.api.oidc.settings import OidcSettings, read_oidc_settings
from services.api.oidc.unproven import unproven_claims
from tests.support.oidc_tokens import CLI, CLIENT, ISSUER, NOW, access_claims, id_claims, service_claims, signed
from tests.support.records import NOON


def settings(**changes: object) -> OidcSettings:
    """Return what an operator sets at least."""
    environment = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, **changes}
    return read_oidc_settings(OidcEnvironment(**environment), public_url="https://tain.example.org/")  # type: ignore[arg-type]


def a_token(claims: dict[str, object], typ: str | None = "JWT") -> SignedToken:
    """Return a token whose signature holds."""
    return SignedToken(header={"alg": "RS256"} | ({"typ": typ} if typ else {}), claims=claims)


GOOD = {
    "a person, by our client": access_claims(),
    "a person, by the command line": access_claims(azp=CLI),
    "a machine with an audience mapper": service_claims(),
    "one audience": access_claims(aud=CLIENT, azp="other"),
    "no audience but our client": access_claims(aud=None),
    "RFC 9068": access_claims(typ=None, azp=None, client_id=CLIENT, aud="api"),
    "Keycloak before 25, with a nonce": access_claims(nonce="n"),
    "ended within the leeway": access_claims(exp=NOW - 59),
    "begins within the leeway": access_claims(nbf=NOW + 59),
}


@pytest.mark.parametrize("claims", GOOD.values(), ids=GOOD.keys())
def test_access_tokens_count(claims: dict[str, object]) -> None:
    """In all shapes that providers give them."""
    check_access_token(a_token(claims), settings=settings(), now=NOON)


BAD = {
    "another issuer": (access_claims(iss="https://evil.example"), r"\(iss\).*TAIN_OIDC_ISSUER"),
    "no issuer": (access_claims(iss=None), r"\(iss\)"),
    "another audience": (
        access_claims(aud=["x", "account"], azp="y"),
        r"x, account \(aud\).*y \(azp\).*audience mapper",
    ),
    "an audience of numbers": (access_claims(aud=[1], azp=7), r"\(aud\)"),
    "ended": (access_claims(exp=NOW - 60), r"\(exp\)"),
    "no end": (access_claims(exp=None), r"\(exp\)"),
    "an end that is a text": (access_claims(exp="tomorrow"), r"\(exp\)"),
    "an end that is true": (access_claims(exp=True), r"\(exp\)"),
    "an end without end": (access_claims(exp=1e300), r"\(exp\)"),
    "not yet": (access_claims(nbf=NOW + 61), r"\(nbf\).*clocks"),
    "a beginning that is a text": (access_claims(nbf="now"), r"\(nbf\)"),
    "nobody": (access_claims(sub=None), r"\(sub\).*basic"),
    "a number for somebody": (access_claims(sub=7), r"\(sub\)"),
    "an id token": (id_claims(), r"\(typ\).*access_token"),
    "an id token of others": (id_claims(typ=None), r"\(typ\)"),
    "an id token without a nonce": (id_claims(typ=None, nonce=None, at_hash="x"), r"\(typ\)"),
    "an id token without a nonce and a hash": (id_claims(typ=None, nonce=None, scope=None), r"\(typ\)"),
    "a refresh token": (access_claims(typ="Refresh"), r"\(typ\)"),
    "a logout token": (access_claims(typ="Logout"), r"\(typ\)"),
    "bound to a key": (access_claims(cnf={"jkt": "x"}), "cnf"),
}


@pytest.mark.parametrize(("claims", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_no_access_token_for_us_is_refused_with_the_claim(claims: dict[str, object], words: str) -> None:
    """Operators read which claim is at fault and what to set."""
    with pytest.raises(NotAuthenticated, match=words):
        check_access_token(a_token(claims), settings=settings(), now=NOON)


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "JWT", None])
def test_the_types_of_access_tokens_count(typ: str | None) -> None:
    """RFC 9068 section 2.1, and those from before it."""
    check_access_token(a_token(access_claims(), typ), settings=settings(), now=NOON)


@pytest.mark.parametrize("typ", ["logout+jwt", "dpop+jwt", "secevent+jwt"])
def test_other_types_are_refused(typ: str) -> None:
    """They are signed by the same keys."""
    with pytest.raises(NotAuthenticated, match="typ"):
        check_access_token(a_token(access_claims(), typ), settings=settings(), now=NOON)


def test_a_named_audience_is_the_only_one() -> None:
    """Then even tokens of our own client need it."""
    strict = settings(oidc_audience="tain-api, second")
    check_access_token(a_token(access_claims(aud=["second"], azp="any")), settings=strict, now=NOON)

    with pytest.raises(NotAuthenticated, match="not for second or tain-api"):
        check_access_token(a_token(access_claims()), settings=strict, now=NOON)


def test_an_id_token_counts_for_its_own_question() -> None:
    """Nonce, audience and the access token beside it."""
    claims = id_claims(at_hash=_half_hash("access", "RS256"))

    check_id_token(a_token(claims), settings=settings(), nonce="a-nonce", access_token="access", now=NOON)


def test_the_hash_of_an_access_token_is_that_of_the_specification() -> None:
    """The example of OpenID Connect Core 1.0 appendix A.3."""
    assert _half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"


BAD_ID = {
    "another nonce": id_claims(nonce="other"),
    "no nonce": id_claims(nonce=None),
    "a nonce of another type": id_claims(nonce=["a-nonce"]),
    "another client": id_claims(aud="other"),
    "given to another client": id_claims(azp="other"),
    "several audiences and no client": id_claims(aud=[CLIENT, "other"], azp=None),
    "another access token": id_claims(at_hash=_half_hash("other", "RS256")),
    "ended": id_claims(exp=NOW - 61),
    "another issuer": id_claims(iss="https://evil.example"),
}


@pytest.mark.parametrize("claims", BAD_ID.values(), ids=BAD_ID.keys())
def test_another_id_token_is_refused(claims: dict[str, object]) -> None:
    """An answer to somebody else's question."""
    with pytest.raises(NotAuthenticated):
        check_id_token(a_token(claims), settings=settings(), nonce="a-nonce", access_token="access", now=NOON)


CLAIMS = {
    "realm_access": {"roles": ["admin", "author", "admin", 7, "", "x" * 200]},
    "resource_access": {"tain": {"roles": ["editor"]}, "my.client": {"roles": ["dotted"]}},
    "roles": "one two",
    "https://example.org/roles": ["url"],
    "groups": ["/team/a", "b", "/"],
    "odd": {"roles": {"a": 1}},
}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("realm_access.roles", ("admin", "author")),
        ("resource_access.tain.roles", ("editor",)),
        (r"resource_access.my\.client.roles", ("dotted",)),
        ("roles", ("one", "two")),
        ("https://example.org/roles", ("url",)),
        ("odd.roles", ()),
        ("realm_access.roles.more", ()),
        ("nothing.there", ()),
        ("", ()),
    ],
)
def test_names_are_found_at_a_path(path: str, names: tuple[str, ...]) -> None:
    """In the shapes of Keycloak and of others; what is odd is passed over."""
    assert names_at(CLAIMS, (path,)) == names


def test_several_paths_add_up_and_are_renamed() -> None:
    """Each role once."""
    paths = ("realm_access.roles", "resource_access.tain.roles")

    assert roles_told(CLAIMS, paths=paths, role_map={"editor": "author"}) == ("admin", "author")


def test_groups_are_known_with_and_without_their_slash() -> None:
    """Keycloak writes whole paths unless it is told not to."""
    assert groups_told(CLAIMS, path="groups") == ("/team/a", "team/a", "b", "/")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(claims=st.dictionaries(st.text(max_size=5), JSON, max_size=4), path=st.text(max_size=12))
def test_no_claims_break_the_reading(claims: dict[str, object], path: str) -> None:
    """They come from outside."""
    assert all(isinstance(name, str) for name in names_at(claims, (path,)))
    claim_at(claims, path)


@given(claims=st.dictionaries(st.sampled_from(sorted(access_claims())), JSON))
def test_odd_claims_are_refused_and_break_nothing(claims: dict[str, object]) -> None:
    """Whatever type a claim has."""
    with contextlib.suppress(NotAuthenticated):
        check_access_token(a_token({**access_claims(), **claims}), settings=settings(), now=NOON)


@given(st.text(max_size=40))
def test_any_text_may_be_asked_for_claims(text: str) -> None:
    """Most texts are no token."""
    assert unproven_claims(text) is None or text.count(".") == 2


def test_the_claims_of_a_token_are_read_unproven() -> None:
    """Only to tell whose it may be."""
    assert unproven_claims(signed(access_claims())) == access_claims()


@pytest.mark.parametrize("path", ["/", "/api/docs", "/a?b=c#d", "/a//b", "/@evil.example", "/a:b"])
def test_pages_of_this_server_are_gone_to(path: str) -> None:
    """After a sign-in."""
    assert check_local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        " /a",
        "/ä",
        "/a\x7f",
        "/" + "a" * 2001,
    ],
)
def test_no_page_of_another_server_is_gone_to(path: str) -> None:
    """Browsers read some of these as other hosts."""
    with pytest.raises(InvalidInput):
        check_local_path(path)


@pytest.mark.parametrize(
    ("issuer", "realm"),
    [
        (ISSUER, "tain"),
        (f"{ISSUER}/", "tain"),
        ("https://sso.example.org/auth/realms/my-realm", "my-realm"),
        ("https://sso.example.org/realms/Upper", "tain"),
        ("https://sso.example.org/realms/r2", "tain"),
        ("https://sso.example.org/tenants/acme", "tain"),
        ("https://sso.example.org", "tain"),
    ],
)
def test_the_realm_is_one_that_the_old_client_takes(issuer: str, realm: str) -> None:
    """[a-z][a-z-]+ (rest-api.md section 4.3)."""
    assert settings(oidc_issuer=issuer).realm == realm


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"oidc_issuer": None}, "TAIN_OIDC_ISSUER"),
        ({"oidc_client_id": " "}, "TAIN_OIDC_CLIENT_ID"),
        ({"oidc_role_map": "a=b,c"}, "TAIN_OIDC_ROLE_MAP"),
        ({"oidc_role_map": "a="}, "TAIN_OIDC_ROLE_MAP"),
        ({"oidc_new_user_roles": "none,author"}, "TAIN_OIDC_NEW_USER_ROLES"),
        ({"oidc_new_user_roles": "everyone"}, "TAIN_OIDC_NEW_USER_ROLES"),
    ],
)
def test_settings_that_make_no_sense_name_their_variable(changes: dict[str, object], variable: str) -> None:
    """At the start, in one line."""
    with pytest.raises(InvalidInput, match=variable):
        settings(**changes)


@pytest.mark.parametrize("url", [None, "", "tain.example.org", "https://t/path", "ftp://t", "https://t?x=1"])
def test_a_public_address_is_needed(url: str | None) -> None:
    """The provider sends browsers back to it."""
    environment = OidcEnvironment(oidc_issuer=ISSUER, oidc_client_id=CLIENT)

    with pytest.raises(InvalidInput, match="TAIN_PUBLIC_URL"):
        read_oidc_settings(environment, public_url=url)


def test_settings_are_read() -> None:
    """With what stands for what."""
    made = settings(
        oidc_roles_claim="a, b", oidc_role_map="x=admin, y=author", oidc_new_user_roles="none", oidc_scopes="groups"
    )

    assert made.roles_claims == ("a", "b")
    assert made.role_map == {"x": "admin", "y": "author"}
    assert made.new_user_roles == ()
    assert made.scopes == ("openid", "groups")
    assert made.redirect_uri == "https://tain.example.org/api/auth/callback"
    assert made.session_for == timedelta(hours=12)
