"""Where a package that is not stored is fetched from."""

import msgspec
import pytest

from libs.common.adapters.seal import JweSeal
from libs.common.domain.digest import Digest, Expected
from libs.common.domain.errors import NotFound, StoreUnavailable, UpstreamRefused
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.domain.revision import RevisionMirror
from libs.common.domain.upload import uploads_mirror_id
from libs.common.ecosystems.protocol import ArtifactRef
from services.api.serving.located import PackageFile
from services.api.serving.origin import file_url, find_origin
from tests.unit.serving.world import RULES, World

_FILE = PackageFile(
    artifact=ArtifactRef(
        ckey="noarch/a-1-0.conda",
        filename="a-1-0.conda",
        url="a-1-0.conda",
        expected=Expected(digest=Digest("sha256", "a" * 64), size_bytes=3),
    ),
    mirror=RevisionMirror(
        mirror_id="id-of-forge", type=MirrorType.CONDA, mode=MirrorMode.PASSIVE, catalogue=RULES, rules=RULES
    ),
    files_url="noarch/",
)


@pytest.mark.parametrize(
    ("source", "files_url", "url", "resolved"),
    [
        ("https://h/forge", "noarch/", "a.conda", "https://h/forge/noarch/a.conda"),
        ("https://h/forge", "noarch", "a.conda", "https://h/forge/noarch/a.conda"),
        ("https://h/t/TOK/forge", "noarch/", "a.conda", "https://h/t/TOK/forge/noarch/a.conda"),
        ("https://h/forge", "https://cdn.example/x/", "a.conda", "https://cdn.example/x/a.conda"),
        ("https://h/forge", "noarch/", "https://cdn.example/a.conda", "https://cdn.example/a.conda"),
        ("https://h/forge", "noarch/", "../other/a.conda", "https://h/forge/other/a.conda"),
        ("https://h/forge", "", "a.conda", "https://h/forge/a.conda"),
        ("file:///srv/forge", "noarch/", "a.conda", "file:///srv/forge/noarch/a.conda"),
        ("https://h/forge", "noarch/", "a+1!2.conda", "https://h/forge/noarch/a+1!2.conda"),
    ],
)
def test_a_files_address_is_resolved(source: str, files_url: str, url: str, resolved: str) -> None:
    """Relative to the partition's files, those relative to the source; absolute ones as they are."""
    assert file_url(source, files_url=files_url, url=url) == resolved


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/a", "javascript:1"])
def test_a_source_on_the_network_names_no_file_of_this_machine(url: str) -> None:
    """An index is written by strangers."""
    with pytest.raises(UpstreamRefused):
        file_url("https://h/forge", files_url="noarch/", url=url)


async def test_the_sealed_source_and_proxy_are_used() -> None:
    """What people see is masked and leads nowhere."""
    world = World()
    await world.add_mirror(
        source_root="https://h/t/****/forge",
        sealed_source=world.seal.seal("https://h/t/TOK/forge"),
        proxy="http://****@proxy:3128",
        sealed_proxy=world.seal.seal("http://u:p@proxy:3128"),
    )

    wanted = await find_origin(_FILE, channel="main", mirrors=world.records.mirrors, seal=world.seal)

    assert wanted.url == "https://h/t/TOK/forge/noarch/a-1-0.conda"
    assert wanted.proxy == "http://u:p@proxy:3128"


async def test_a_source_sealed_with_another_key_is_the_servers_fault() -> None:
    """No client can do anything about it, so it is no bad request."""
    world = World()
    await world.add_mirror(sealed_source=JweSeal(b"x" * 32).seal("https://h/forge"))

    with pytest.raises(StoreUnavailable, match="sealed with another key"):
        await find_origin(_FILE, channel="main", mirrors=world.records.mirrors, seal=world.seal)


async def test_a_file_of_a_deleted_mirror_can_not_be_fetched() -> None:
    """And the answer says why."""
    world = World()

    with pytest.raises(NotFound, match="mirror that listed it is deleted"):
        await find_origin(_FILE, channel="main", mirrors=world.records.mirrors, seal=world.seal)


async def test_a_lost_upload_can_not_be_fetched() -> None:
    """Whoever has it can bring it back."""
    world = World()
    uploads = msgspec.structs.replace(_FILE.mirror, mirror_id=uploads_mirror_id("id-of-main", MirrorType.CONDA))
    file = msgspec.structs.replace(_FILE, mirror=uploads)

    with pytest.raises(NotFound, match="upload it again"):
        await find_origin(file, channel="main", mirrors=world.records.mirrors, seal=world.seal)
