"""Filters of a mirror: what they keep, how `sync_state` counts what they drop."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from tests.support.conda_source import CondaSource
from tests.support.mirrored import mirror
from tests.support.packages import a_package
from tests.support.stack import Stack

MakeSource = Callable[..., CondaSource]


def _ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


OLD = a_package("numbers", "1.0", timestamp_ms=_ms("2020-05-01"))
NEW = a_package("numbers", "2.0", timestamp_ms=_ms("2024-05-01"))
LEGACY = a_package("numbers", "2.0", extension=".tar.bz2", timestamp_ms=_ms("2024-05-01"))
GPL = a_package("copyleft", license_name="GPL-3.0-or-later", timestamp_ms=_ms("2024-05-01"))
UNDATED = a_package("undated", license_name=None, timestamp_ms=None)
MAC = a_package("mac-only", subdir="osx-arm64", timestamp_ms=_ms("2024-05-01"))
LINUX = a_package("linux-only", subdir="linux-64", timestamp_ms=_ms("2024-05-01"))
PACKAGES = (OLD, NEW, LEGACY, GPL, UNDATED, MAC, LINUX)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One set of filters, the files of noarch that it keeps, and what it counts as dropped."""

    filters: dict[str, object]
    keeps: tuple[str, ...]
    reason: str | None = None
    dropped: int = 0


_ALL = ("numbers-1.0-h0_0.conda", "numbers-2.0-h0_0.conda", "numbers-2.0-h0_0.tar.bz2")
_COPYLEFT, _UNDATED = "copyleft-1.0-h0_0.conda", "undated-1.0-h0_0.conda"
CASES = {
    "none": Case(filters={}, keeps=(*_ALL, _COPYLEFT, _UNDATED)),
    "only specs": Case(filters={"only_specs": ["numbers >=2"]}, keeps=_ALL[1:], reason="only_specs", dropped=5),
    "exclude specs": Case(
        filters={"exclude_specs": ["numbers <2"]},
        keeps=(*_ALL[1:], _COPYLEFT, _UNDATED),
        reason="exclude_specs",
        dropped=1,
    ),
    "exclude and bring back": Case(
        filters={"exclude_specs": ["numbers"], "include_specs": ["numbers 1.*"]},
        keeps=(_ALL[0], _COPYLEFT, _UNDATED),
        reason="exclude_specs",
        dropped=2,
    ),
    "exclude license": Case(
        filters={"exclude_licenses": ["gpl3"]}, keeps=(*_ALL, _UNDATED), reason="license", dropped=1
    ),
    "include license": Case(filters={"include_licenses": ["mit"]}, keeps=_ALL, reason="license", dropped=2),
    "from a day": Case(filters={"date_from": "2022-01-01"}, keeps=(*_ALL[1:], _COPYLEFT), reason="date", dropped=2),
    "up to a day": Case(filters={"date_to": "2020-05-01"}, keeps=(_ALL[0],), reason="date", dropped=6),
    "no legacy twins": Case(
        filters={"legacy_packages": "drop"},
        keeps=(*_ALL[:2], _COPYLEFT, _UNDATED),
        reason="duplicated_legacy_conda",
        dropped=1,
    ),
}


@pytest.fixture(scope="module")
def source(make_source: MakeSource) -> CondaSource:
    """Return a source with something for every filter."""
    return make_source(PACKAGES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_filter_keeps_and_counts(stack: Stack, source: CondaSource, channel: str, name: str) -> None:
    """What is dropped is in no index form, and is counted under its reason."""
    case = CASES[name]
    mirrored = mirror(stack, channel, source.url, filters=case.filters)
    filtered = mirrored.count()["mirror_filtered"]

    assert mirrored.listed() == set(case.keeps)
    assert {reason: count for reason, count in filtered.items() if count} == (
        {case.reason: case.dropped} if case.reason else {}
    )


def test_only_the_subdirs_asked_for_are_mirrored_and_noarch_always(
    stack: Stack, source: CondaSource, channel: str
) -> None:
    """Without noarch no channel is a channel."""
    mirrored = mirror(stack, channel, source.url, filters={"subdirs": ["linux-64"]})

    assert mirrored.listed("linux-64") == {LINUX.filename}
    assert mirrored.listed("osx-arm64") == frozenset()
    assert len(mirrored.listed()) == 5


def test_all_subdirs_of_the_source_are_found_where_none_is_named(
    stack: Stack, source: CondaSource, channel: str
) -> None:
    """Nobody should have to know which platforms a source has."""
    mirrored = mirror(stack, channel, source.url)

    assert mirrored.listed("linux-64") == {LINUX.filename}
    assert mirrored.listed("osx-arm64") == {MAC.filename}


def test_edited_filters_apply_with_the_next_run_though_the_source_is_unchanged(
    stack: Stack, source: CondaSource, channel: str
) -> None:
    """A decision depends on the rules as well as on the records."""
    mirrored = mirror(stack, channel, source.url)
    stack.api.replace_mirror(channel, mirrored.mirror_id, filters={"only_specs": ["copyleft"]}, run_now=True)
    stack.wait_for_run(channel, mirrored.mirror_id, number=2)

    assert mirrored.listed() == {GPL.filename}
