"""Following a run: which one, until when, and until what is published."""

import pytest

from libs.client.errors import ClientError
from libs.client.follow import await_published, follow_run, quest_of
from libs.client.wire import Mirror, MirrorWish
from tests.unit.client.small_server import SmallServer

_WISH = MirrorWish(
    mirror_name="m", source_root="https://up.example/c", mirror_type="conda", mirror_mode="passive", cron="0 0 1 * *"
)


def _at_once(seconds: float) -> None:
    """Wait for nothing: the server in memory goes on with every look."""
    del seconds


def _mirror(state: str, number: int | None) -> Mirror:
    return Mirror(
        mirror_id="m1",
        mirror_name="m",
        source_root="https://up.example/c",
        mirror_type="conda",
        mirror_mode="passive",
        cron="0 0 1 * *",
        state=state,
        run_number=number,
    )


@pytest.mark.parametrize(
    ("before", "number"),
    [
        pytest.param(None, 1, id="new_mirror"),
        pytest.param(_mirror("pending", None), 1, id="never_ran"),
        pytest.param(_mirror("completed", 4), 5, id="ran_before"),
        pytest.param(_mirror("running", 4), 4, id="runs_already"),
    ],
)
def test_the_run_to_follow(before: Mirror | None, number: int) -> None:
    """An older run's end must not be taken for the new one's."""
    assert quest_of("main", before=before, answer=_mirror("pending", None)).number == number


def test_a_run_is_followed_to_its_end_and_published(server: SmallServer) -> None:
    """Every state is seen in order, and then the revision is there."""
    with server.client() as client:
        client.create_channel("main")
        quest = quest_of("main", before=None, answer=client.create_mirror("main", _WISH))
        states = [mirror.state for mirror in follow_run(client, quest, sleep=_at_once)]
        shown = await_published(client, "main", mirror_id="m1", catalogue_run=1, sleep=_at_once)

    assert states == ["pending", "running", "completed"]
    assert shown is not None
    assert shown.revision is not None
    assert shown.revision.number == 1


def test_a_run_that_nobody_takes_up_is_not_waited_for_without_end(server: SmallServer) -> None:
    """A dead scheduler is said, not waited for."""
    server.steps = []
    with server.client() as client:
        client.create_channel("main")
        quest = quest_of("main", before=None, answer=client.create_mirror("main", _WISH))
        with pytest.raises(ClientError, match="scheduler"):
            list(follow_run(client, quest, sleep=_at_once))


def test_a_deleted_mirror_ends_the_wait(server: SmallServer) -> None:
    """Somebody else may have removed it."""
    with server.client() as client:
        client.create_channel("main")
        quest = quest_of("main", before=None, answer=client.create_mirror("main", _WISH))
        server.mirrors["main"].clear()
        with pytest.raises(ClientError, match="deleted"):
            list(follow_run(client, quest, sleep=_at_once))


def test_a_frozen_channel_is_not_waited_for(server: SmallServer) -> None:
    """It publishes when it is unfrozen, and not before."""
    with server.client() as client:
        client.create_channel("main")
        server.channels["main"]["indexing_behavior"] = "frozen"
        looks = len(server.requests)
        shown = await_published(client, "main", mirror_id="m1", catalogue_run=1, sleep=_at_once)

    assert shown is not None
    assert shown.is_frozen
    assert len(server.requests) == looks + 1
