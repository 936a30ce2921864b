"""Showing a run as it goes: a live bar on a terminal, a line per step elsewhere."""

from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from libs.client.amounts import files, size
from libs.client.errors import ClientError
from libs.client.wire import Mirror, SyncState

_FULL = 100


def show_run(seen: Iterator[Mirror], console: Console) -> Mirror:
    """Show every mirror that comes, and return the last one, whose run has ended.

    Raises:
        ClientError: what `seen` raises, or when it is empty.
    """
    last = _show_live(seen, console) if console.is_terminal else _show_lines(seen, console)
    if last is None:
        raise ClientError("the run can't be seen")
    return last


def _show_live(seen: Iterator[Mirror], console: Console) -> Mirror | None:
    """Draw one bar over all steps."""
    last = None
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[amounts]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("waiting for the scheduler", total=None, amounts="")
        for last in seen:
            state = last.sync_state
            bar.update(
                task,
                description=_step(last),
                total=state.total_steps_count * _FULL,
                completed=_completed(state),
                amounts=_amounts(state),
            )
    return last


def _show_lines(seen: Iterator[Mirror], console: Console) -> Mirror | None:
    """Write a line whenever a step begins."""
    last, shown = None, ""
    for last in seen:
        step = _step(last)
        if step != shown and last.is_active:
            amounts = _amounts(last.sync_state)
            console.print(f"{step}  {amounts}".rstrip(), markup=False, highlight=False, soft_wrap=True)
            shown = step
    return last


def _step(mirror: Mirror) -> str:
    """Name the step, as in `6/8 Download packages`."""
    state = mirror.sync_state
    if mirror.state == "pending" or not state.current_step_number:
        return "waiting for the scheduler"
    if mirror.state == "stopping":
        return "stopping"
    if state.last_exception:
        return f"waits: {state.last_exception}"
    return f"{state.current_step_number}/{state.total_steps_count} {state.current_step_description}"


def _completed(state: SyncState) -> int:
    """Return how much of all steps is done, each step counted alike."""
    return max(state.current_step_number - 1, 0) * _FULL + state.current_step_percentage


def _amounts(state: SyncState) -> str:
    """Return files and bytes, as far as they are known."""
    count = state.count
    parts = []
    if count.listed:
        parts.append(files(count.listed))
    if count.active_planned:
        parts.append(f"{count.active_planned:,} to fetch")
    if count.failed:
        parts.append(f"{count.failed:,} failed")
    if state.bytes_transfered:
        parts.append(size(state.bytes_transfered))
    return ", ".join(parts)
