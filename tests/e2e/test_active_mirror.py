"""Active mirrors: every file is stored in the run."""

from collections.abc import Callable

from tests.support.conda_index import Form
from tests.support.conda_source import CondaSource
from tests.support.mirrored import mirror
from tests.support.packages import Digests, a_package, many_packages
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]

BETA = a_package("beta", extension=".tar.bz2", padding_bytes=1)
ALPHA = a_package("alpha", depends=["beta >=1"], padding_bytes=1)


def test_an_active_mirror_installs_with_the_source_switched_off(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """That is the promise of the active mode."""
    packages = (ALPHA, BETA, *many_packages(30, padding_bytes=500))
    source = make_source(packages)
    mirrored = mirror(stack, channel, source.url, mode="active")
    fetched = source.counts()
    source.close()

    assert {fetched[package.path] for package in packages} == {1}
    assert mirrored.count()["active"] == len(packages)
    assert mirrored.listed() == {package.filename for package in packages}
    with mirrored.install("alpha", "small-00007") as environment:
        assert environment.has(ALPHA.installed_path)


def test_a_file_that_is_stored_is_not_fetched_for_a_second_channel(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Blobs are named by their content, whatever the channel."""
    package = a_package("shared-by-two", padding_bytes=100)
    source = make_source((package,))
    mirror(stack, channel, source.url, mode="active")
    second = mirror(stack, f"{channel}-b", source.url, mode="active")

    assert source.count(package.path) == 1
    assert second.listed() == {package.filename}


def test_old_packages_with_md5_only_are_verified_stored_and_installed(
    stack: Stack, make_source: MakeSource, channel: str
) -> None:
    """Channels from before 2018 name no sha256."""
    old = a_package("old", extension=".tar.bz2", digests=Digests.MD5_ONLY, timestamp_ms=None)
    older = a_package("older", extension=".tar.bz2", digests=Digests.MD5_ONLY, depends=["old"], timestamp_ms=None)
    source = make_source((old, older), forms=(Form.JSON, Form.BZ2))
    mirrored = mirror(stack, channel, source.url, mode="active")
    source.close()

    assert mirrored.listed() == {old.filename, older.filename}
    with mirrored.install("older") as environment:
        assert environment.has(old.installed_path)


def test_a_source_with_nothing_but_bz2_is_read(stack: Stack, make_source: MakeSource, channel: str) -> None:
    """The last resort among the index forms."""
    package = a_package("only-bz2", extension=".tar.bz2")
    source = make_source((package,), forms=(Form.BZ2,))
    mirrored = mirror(stack, channel, source.url)

    assert mirrored.listed() == {package.filename}
    with mirrored.install("only-bz2") as environment:
        assert environment.has(package.installed_path)
