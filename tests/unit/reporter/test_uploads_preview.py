"""What a policy would change among what people put into a channel."""

import msgspec

from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Among, Rule, Where
from libs.common.domain.upload import uploads_mirror_id
from libs.common.reporting.policy_preview import PolicyPreview, PreviewWish
from services.reporter.preview_policy import preview_policy
from tests.support.packages import a_package
from tests.support.uploading_world import CONDA, MAIN, UploadingWorld
from tests.unit.reporter.report_world import report_ports

FREE = a_package("alpha")
COPYLEFT = a_package("alpha", "2.0", license_name="GPL-3.0-only")
MIRRORED = a_package("beta")
NO_GPL = Rule(id="no-gpl", action=Action.EXCLUDE, where=Where(license=Among(in_=("GPL",))))


async def preview(world: UploadingWorld, *rules: Rule) -> PolicyPreview:
    """Preview rules for the channel."""
    wish = PreviewWish(rules=rules, channel="main", solves=False)
    made = await preview_policy(
        "report", msgspec.json.encode(wish), ports=report_ports(world.records, blobs=world.blobs)
    )
    return msgspec.json.decode(made.data, type=PolicyPreview)


async def test_a_preview_tells_of_uploads() -> None:
    """They stand before the mirrors; nothing changes by it."""
    world = UploadingWorld([MIRRORED], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    for package in (FREE, COPYLEFT):
        await world.upload(package)
    await world.fill()

    told = await preview(world, NO_GPL)

    assert [(it.mirror, it.mirror_id, it.lost.files) for it in told.mirrors] == [
        ("uploads", uploads_mirror_id(MAIN, CONDA), 1),
        (world.mirror.name, world.mirror.id, 0),
    ]
    assert [file.ckey for file in told.mirrors[0].files_lost] == [COPYLEFT.path]
    assert len(await world.filled()) == 2


async def test_a_channel_without_mirrors_has_a_preview_of_its_uploads() -> None:
    """It is a channel as any other."""
    world = UploadingWorld()
    await world.upload(COPYLEFT)
    await world.fill()

    assert (await preview(world, NO_GPL)).lost.files == 1


async def test_what_was_removed_by_hand_is_not_gained_by_a_policy() -> None:
    """A preview decides by what people removed, too."""
    world = UploadingWorld([MIRRORED, FREE], mode=MirrorMode.PASSIVE)
    await world.mirrored()
    await world.remove("beta", MIRRORED)
    await world.look_at_rules()

    told = await preview(world, NO_GPL)

    assert (told.gained.files, told.lost.files) == (0, 0)
