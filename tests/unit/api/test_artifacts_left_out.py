"""Names that sources have and clients do not see, and what counts against them."""

import pytest

from libs.common.domain.channel import Privacy
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Action, Rule, Where
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel
from tests.support.python_world import PythonWorld
from tests.support.records import a_channel
from tests.unit.api.harness import Api
from tests.unit.api.test_artifacts import MAIN, get
from tests.unit.api.test_why import SUBDIRS, a_world

FREE, GPL, GPL_2, GPL_ON_LINUX = (
    a_package("free", "1.0"),
    a_package("gpl", "1.0", license_name="GPL-3.0-only"),
    a_package("gpl", "2.0", license_name="GPL-3.0-only"),
    a_package("gpl", "2.0", license_name="GPL-3.0-only", subdir="linux-64"),
)
PARTLY = (a_package("partly", "1.0"), a_package("partly", "2.0", license_name="GPL-3.0-only"))
OLD = a_package("an-old-gpl", "1.0", license_name="GPL-2.0-only")
EXCLUDED = f"{MAIN}/excluded"


async def test_a_name_of_which_nothing_is_shown_is_told_with_the_reasons(api: Api) -> None:
    """How many of its files, in all partitions, and whose; a name that is there in part is there."""
    await a_world(api, FREE, GPL, GPL_2, GPL_ON_LINUX, *PARTLY)

    assert await get(api, EXCLUDED) == {
        "total_count": 1,
        "reasons": {"channel_filtered.license": 1},
        "items": [
            {
                "name": "gpl",
                "family": "conda",
                "reasons": {"channel_filtered.license": 3},
                "mirrors": [{"mirror_id": "id-of-forge", "mirror": "forge"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["an-old-gpl", "gpl", "secret-gpl"]),
        ("?q=GPL", ["gpl", "an-old-gpl", "secret-gpl"]),
        ("?q=gpl&limit=1&offset=1", ["an-old-gpl"]),
        ("?q=free", []),
        ("?family=python", []),
        ("?reason=mirror_filtered.exclude_specs", ["secret-gpl"]),
        ("?reason=mirror_filtered.license", []),
    ],
)
async def test_names_are_searched_and_narrowed(api: Api, query: str, names: list[str]) -> None:
    """Those first that begin with the text."""
    secret = a_package("secret-gpl", "1.0")
    await a_world(api, FREE, GPL, OLD, secret, filters=Filters(subdirs=SUBDIRS, exclude_specs=("secret-gpl",)))

    assert [item["name"] for item in (await get(api, f"{EXCLUDED}{query}"))["items"]] == names


async def test_reasons_are_counted_whatever_the_reason_that_is_asked_for(api: Api) -> None:
    """So that one can choose another one; by names, not files."""
    secret = a_package("secret", "1.0")
    await a_world(api, GPL, GPL_2, OLD, secret, filters=Filters(subdirs=SUBDIRS, exclude_specs=("secret",)))

    shown = await get(api, f"{EXCLUDED}?reason=channel_filtered.license")

    assert shown["total_count"] == 2
    assert shown["reasons"] == {"channel_filtered.license": 2, "mirror_filtered.exclude_specs": 1}
    assert (await get(api, f"{EXCLUDED}?q=secret"))["reasons"] == {"mirror_filtered.exclude_specs": 1}


async def test_what_is_let_in_and_not_published_is_told_as_that(api: Api) -> None:
    """And is gone from the list when it is published."""
    world = await a_world(api, FREE, GPL)
    await world.put_policy(Rule(id="nothing", action=Action.EXCLUDE, where=Where(spec=("nothing",))))
    await world.look_at_rules()

    (item,) = (await get(api, EXCLUDED))["items"]
    assert (item["name"], item["reasons"]) == ("gpl", {"not_published": 1})
    await world.publish()
    assert (await get(api, EXCLUDED))["total_count"] == 0


async def test_projects_that_nobody_read_are_told_too(api: Api) -> None:
    """By their names alone; nothing is asked of the source for it."""
    world = PythonWorld(
        (a_wheel("Kept", "1.0"), a_wheel("Left.Out", "1.0")),
        eager_names=0,
        filters=Filters(exclude_specs=("left-out",)),
    )
    await world.run()
    await world.publish()
    api.stands_on(world)
    world.asked_pages()

    (item,) = (await get(api, f"{EXCLUDED}?q=Left_O"))["items"]

    assert (item["name"], item["family"]) == ("left-out", "python")
    assert item["reasons"] == {"mirror_filtered.exclude_specs": 1}
    assert world.asked_pages() == []


async def test_a_channel_without_mirrors_leaves_nothing_out(api: Api) -> None:
    """Nor does one that never ran; and whoever may not see it learns nothing."""
    await api.holds(a_channel(privacy=Privacy.PRIVATE))

    assert await get(api, EXCLUDED) == {"total_count": 0, "reasons": {}, "items": []}
    assert (await api.client.get(EXCLUDED)).status_code == 401
