"""Real solves of small channels."""

from collections.abc import Sequence

import pytest

from libs.common.ecosystems.conda.payload import Totals, encode_payload
from libs.common.solving.order import Ask, Solution
from libs.common.solving.platforms import virtual_packages
from libs.common.solving.solve import solve
from tests.support.conda_records import JsonObject, a_record, payload_of

CHANNEL = (
    a_record("app", depends=["lib >=2", "__glibc >=2.17"]),
    a_record("lib", "1.0"),
    a_record("lib", "3.0", depends=["pure"]),
    a_record("broken", depends=["gone >=1"]),
    a_record("old", depends=["lib <2"]),
    a_record("picky", depends=["old", "lib >=2"]),
)
PURE = (a_record("pure", subdir="noarch"),)


def payloads(records: Sequence[JsonObject]) -> list[bytes]:
    """Return the shards of some records."""
    names = dict.fromkeys(str(record["name"]) for record in records)
    return [payload_of([record for record in records if record["name"] == name]) for name in names]


async def solved(*asks: Ask) -> tuple[Solution, ...]:
    """Solve on the channel of these tests."""
    return await solve(asks, payloads={"linux-64": payloads(CHANNEL), "noarch": payloads(PURE)})


async def test_an_environment_that_is_possible_is_shown_file_by_file() -> None:
    """The newest that fit, of the platform and of noarch."""
    (solution,) = await solved(Ask(specs=("app",), platform="linux-64"))

    assert solution.is_possible
    assert [file.ckey for file in solution.files] == [
        "linux-64/app-1.0-0.conda",
        "linux-64/lib-3.0-0.conda",
        "noarch/pure-1.0-0.conda",
    ]
    assert solution.files[0].size_bytes == 10


async def test_what_stands_in_the_way_is_said_in_plain_words() -> None:
    """Along the chain of what needs what; each environment has its own answer."""
    unknown, missing, clash, other = await solved(
        Ask(specs=("nope",), platform="linux-64"),
        Ask(specs=("broken",), platform="linux-64"),
        Ask(specs=("picky",), platform="linux-64"),
        Ask(specs=("app",), platform="osx-arm64"),
    )

    assert not any(solution.is_possible for solution in (unknown, missing, clash, other))
    assert unknown.reasons == ("nothing in the channel matches nope",)
    assert missing.reasons == (
        "broken can't be installed:",
        "  broken 1.0, which needs",
        "    gone >=1, which nothing in the channel matches",
    )
    assert clash.reasons[0] == "these can't be installed together:"
    assert any("clashes" in line for line in clash.reasons)
    assert other.reasons == ("nothing in the channel matches app",)


async def test_a_spec_that_nobody_can_read_is_answered_too() -> None:
    """And the next one is solved."""
    wrong, right = await solved(Ask(specs=("lib !!",), platform="linux-64"), Ask(specs=("lib",), platform="linux-64"))

    assert wrong.is_unknown
    assert "the solver failed" in wrong.reasons[0]
    assert right.is_possible


async def test_a_solver_that_takes_too_long_is_not_waited_for() -> None:
    """Its answer is that it is not known."""
    (solution,) = await solve(
        [Ask(specs=("app",), platform="linux-64")],
        payloads={"linux-64": payloads(CHANNEL)},
        time_limit_s=-1_000_000.0,
    )

    assert solution.is_unknown
    assert solution.reasons == ("the solver did not end in time",)


async def test_a_solver_that_breaks_off_takes_nobody_along() -> None:
    """Whatever it was that it choked on; that it is not known is no verdict."""
    broken = encode_payload({"packages.conda": b"no record at all"}, Totals(1, 1))

    one, other = await solve([Ask(specs=("app",), platform="linux-64")] * 2, payloads={"linux-64": [broken]})

    assert one == other
    assert one.is_unknown
    assert "broke off" in one.reasons[0]


async def test_nothing_asked_is_nothing_answered() -> None:
    """No process is started."""
    assert await solve([], payloads={}) == ()


@pytest.mark.parametrize(
    ("platform", "some"),
    [("linux-64", "__glibc"), ("osx-arm64", "__osx"), ("win-64", "__win"), ("zos-z", "__archspec")],
)
def test_each_platform_has_what_its_machines_have(platform: str, some: str) -> None:
    """Whatever machine Tain runs on."""
    assert some in virtual_packages(platform)
    assert "__cuda" not in virtual_packages(platform)
