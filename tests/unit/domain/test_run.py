"""The table of run states."""

from libs.common.domain.run import ACTIVE_STATES, END_STATES, STEPS, TRANSITIONS, RunState, sources_of


def test_every_state_has_a_row_and_end_states_have_no_way_out() -> None:
    """An end is an end; a new run is a new run."""
    assert set(TRANSITIONS) == set(RunState)
    assert all(not TRANSITIONS[state] for state in END_STATES)


def test_every_active_state_reaches_an_end() -> None:
    """No run can be caught for ever."""
    for start in ACTIVE_STATES:
        reached, frontier = set(), {start}
        while frontier:
            reached |= frontier
            frontier = {target for state in frontier for target in TRANSITIONS[state]} - reached

        assert reached & END_STATES


def test_sources_are_the_table_read_backwards() -> None:
    """A conditional update names the states that may be left."""
    for target in RunState:
        assert sources_of(target) == {state for state in RunState if target in TRANSITIONS[state]}


def test_there_are_eight_steps_and_the_third_is_the_wires() -> None:
    """The incumbent's client shows "3 of 8: Filter remote packages"."""
    assert len(STEPS) == 8
    assert STEPS[2] == "Filter remote packages"
