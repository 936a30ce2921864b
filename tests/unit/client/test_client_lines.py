"""What a user is told to type."""

import pytest

from libs.client.client_lines import client_lines

LOCAL = "http://127.0.0.1:8080"
FAR = "http://tain.example:8080"
SAFE = "https://tain.example"


def lines(server: str, mirror_type: str, *, privacy: str = "public") -> list[str]:
    """Return the lines for a channel, without their indents."""
    return [
        line.strip()
        for line in client_lines(server, channel="main", mirror_type=mirror_type, privacy=privacy).splitlines()
    ]


@pytest.mark.parametrize(
    ("mirror_type", "said"),
    [
        pytest.param("conda", ["- https://tain.example/api/repo/main"], id="condarc"),
        pytest.param("python_simple", ["[global]", "index-url = https://tain.example/api/repo/main/simple"], id="pip"),
        pytest.param("python_simple", ['url = "https://tain.example/api/repo/main/simple"', "default = true"], id="uv"),
        pytest.param("CRAN", ['options(repos = c(CRAN = "https://tain.example/api/repo/main/cran"))'], id="rprofile"),
    ],
)
def test_a_public_channel_needs_no_token(mirror_type: str, said: list[str]) -> None:
    """And every type has a form for good."""
    shown = lines(SAFE, mirror_type)

    assert set(said) <= set(shown)
    assert not any("TOKEN" in line for line in shown)


@pytest.mark.parametrize(
    ("mirror_type", "address"),
    [
        pytest.param("conda", "https://tain.example/t/<TOKEN>/api/repo/main", id="conda"),
        pytest.param("python_simple", "https://<TOKEN>:x-auth-token@tain.example/api/repo/main/simple", id="python"),
        pytest.param("CRAN", "https://<TOKEN>:x-auth-token@tain.example/api/repo/main/cran", id="r"),
    ],
)
def test_a_private_channel_shows_where_the_token_goes(mirror_type: str, address: str) -> None:
    """In the URLs that clients of the incumbent use."""
    shown = lines(SAFE, mirror_type, privacy="private")

    assert any(address in line for line in shown)
    assert shown[-1] == "The channel is private: write a token that may read it for <TOKEN>."


@pytest.mark.parametrize(
    ("server", "privacy", "trusted"),
    [
        pytest.param(SAFE, "public", False, id="https"),
        pytest.param(LOCAL, "private", False, id="this-machine"),
        pytest.param("http://localhost:8080", "public", False, id="localhost"),
        pytest.param(FAR, "public", True, id="http"),
        pytest.param(FAR, "private", True, id="http-with-token"),
        pytest.param("http://192.0.2.7", "public", True, id="address"),
    ],
)
def test_pip_is_told_to_trust_a_host_that_it_would_pass_over(server: str, privacy: str, trusted: bool) -> None:
    """It warns in one line and then finds nothing, which is hard to see through."""
    shown = lines(server, "python_simple", privacy=privacy)

    assert any("--trusted-host" in line for line in shown) is trusted
    assert any(line.startswith("trusted-host = ") for line in shown) is trusted
