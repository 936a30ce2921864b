"""Real metadata, where it is present: 60,000 records of real channels, solved by a real solver."""

import shutil
from pathlib import Path

from tests.support.mirrored import mirror
from tests.support.real_data import REAL_DATA
from tests.support.solve import ClientForm, Order, solve
from tests.support.stack import Stack

LINUX_OF_TODAY = {"__glibc": "2.35", "__linux": "5.15", "__unix": "0"}


def test_a_real_solver_solves_on_a_mirror_of_real_channels(stack: Stack, channel: str) -> None:
    """The union of real channel states, mirrored from a folder: `python=3.8 scipy`."""
    mirrored = mirror(stack, channel, (REAL_DATA / "conda").as_uri())

    for form in (ClientForm.SHARDS, ClientForm.JSON):
        outcome = solve(
            Order(
                channels=(mirrored.url,),
                specs=("python=3.8", "scipy"),
                form=form,
                virtual_packages=LINUX_OF_TODAY,
            )
        )
        names = {package.name: package.version for package in outcome.packages}
        assert names["python"].startswith("3.8.")
        assert "numpy" in names


def test_a_real_channel_one_day_later_touches_only_what_changed(
    stack: Stack, file_source_folder: Path, channel: str
) -> None:
    """9,632 records become 9,635; a few names are decided, stored and rendered again."""
    source = file_source_folder / channel
    shutil.copytree(REAL_DATA / "conda-free-day1", source)
    mirrored = mirror(stack, channel, source.as_uri())
    before = mirrored.get("linux-64/repodata.json").json()
    shutil.rmtree(source)
    shutil.copytree(REAL_DATA / "conda-free-day2", source)

    assert mirrored.run_again() == "completed"
    after = mirrored.get("linux-64/repodata.json").json()
    first, *others, second = stack.published(channel)
    assert not others, [heard.body for heard in stack.published(channel)]
    assert len(after["packages"]) - len(before["packages"]) == 3
    assert int(str(second.body["files_written"])) < int(str(first.body["files_written"]))
    assert second.body["artifact_count"] == len(after["packages"])
