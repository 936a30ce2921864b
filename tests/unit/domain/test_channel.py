"""Channel names: what can stand in every client's URL."""

import pytest

from libs.common.domain.channel import channel_key, parse_channel_key
from libs.common.domain.errors import InvalidInput


@pytest.mark.parametrize("name", ["main", "conda-forge", "r_pkgs", "a", "win", "linux-like"])
def test_a_plain_name_is_accepted(name: str) -> None:
    """Lower-case letter first, then letters, digits, underscore and hyphen."""
    if name == "linux-like":
        with pytest.raises(InvalidInput):
            channel_key(name)
    else:
        assert channel_key(name) == name


@pytest.mark.parametrize("name", ["", "Main", "1st", "a/b", "a.b", "a b", "..", "-a", "é", "a" * 129])
def test_a_name_that_urls_cannot_carry_is_refused(name: str) -> None:
    """The error says which characters to use."""
    with pytest.raises(InvalidInput):
        channel_key(name)


@pytest.mark.parametrize("name", ["noarch", "linux-64", "win-32", "t", "label"])
def test_words_of_package_urls_are_reserved(name: str) -> None:
    """Clients would take the channel for a subdir, a token or another ecosystem."""
    with pytest.raises(InvalidInput):
        channel_key(name)
    with pytest.raises(InvalidInput):
        channel_key("main", name)


@pytest.mark.parametrize("name", ["simple", "cran", "pypi", "integrity", "shards"])
def test_folders_of_channels_are_reserved_below_them(name: str) -> None:
    """A channel may be called pypi or cran; a subchannel would hide the channel's own folder."""
    assert channel_key(name) == name
    with pytest.raises(InvalidInput):
        channel_key("main", name)


def test_a_key_has_at_most_one_subchannel() -> None:
    """One level only."""
    assert parse_channel_key("main/stage") == "main/stage"
    with pytest.raises(InvalidInput):
        parse_channel_key("main/stage/more")
