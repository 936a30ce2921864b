"""Who asks, by the ways that clients can send a token."""

import base64

import pytest

from libs.common.domain.access.identity import ANONYMOUS, Credential
from libs.common.domain.errors import NotAuthenticated
from services.api.access import ADMIN_NAME, Access
from services.api.credentials import Shown

TOKEN = "Th1s-is-the-token"


def basic(user: str, password: str) -> str:
    """Return a Basic header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("x_auth", "authorization", "path_token"),
    [
        pytest.param(TOKEN, None, None, id="x-auth"),
        pytest.param(None, f"Bearer {TOKEN}", None, id="bearer"),
        pytest.param(None, f"bearer  {TOKEN}", None, id="bearer-lower-case"),
        pytest.param(None, basic(TOKEN, "x-auth-token"), None, id="basic-as-pip-and-r-send-it"),
        pytest.param(None, basic("__token__", TOKEN), None, id="basic-with-the-token-as-password"),
        pytest.param(None, basic(TOKEN, ""), None, id="basic-with-the-token-alone"),
        pytest.param(None, None, TOKEN, id="path"),
        pytest.param(None, basic("someone", "of-netrc"), TOKEN, id="path-beside-a-netrc-entry"),
    ],
)
async def test_every_way_to_send_the_token_counts(
    x_auth: str | None, authorization: str | None, path_token: str | None
) -> None:
    """Package clients can't choose how they send a token."""
    shown = Shown(x_auth=x_auth, authorization=authorization, path_token=path_token)

    identity = await Access(TOKEN).identify(shown)

    assert (identity.name, identity.credential) == (ADMIN_NAME, Credential.BOOTSTRAP)


@pytest.mark.parametrize(
    ("x_auth", "authorization", "path_token"),
    [
        pytest.param("wrong", None, None, id="x-auth"),
        pytest.param("", None, None, id="empty-x-auth"),
        pytest.param(TOKEN.upper(), None, None, id="other-case"),
        pytest.param("t\u00f6ken", None, None, id="not-ascii"),
        pytest.param(None, "Bearer None", None, id="bearer-of-a-logged-out-client"),
        pytest.param(None, "Basic ///", None, id="basic-that-is-no-base64"),
        pytest.param(None, "Basic " + base64.b64encode(b"\xff\xfe").decode(), None, id="basic-that-is-no-text"),
        pytest.param(None, basic("", ""), None, id="basic-with-nothing"),
        pytest.param(None, basic(TOKEN, "other"), None, id="basic-with-another-password"),
        pytest.param(None, f"Digest {TOKEN}", None, id="another-scheme"),
        pytest.param(None, None, "wrong", id="path"),
    ],
)
async def test_a_wrong_token_is_refused(x_auth: str | None, authorization: str | None, path_token: str | None) -> None:
    """A client with a wrong token must hear so, and not read public channels by chance."""
    with pytest.raises(NotAuthenticated):
        await Access(TOKEN).identify(Shown(x_auth=x_auth, authorization=authorization, path_token=path_token))


async def test_without_a_token_one_is_anonymous() -> None:
    """Public channels are for everyone."""
    assert await Access(TOKEN).identify(Shown()) == ANONYMOUS
