"""Cron expressions: what is taken, what is refused and in which words, and when they fire."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.cron import check_cron, fire_delay, next_fire, next_fires
from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import DEFAULT_CRON
from tests.support.records import NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEFAULT_CRON, "0 0 1 * *"),
        ("  */5  *  * * * ", "*/5 * * * *"),
        ("0 0 * mar fri", "0 0 * mar fri"),
        ("0 0 * apr thu", "0 0 * apr thu"),
        ("0 0 L * *", "0 0 L * *"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0 0 * * fri#2", "0 0 * * fri#2"),
        ("0 0 31 2 mon", "0 0 31 2 mon"),
        ("@daily", "@daily"),
    ],
)
def test_a_plain_plan_is_taken(text: str, expected: str) -> None:
    """Five fields or a shortcut."""
    assert check_cron(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("61 * * * *", "'61' as its minute, which takes 0-59", id="minute"),
        pytest.param("*/0 * * * *", r"'\*/0' as its minute, which takes 0-59", id="step-zero"),
        pytest.param("0 24 * * *", "'24' as its hour, which takes 0-23", id="hour"),
        pytest.param("0 0 32 * *", "'32' as its day of month, which takes 1-31", id="day-of-month"),
        pytest.param("0 0 0 * *", "'0' as its day of month, which takes 1-31", id="day-zero"),
        pytest.param("0 0 1 13 *", "'13' as its month, which takes 1-12 or jan-dec", id="month"),
        pytest.param("0 0 * * 8", "'8' as its day of week, which takes 0-7 or sun-sat", id="day-of-week"),
        pytest.param("0 0 * * fri#6", "'fri#6' as its day of week", id="sixth-friday"),
        pytest.param("R * * * *", "'R' as its minute", id="random"),
        pytest.param("r(0-5) * * * *", "as its minute", id="random-range"),
        pytest.param("0 H * * *", "'H' as its hour", id="hashed"),
        pytest.param("-1 * * * *", "'-1' as its minute", id="negative"),
        pytest.param("", "0 fields and must have 5", id="nothing"),
        pytest.param("0 0 1 *", "4 fields and must have 5", id="four-fields"),
        pytest.param("0 0 1 * * 0", "6 fields and must have 5", id="six-fields"),
        pytest.param("@reboot", "1 field and must have 5", id="unknown-shortcut"),
        pytest.param("0 0 31 2 *", "never fires: there is no day of month '31' in month '2'", id="no-such-day"),
        pytest.param("0 0 5 * fri#1", "needs \\* as its day of month", id="first-friday-the-5th"),
        pytest.param("0 0 5 * L5", "needs \\* as its day of month", id="last-friday-the-5th"),
        pytest.param("0 0 1 * *\n", "one line", id="line-end"),
        pytest.param("٣ * * * *", "plain characters", id="other-digits"),
        pytest.param("0," * 200 + "0 * * * *", "at most 200", id="long"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, words: str) -> None:
    """The message names the field and what it takes, and shows what is meant."""
    with pytest.raises(InvalidInput, match=words) as caught:
        check_cron(text)

    assert caught.value.field == "cron"
    assert "'0 0 1 * *'" in caught.value.message


def test_the_next_times_are_in_order_and_in_utc() -> None:
    """Whatever zone the question was asked in."""
    fires = next_fires("30 12 * * *", NOON, count=3)

    assert fires == tuple(datetime(2026, 5, day, 12, 30, tzinfo=UTC) for day in (17, 18, 19))


def test_a_delayed_fire_is_not_skipped_while_it_is_awaited() -> None:
    """At 12:00:10 a mirror with 45 s of delay has its 12:00 fire ahead of it."""
    at_ten = datetime(2026, 5, 17, 12, 0, 10, tzinfo=UTC)
    delay = timedelta(seconds=45)

    assert next_fire("0 * * * *", at_ten, delay=delay) == datetime(2026, 5, 17, 12, 0, 45, tzinfo=UTC)
    assert next_fire("0 * * * *", at_ten + delay, delay=delay) == datetime(2026, 5, 17, 13, 0, 45, tzinfo=UTC)


@given(st.sampled_from(["* * * * *", "*/7 * * * *", "0 0 1 * *", "0 0 29 2 *"]), st.integers(0, 7200))
def test_each_fire_comes_once_whatever_its_delay(cron: str, delay_s: int) -> None:
    """Asked again at a fire, the next one is later; and each lies its delay after one of the cron's times."""
    delay = timedelta(seconds=delay_s)
    first = next_fire(cron, NOON, delay=delay)
    second = next_fire(cron, first, delay=delay)

    assert NOON < first < second
    assert next_fires(cron, first - delay, count=1) == (second - delay,)


def test_mirrors_are_spread_over_the_whole_range_and_no_further() -> None:
    """A thousand mirrors with the same cron ask their sources in sixty different seconds."""
    delays = {fire_delay(f"mirror-{number}", spread_s=60) for number in range(1000)}

    assert delays == {timedelta(seconds=second) for second in range(60)}


def test_a_mirror_keeps_its_delay_and_zero_switches_it_off() -> None:
    """Every scheduler must find the same time."""
    assert fire_delay("m", spread_s=60) == fire_delay("m", spread_s=60)
    assert fire_delay("m", spread_s=0) == timedelta()
