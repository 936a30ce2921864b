"""What people read: amounts, progress lines, client lines."""

import io
from datetime import datetime

import msgspec
import pytest
from rich.console import Console

from libs.client.amounts import files, size
from libs.client.client_lines import client_lines
from libs.client.commands.dead_letters import letters_table
from libs.client.commands.history import history_table
from libs.client.commands.status import ChannelStatus, status_table
from libs.client.errors import ClientError
from libs.client.progress import show_run
from libs.client.wire import Channel, Count, HistoryWish, Mirror, SyncState
from tests.unit.client.small_server import SmallServer


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000_000, "2.5 GB"), (1e20, "100000.0 PB")],
)
def test_sizes_have_fitting_units(size_bytes: float, text: str) -> None:
    """Nobody counts zeros."""
    assert size(size_bytes) == text


def test_one_file_is_one_file() -> None:
    """And many have their thousands apart."""
    assert (files(1), files(61_144)) == ("1 file", "61,144 files")


@pytest.mark.parametrize(
    ("mirror_type", "privacy", "line"),
    [
        ("conda", "public", "-c http://h:1/api/repo/a/b PACKAGE"),
        ("conda", "private", "-c http://h:1/t/<TOKEN>/api/repo/a/b PACKAGE"),
        ("python_simple", "public", "--index-url http://h:1/api/repo/a/b/simple --trusted-host h PACKAGE"),
        (
            "python_simple",
            "authenticated",
            "http://<TOKEN>:x-auth-token@h:1/api/repo/a/b/simple --trusted-host h PACKAGE",
        ),
        ("CRAN", "public", 'repos = "http://h:1/api/repo/a/b/cran"'),
    ],
)
def test_client_lines_can_be_pasted(mirror_type: str, privacy: str, line: str) -> None:
    """The token stands where each client looks for it."""
    lines = client_lines("http://h:1", channel="a/b", mirror_type=mirror_type, privacy=privacy)

    assert line in lines
    assert ("<TOKEN>" in lines) == (privacy != "public")


def _seen(step: int, state: str) -> Mirror:
    return Mirror(
        mirror_id="m1",
        mirror_name="m",
        source_root="https://up.example/c",
        mirror_type="conda",
        mirror_mode="active",
        cron="0 0 1 * *",
        state=state,
        run_number=1,
        sync_state=SyncState(
            count=Count(active=7, active_planned=10, failed=1),
            bytes_transfered=1_000_000,
            current_step_number=step,
            current_step_percentage=50,
            current_step_description="Step [red]",
        ),
    )


def test_without_a_terminal_each_step_is_one_line() -> None:
    """A log of a build server is no place for a moving bar."""
    output = io.StringIO()
    seen = [_seen(0, "pending"), _seen(1, "running"), _seen(1, "running"), _seen(2, "running"), _seen(8, "completed")]
    last = show_run(iter(seen), Console(file=output))

    amounts = "7 files, 10 to fetch, 1 failed, 1.0 MB"
    assert last is seen[-1]
    assert output.getvalue().splitlines() == [
        f"waiting for the scheduler  {amounts}",
        f"1/8 Step [red]  {amounts}",
        f"2/8 Step [red]  {amounts}",
    ]


def test_on_a_terminal_there_is_a_bar() -> None:
    """Over all steps, with amounts beside it, and gone at the end."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=120, color_system=None)
    show_run(iter([_seen(2, "running"), _seen(8, "completed")]), console)

    assert "8/8 Step [red]" in output.getvalue()
    assert "7 files, 10 to fetch" in output.getvalue()


def test_the_status_tells_when_a_mirror_ran_and_runs_next() -> None:
    """In local time, to the minute."""
    planned = msgspec.structs.replace(
        _seen(8, "completed"), last_run_at="2026-05-17T12:00:59+00:00", next_run_at="2026-06-01T00:00:03+00:00"
    )
    output = io.StringIO()
    found = [
        ChannelStatus(channel=Channel(name="main"), mirrors=(planned, _seen(2, "running"))),
        ChannelStatus(channel=Channel(name="none"), mirrors=()),
    ]
    Console(file=output, width=200).print(status_table(found))

    times = [datetime.fromisoformat(moment).astimezone() for moment in ("2026-05-17T12:00Z", "2026-06-01T00:00Z")]
    heading, first, second, empty = (line.rstrip() for line in output.getvalue().splitlines())
    assert heading.endswith("Last run          Next run")
    assert first.endswith("  ".join(moment.strftime("%Y-%m-%d %H:%M") for moment in times))
    assert second.split()[-2:] == ["-", "-"]
    assert empty.split() == ["none", "-", "-"]


def test_the_status_names_types_and_what_nobody_read() -> None:
    """A channel may have mirrors of each."""
    count = Count(passive=7, unread=2_500, failed=1)
    python = msgspec.structs.replace(
        _seen(8, "completed"), mirror_type="python_simple", sync_state=SyncState(count=count)
    )
    r = msgspec.structs.replace(_seen(8, "completed"), mirror_type="CRAN")
    output = io.StringIO()
    Console(file=output, width=200).print(
        status_table([ChannelStatus(channel=Channel(name="main"), mirrors=(python, r))])
    )

    _, first, second = output.getvalue().splitlines()
    assert " Python " in first
    assert " 7, 2,500 projects unread, 1 failed " in first
    assert " R " in second


def test_policies_are_marked_in_the_status() -> None:
    """Beside the channel or mirror that has one of its own."""
    mirror = Mirror(
        mirror_id="m",
        mirror_name="forge",
        source_root="https://source.example",
        mirror_type="conda",
        mirror_mode="passive",
        cron="0 0 1 * *",
        state="completed",
        policy_name="[strict]",
    )
    channel = Channel(name="bio", privacy="private", policy_name="production")
    console = Console(file=io.StringIO(), width=200)
    console.print(status_table([ChannelStatus(channel=channel, mirrors=(mirror,))]))
    line = console.file.getvalue().splitlines()[1]  # type: ignore[attr-defined]

    assert line.startswith("bio (private, policy production)")
    assert "forge (policy [strict])" in line


def test_the_history_is_a_line_an_event(server: SmallServer) -> None:
    """Of one channel or of all; what outsiders wrote can't break the table."""
    server.channels["bio"] = {"name": "bio"}
    wish = HistoryWish(event_type="mirroring_failed", since="2026-01-01", limit=2)
    with server.client() as client:
        events = (*client.history("bio", wish), *client.history(None, HistoryWish()))
    console = Console(file=io.StringIO(), width=200)
    console.print(history_table(events))

    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert server.queries == [{"event_type": "mirroring_failed", "from": "2026-01-01", "limit": "2"}, {}]
    assert [line.split()[2:] for line in lines[1:]] == [
        [channel, "mirroring_failed", "ann", *"reason=[the source] is away, run_number=3".split()]
        for channel in ("bio", "gone")
    ]


def test_dead_letters_are_a_line_a_message(server: SmallServer) -> None:
    """When, where, and why; what others wrote can't break the table."""
    with server.client() as client:
        letters = client.dead_letters(limit=3)
    output = io.StringIO()
    Console(file=output, width=200).print(letters_table(letters))

    assert server.queries == [{"limit": "3"}]
    assert output.getvalue().splitlines()[1].split() == [
        *("2026-01-01T00:00:00", "scheduler", "mirror.stop", "e"),
        *"NotFound: [main] is gone".split(),
    ]


def test_nothing_seen_is_an_error() -> None:
    """There is no last state to speak of."""
    with pytest.raises(ClientError):
        show_run(iter(()), Console(file=io.StringIO()))
