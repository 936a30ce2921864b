"""The environment values of signing in at an OpenID provider."""

from pathlib import Path
from typing import Annotated

import msgspec

from libs.common.adapters.upstream.settings import UpstreamSettings


class OidcEnvironment(UpstreamSettings, frozen=True, kw_only=True):
    """Where the provider is and how its tokens are read; `services/api/oidc/settings.py` makes sense of them.

    They count where TAIN_AUTH is oidc. docs/access.md says what each is for.
    """

    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret_file: Path | None = None
    oidc_audience: str | None = None
    oidc_roles_claim: str = "realm_access.roles"
    oidc_groups_claim: str = "groups"
    oidc_name_claim: str = "preferred_username"
    oidc_role_map: str | None = None
    oidc_new_user_roles: str = "author"
    oidc_cli_client_id: str = "repo-service-cli"
    oidc_scopes: str = "openid profile email"
    oidc_password_grant: bool = False
    oidc_allow_http: bool = False
    oidc_session_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 30)] = 12
