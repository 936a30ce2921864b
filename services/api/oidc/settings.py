"""Environment values -> what signing in at a provider goes by; read once at the start."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from libs.common.domain.access.roles import EVERYONE
from libs.common.domain.errors import InvalidInput
from services.api.oidc.environment import OidcEnvironment

CALLBACK_PATH = "/api/auth/callback"

_REALM = re.compile(r"[a-z][a-z-]+")
_OTHER_REALM = "tain"
_NO_ROLES = "none"


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What signing in goes by.

    `audiences` are those that a token may be for. Without them it must be for the client, or have
    been given to one of our two clients. `role_map` names Tain's role for a provider's.
    `public_url` has no slash at its end.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    cli_client_id: str
    audiences: frozenset[str]
    roles_claims: tuple[str, ...]
    groups_claim: str
    name_claim: str
    role_map: Mapping[str, str]
    new_user_roles: tuple[str, ...]
    scopes: tuple[str, ...]
    takes_passwords: bool
    allows_http: bool
    session_for: timedelta
    public_url: str

    def __repr__(self) -> str:
        return f"OidcSettings({self.issuer!r})"

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends browsers back to."""
        return self.public_url + CALLBACK_PATH

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us by https."""
        return self.public_url.startswith("https://")

    @property
    def realm(self) -> str:
        """Return the issuer's realm as the incumbent's clients expect one (rest-api.md section 4.3)."""
        *_, before, last = ["", "", *urlsplit(self.issuer).path.rstrip("/").split("/")]
        return last if before == "realms" and _REALM.fullmatch(last) else _OTHER_REALM


def read_oidc_settings(environment: OidcEnvironment, *, public_url: str | None) -> OidcSettings:
    """Make sense of the environment values.

    Raises:
        InvalidInput: for a missing or unusable one, naming the variable and what to write.
    """
    return OidcSettings(
        issuer=_needed(
            environment.oidc_issuer, "TAIN_OIDC_ISSUER", "the provider's issuer (…/realms/NAME of Keycloak)"
        ),
        client_id=_needed(environment.oidc_client_id, "TAIN_OIDC_CLIENT_ID", "the client's id at the provider"),
        client_secret=_secret(environment.oidc_client_secret_file),
        cli_client_id=environment.oidc_cli_client_id,
        audiences=frozenset(_listed(environment.oidc_audience)),
        roles_claims=_listed(environment.oidc_roles_claim),
        groups_claim=environment.oidc_groups_claim.strip(),
        name_claim=environment.oidc_name_claim.strip(),
        role_map=_role_map(environment.oidc_role_map),
        new_user_roles=_new_user_roles(environment.oidc_new_user_roles),
        scopes=_scopes(environment.oidc_scopes),
        takes_passwords=environment.oidc_password_grant,
        allows_http=environment.oidc_allow_http,
        session_for=timedelta(hours=environment.oidc_session_hours),
        public_url=_address(public_url),
    )


def _needed(value: str | None, variable: str, what: str) -> str:
    if value is None or not value.strip():
        raise InvalidInput(f"TAIN_AUTH is oidc: set {variable} to {what}", field=variable)
    return value.strip()


def _secret(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(
            "the client's secret can't be read; check TAIN_OIDC_CLIENT_SECRET_FILE, or unset it for a public client",
            field="TAIN_OIDC_CLIENT_SECRET_FILE",
        ) from exc
    if not secret:
        raise InvalidInput(
            "the file of TAIN_OIDC_CLIENT_SECRET_FILE is empty; write the client's secret to it, "
            "or unset the variable for a public client",
            field="TAIN_OIDC_CLIENT_SECRET_FILE",
        )
    return secret


def _address(public_url: str | None) -> str:
    url = _needed(
        public_url, "TAIN_PUBLIC_URL", "the address that browsers know this server by (https://tain.example.org)"
    )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.path.strip("/"):
        raise InvalidInput(
            "TAIN_PUBLIC_URL must be http(s)://HOST[:PORT] without a path, for the provider sends browsers back to it",
            field="TAIN_PUBLIC_URL",
        )
    return url.rstrip("/")


def _role_map(text: str | None) -> Mapping[str, str]:
    pairs = [part.partition("=") for part in _listed(text)]
    if any(not theirs.strip() or not ours.strip() for theirs, _, ours in pairs):
        raise InvalidInput(
            "TAIN_OIDC_ROLE_MAP must be THEIRS=OURS[,THEIRS=OURS…], such as tain-admins=admin",
            field="TAIN_OIDC_ROLE_MAP",
        )
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


def _new_user_roles(text: str) -> tuple[str, ...]:
    roles = _listed(text)
    if roles == (_NO_ROLES,):
        return ()
    if EVERYONE in roles or _NO_ROLES in roles:
        raise InvalidInput(
            "TAIN_OIDC_NEW_USER_ROLES must name roles of Tain, or be `none`; everybody has `everyone` anyway",
            field="TAIN_OIDC_NEW_USER_ROLES",
        )
    return roles


def _scopes(text: str) -> tuple[str, ...]:
    scopes = tuple(text.replace(",", " ").split())
    return scopes if "openid" in scopes else ("openid", *scopes)


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
