"""CVEs: what every adapter of the port keeps to."""

from typing import Any

import pytest

from libs.common.domain.cve import Cve, CveFilter, CvePackage, CveScore, cve_digest
from tests.contract.conftest import Records
from tests.support.records import NOON


def a_cve(cve_id: str = "CVE-2024-1234", **changes: object) -> Cve:
    """Return a CVE of Django, scored 7.5."""
    fields: dict[str, object] = {
        "score": 7.5,
        "packages": (CvePackage(ecosystem="python", name="django", ranges=((("introduced", "0"),),)),),
    }
    return Cve(id=cve_id, **(fields | changes))  # type: ignore[arg-type]


async def ids(records: Records, *, offset: int = 0, limit: int = 50, **wanted: Any) -> list[str]:
    """Return the ids of a page."""
    total, page = await records.advisories.list(
        CveFilter(**wanted),
        offset=offset,
        limit=limit,
    )
    assert total >= len(page)
    return [cve.id for cve in page]


async def test_a_cve_comes_back_as_it_was(records: Records) -> None:
    """With all that is known of it, by its id and its aliases."""
    cve = a_cve(
        aliases=("GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1"),
        sources=("PYSEC-2024-1",),
        published_at=NOON,
        modified_at=NOON,
        cvssv3=CveScore(score=7.5, severity="HIGH", vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
        references=("https://advisories.example/1",),
    )
    other = a_cve("CVE-2024-9")
    await records.advisories.put([cve, other])

    assert await records.advisories.get(cve.id) == cve
    assert await records.advisories.get("PYSEC-2024-1") == cve
    assert await records.advisories.get("CVE-2024-2") is None
    assert await records.advisories.digests() == {
        cve.id: cve_digest(cve),
        "CVE-2024-9": cve_digest(a_cve("CVE-2024-9")),
    }


async def test_a_cve_can_be_replaced_and_removed(records: Records) -> None:
    """A second time is a no-op."""
    await records.advisories.put([a_cve(), a_cve("CVE-2024-9")])
    await records.advisories.put([a_cve(score=9.8)])
    await records.advisories.remove(["CVE-2024-9", "CVE-2000-1"])
    await records.advisories.remove(["CVE-2024-9"])

    assert await records.advisories.get("CVE-2024-1234") == a_cve(score=9.8)
    assert await ids(records) == ["CVE-2024-1234"]


async def test_the_newest_ids_come_first_page_by_page(records: Records) -> None:
    """By the numbers in them, not by their letters."""
    await records.advisories.put(
        [a_cve(one) for one in ("CVE-2024-9999", "CVE-2023-1", "CVE-2024-10000", "CVE-2025-1")]
    )

    assert await ids(records) == ["CVE-2025-1", "CVE-2024-10000", "CVE-2024-9999", "CVE-2023-1"]
    assert await ids(records, offset=1, limit=2) == ["CVE-2024-10000", "CVE-2024-9999"]
    assert await ids(records, offset=3) == ["CVE-2023-1"]
    assert await ids(records, limit=0) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "cve-2024"}, ["CVE-2024-2", "CVE-2024-1"]),
        ({"search": "flas"}, ["CVE-2025-3"]),
        ({"search": "GHSA-X"}, ["CVE-2024-2"]),
        ({"search": ".*"}, []),
        ({"min_score": 7.0}, ["CVE-2024-1"]),
        ({"min_score": 0.0}, ["CVE-2024-2", "CVE-2024-1"]),
        ({"ecosystem": "cran"}, ["CVE-2025-3"]),
        ({"only": frozenset({"CVE-2024-1", "CVE-2000-1"})}, ["CVE-2024-1"]),
        ({"without": frozenset({"CVE-2024-1"})}, ["CVE-2025-3", "CVE-2024-2"]),
        ({"only": frozenset({"CVE-2024-1"}), "without": frozenset({"CVE-2024-1"})}, []),
        ({"search": "django", "min_score": 7.0, "ecosystem": "python"}, ["CVE-2024-1"]),
    ],
)
async def test_only_what_is_wanted_is_shown(records: Records, wanted: dict[str, Any], found: list[str]) -> None:
    """Whatever is asked together must all hold."""
    await records.advisories.put(
        [
            a_cve("CVE-2024-1"),
            a_cve("CVE-2024-2", score=4.0, aliases=("GHSA-xxxx",)),
            a_cve("CVE-2025-3", score=None, packages=(CvePackage(ecosystem="cran", name="Flask"),)),
        ]
    )

    assert await ids(records, **wanted) == found


async def test_scores_are_told_of_those_that_have_one(records: Records) -> None:
    """For CVEs that people find in other packages."""
    await records.advisories.put([a_cve("CVE-1"), a_cve("CVE-2", score=None)])

    assert await records.advisories.scores(["CVE-1", "CVE-2", "CVE-3"]) == {"CVE-1": 7.5}
    assert await records.advisories.scores([]) == {}
