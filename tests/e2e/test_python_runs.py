"""What runs of Python mirrors ask of their source, and what becomes of names that nobody has read yet."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.support.eventually import eventually
from tests.support.faults import Corrupt, Held, Missing, ServerError
from tests.support.mirrored import Mirrored
from tests.support.mirrored_python import index_of, listed, mirror_python, names_of, projects
from tests.support.python_clients import pip_install, pip_report
from tests.support.python_index import Habits, PageForm
from tests.support.python_packages import PythonFile, a_wheel
from tests.support.python_source import PythonSource
from tests.support.stack import Stack

ONE, TWO, THREE = a_wheel("one", "1.0"), a_wheel("two", "1.0"), a_wheel("three", "1.0")
NEWER = a_wheel("one", "2.0")
LIST = "simple/"
_MANY = 2_100
"""More names than a passive mirror reads without being asked."""


@pytest.mark.parametrize("form", [PageForm.JSON, PageForm.PLAIN])
def test_an_unchanged_source_costs_one_conditional_request_a_page(stack: Stack, channel: str, form: PageForm) -> None:
    """And the page that changed is the only one that is sent again."""
    with closing(PythonSource((ONE, TWO, THREE), forms=(form,))) as source:
        mirrored = mirror_python(stack, channel, source.root)
        revision = mirrored.revision()
        source.forget()
        assert mirrored.run_again() == "completed"
        pages = {LIST, "simple/one/", "simple/two/", "simple/three/"}
        assert source.counts() == dict.fromkeys(pages, 1)
        assert {request.status for request in source.requests if request.path != LIST} == {304}
        assert mirrored.revision() == revision

        source.publish((ONE, NEWER, TWO, THREE))
        source.forget()
        assert mirrored.run_again() == "completed"
        assert source.counts() == dict.fromkeys(pages, 1)
        assert {request.path for request in source.requests if request.status == 200} - {LIST} == {"simple/one/"}
        assert listed(mirrored, "one") == names_of(ONE, NEWER)


def test_a_source_with_serials_is_only_asked_for_pages_that_changed(stack: Stack, channel: str) -> None:
    """The list says which: without news it is the only request."""
    with closing(PythonSource((ONE, TWO, THREE), habits=Habits(has_serials=True))) as source:
        mirrored = mirror_python(stack, channel, source.root)
        source.forget()
        assert mirrored.run_again() == "completed"
        assert source.counts() == {LIST: 1}

        source.publish((ONE, NEWER, TWO))
        source.forget()
        assert mirrored.run_again() == "completed"
        assert source.counts() == {LIST: 1, "simple/one/": 1}
        assert projects(mirrored) == {"one", "two"}


def test_a_source_without_validators_is_recognised_by_its_bytes(stack: Stack, channel: str) -> None:
    """It costs the pages again, and changes nothing."""
    with closing(PythonSource((ONE, TWO), has_validators=False)) as source:
        mirrored = mirror_python(stack, channel, source.root)
        revision = mirrored.revision()
        assert mirrored.run_again() == "completed"

    assert mirrored.revision() == revision


def test_named_projects_need_no_list(stack: Stack, channel: str) -> None:
    """The projects of the filters are all that is asked for; a list may not even be there."""
    with closing(PythonSource((ONE, TWO, THREE))) as source:
        source.break_files({LIST: Missing()})
        mirrored = mirror_python(stack, channel, source.root, projects=["One", "two", "nowhere"])

        assert source.counts() == dict.fromkeys(("simple/one/", "simple/two/", "simple/nowhere/"), 1)
        assert projects(mirrored) == {"one", "two"}
        assert pip_report("one", index=index_of(mirrored)) == {"one": "1.0"}


def test_projects_may_be_chosen_by_pattern(stack: Stack, channel: str) -> None:
    """From the list."""
    with closing(PythonSource((ONE, TWO, THREE))) as source:
        mirrored = mirror_python(stack, channel, source.root, projects=["t*"])

        assert source.count("simple/one/") == 0
        assert projects(mirrored) == {"three", "two"}


def test_one_unreadable_page_leaves_the_others_alone(stack: Stack, channel: str) -> None:
    """It is counted and named."""
    with closing(PythonSource((ONE, TWO))) as source:
        source.break_files({"simple/one/": Corrupt()})
        mirrored = mirror_python(stack, channel, source.root)

        assert listed(mirrored, "two") == names_of(TWO)
        assert mirrored.count()["failed"] == 1


class TestAWholeIndex:
    """A passive mirror of more names than are read at once."""

    @pytest.fixture(scope="class")
    def lodes(self) -> tuple[PythonFile, ...]:
        """Return many projects, and one that needs one of them."""
        many = (a_wheel(f"lode-{number:04}", "1.0") for number in range(_MANY))
        return (*many, a_wheel("vein", "1.0", requires=["lode-0007"]))

    @pytest.fixture(scope="class")
    def source(self, lodes: tuple[PythonFile, ...]) -> Iterator[PythonSource]:
        """Return an index of them."""
        with closing(PythonSource(lodes)) as index:
            yield index

    @pytest.fixture(scope="class")
    def whole(self, stack: Stack, source: PythonSource) -> Mirrored:
        """Return a passive mirror of all of it."""
        return mirror_python(stack, "py-whole", source.root)

    def test_the_list_costs_one_request(self, whole: Mirrored, source: PythonSource) -> None:
        """Clients see all names, and nothing else was read."""
        assert source.counts() == {LIST: 1}
        assert len(projects(whole)) == _MANY + 1
        assert (whole.count()["passive"], whole.count()["unread"]) == (0, _MANY + 1)

    def test_pip_installs_what_nobody_asked_for_before(self, whole: Mirrored, source: PythonSource) -> None:
        """Each page is read once, when first asked for, however often it is asked for after."""
        for _ in range(2):
            with pip_install("vein", index=index_of(whole)) as environment:
                assert environment.versions() == {"lode_0007": "1.0", "vein": "1.0"}

        assert {path: count for path, count in source.counts().items() if path.startswith("simple/")} == {
            LIST: 1,
            "simple/vein/": 1,
            "simple/lode-0007/": 1,
        }

    def test_a_source_that_is_away_is_not_taken_for_one_without_the_project(
        self, whole: Mirrored, source: PythonSource
    ) -> None:
        """Told that there is no such project, a client would look elsewhere."""
        source.break_files({"simple/lode-0020/": ServerError()})
        away = whole.get("simple/lode-0020/")
        source.mend()

        assert away.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "retry-after" in away.headers
        assert listed(whole, "lode-0020") == {"lode_0020-1.0-py3-none-any.whl"}
        assert whole.get("simple/never-there/").status_code == httpx.codes.NOT_FOUND

    def test_a_frozen_channel_keeps_what_was_read_while_it_was_frozen(
        self, whole: Mirrored, source: PythonSource, lodes: tuple[PythonFile, ...]
    ) -> None:
        """What one client saw the next one sees, whatever runs read meanwhile."""
        whole.stack.api.update_channel(whole.channel, indexing_behavior="frozen")
        first = listed(whole, "lode-0030")
        newer = a_wheel("lode-0030", "2.0")
        source.publish((*lodes, newer))
        assert whole.run_again() == "completed"

        assert listed(whole, "lode-0030") == first == names_of(lodes[30])
        whole.stack.api.update_channel(whole.channel, indexing_behavior="default")
        eventually(
            lambda: listed(whole, "lode-0030") == first | names_of(newer), within_s=15, what="the newer one to show"
        )
        source.publish(lodes)
        assert whole.run_again() == "completed"

    def test_a_page_that_was_read_stays_until_the_next_run(
        self, whole: Mirrored, source: PythonSource, lodes: tuple[PythonFile, ...]
    ) -> None:
        """Two clients must not see two states of one project because one came later."""
        before = listed(whole, "lode-0011")
        newer = a_wheel("lode-0011", "2.0")
        source.publish((*(lode for lode in lodes if lode.project != "vein"), newer))
        assert listed(whole, "lode-0011") == before
        source.forget()

        assert whole.run_again() == "completed"

        assert listed(whole, "lode-0011") == before | names_of(newer)
        assert source.pages_asked() <= 6
        assert whole.get("simple/vein/").status_code == 404


def test_a_stopped_run_goes_on_from_what_it_stored(stack: Stack, channel: str) -> None:
    """Stop answers at once even while the source hangs, and no byte is fetched twice."""
    files = [a_wheel(f"gravel-{number}", "1.0", padding_bytes=2_000) for number in range(30)]
    with closing(PythonSource(files)) as source:
        source.break_files({file.path: Held() for file in files[15:]})
        stack.api.create_channel(channel)
        mirror_id = stack.api.create_mirror(channel, source.root, mode="active", mirror_type="python_simple")
        mirrored = Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
        for file in files[:16]:
            source.wait_for_request(file.path)

        stack.api.stop(channel, mirror_id)
        stack.api.wait_for_state(channel, mirror_id, "stopped", within_s=10)
        assert stack.wait_for_run(channel, mirror_id) == "stopped"
        stored = {name for name in projects(mirrored) if listed(mirrored, name)}
        source.mend()

        assert mirrored.run_again() == "completed"
        assert projects(mirrored) == {file.normalised for file in files}
        assert not [file.path for file in files if file.normalised in stored and source.count(file.path) != 1]
