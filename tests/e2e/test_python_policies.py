"""What policies, filters and freezing do to what pip sees of a Python channel, mostly without asking the source."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, listed, mirror_python, names_of, projects
from tests.support.python_clients import ClientFailed, pip_download, pip_report
from tests.support.python_packages import PythonFile, a_wheel, an_sdist
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

NOW = datetime.now(UTC)
OLD = a_wheel("ore", "1.0", license_expression="MIT")
SOURCE = an_sdist("ore", "1.0")
GPL = a_wheel("ore", "1.5", license_expression="GPL-3.0-only")
YOUNG = a_wheel("ore", "2.0", uploaded_at=(NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S.000000Z"))
YANKED = a_wheel("ore", "1.9", yanked=True)
NATIVE = a_wheel("ore", "1.2", tag="cp311-cp311-manylinux_2_17_x86_64", requires_python=">=3.11")
ALL = (OLD, SOURCE, GPL, YOUNG, YANKED, NATIVE)
NEEDED = a_wheel("slag", "3.0")
NEEDY = a_wheel("smelter", "1.0", requires=["ore<1.1", 'slag; sys_platform == "linux"'])
_SECONDS = 15.0


@pytest.fixture(scope="module")
def source() -> Iterator[PythonSource]:
    """Return a source whose requests are counted."""
    with closing(PythonSource((*ALL, NEEDED, NEEDY))) as index:
        yield index


@pytest.fixture(scope="module")
def python(stack: Stack, source: PythonSource) -> Mirrored:
    """Return a passive channel of it with a policy that lets everything in."""
    mirrored = mirror_python(stack, "py-policies", source.root)
    put_policy(mirrored)
    return mirrored


def put_policy(mirrored: Mirrored, *rules: dict[str, Any]) -> None:
    """Save the channel's policy, and assign it where it is new."""
    api, name = mirrored.stack.api, mirrored.channel
    if api.channel(name)["policy_name"] is None:
        api.call("POST", "/policies", {"name": name, "rules": rules}, expect=201)
        api.call("PUT", f"/channels/{name}/policy", {"policy": name}, expect=200)
    else:
        api.call("PUT", f"/policies/{name}", {"name": name, "rules": rules}, expect=200)


def until_listed(mirrored: Mirrored, *files: PythonFile, project: str = "ore") -> None:
    """Wait until a project's pages list these files."""
    wanted = names_of(*files)
    eventually(lambda: listed(mirrored, project) == wanted, within_s=_SECONDS, what=f"{sorted(wanted)} to be listed")
    mirrored.stack.settle()


@pytest.mark.parametrize(
    ("action", "where", "kept"),
    [
        pytest.param("exclude", {"spec": ["ore >=1.5"]}, (OLD, SOURCE, NATIVE), id="spec"),
        pytest.param("require", {"spec": ["ore 1.0.*"]}, (OLD, SOURCE), id="match-spec"),
        pytest.param("require", {"age": {"op": ">=", "days": 14}}, (OLD, SOURCE, GPL, YANKED, NATIVE), id="age"),
        pytest.param("require", {"newest": 1}, (YOUNG,), id="newest"),
        pytest.param("exclude", {"yanked": True}, (OLD, SOURCE, GPL, YOUNG, NATIVE), id="yanked"),
        pytest.param("exclude", {"license": {"in": ["GPL"]}}, (OLD, SOURCE, YOUNG, YANKED, NATIVE), id="license"),
        pytest.param("require", {"kind": {"in": ["sdist"]}}, (SOURCE,), id="sdist-only"),
        pytest.param("require", {"platform": {"in": ["any"]}}, (OLD, GPL, YOUNG, YANKED), id="pure-wheels"),
        pytest.param("require", {"wheel_tag": ["cp311-*-manylinux*"]}, (NATIVE,), id="wheel-tag"),
        pytest.param("exclude", {"python": ">=3.11,<3.12"}, (), id="python"),
    ],
)
def test_a_policy_acts_at_once(
    python: Mirrored, action: str, where: dict[str, Any], kept: tuple[PythonFile, ...]
) -> None:
    """What is left out is neither listed nor served, seconds after the policy was saved."""
    put_policy(python, {"id": "rule", "action": action, "ecosystems": ["python"], "where": where})
    until_listed(python, *kept)

    assert [python.get(file.ckey).status_code for file in ALL] == [200 if file in kept else 404 for file in ALL]
    put_policy(python)
    until_listed(python, *ALL)


def test_pip_sees_what_the_policy_says(python: Mirrored, source: PythonSource) -> None:
    """It takes the next best version, or says that there is none; the source is not asked for any of it."""
    index = index_of(python)
    assert pip_report("ore", index=index) == {"ore": "2.0"}
    source.forget()
    put_policy(python, {"id": "settled", "action": "require", "where": {"age": {"op": ">=", "days": 14}}})
    until_listed(python, OLD, SOURCE, GPL, YANKED, NATIVE)

    assert pip_report("ore", index=index) == {"ore": "1.5"}
    with pytest.raises(ClientFailed, match="No matching distribution"):
        pip_download("ore==2.0", index=index)
    assert source.pages_asked() == 0
    put_policy(python)
    until_listed(python, *ALL)


def test_what_a_rule_needs_is_let_in(python: Mirrored) -> None:
    """Dependencies are read from core metadata, with their markers, and their ranges hold."""
    rule = {"id": "roots", "action": "require", "where": {"spec": ["smelter"]}, "include_dependencies": True}
    put_policy(python, {**rule, "ecosystems": ["python"]})
    until_listed(python, OLD, SOURCE)

    eventually(lambda: projects(python) == {"ore", "slag", "smelter"}, within_s=_SECONDS, what="the closure")
    assert pip_report("smelter", index=index_of(python)) == {"smelter": "1.0", "ore": "1.0", "slag": "3.0"}
    put_policy(python)
    until_listed(python, *ALL)


def test_filters_are_edited_without_a_run(stack: Stack, source: PythonSource, channel: str) -> None:
    """In the words of the incumbent, whose specs are conda's."""
    mirrored = mirror_python(stack, channel, source.root)
    source.forget()

    stack.api.replace_mirror(channel, mirrored.mirror_id, filters={"exclude_specs": ["ore >1.0"]})
    until_listed(mirrored, OLD, SOURCE)

    assert source.pages_asked() == 0
    assert mirrored.count()["mirror_filtered"]["exclude_specs"] == len(ALL) - 2


def test_a_frozen_channel_stays_until_it_is_thawed(stack: Stack, channel: str) -> None:
    """Neither a policy nor a run shows before."""
    first, second = a_wheel("quartz", "1.0"), a_wheel("quartz", "2.0")
    with closing(PythonSource((first,))) as index:
        mirrored = mirror_python(stack, channel, index.root)
        stack.api.update_channel(channel, indexing_behavior="frozen")
        index.publish((first, second))
        assert mirrored.run_again() == "completed"
        assert listed(mirrored, "quartz") == names_of(first)

        stack.api.update_channel(channel, indexing_behavior="default")
        until_listed(mirrored, first, second, project="quartz")
        assert pip_report("quartz", index=index_of(mirrored)) == {"quartz": "2.0"}
