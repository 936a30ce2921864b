"""Reports of a running installation for R packages, held against R's own reading of a real index."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.support.dependency_reports import report_of
from tests.support.eventually import eventually
from tests.support.files_source import FilesSource
from tests.support.mirrored import Mirrored, mirror
from tests.support.r import needs_r
from tests.support.r_client import run_r
from tests.support.real_data import REAL_DATA
from tests.support.stack import Stack

CRAN = REAL_DATA / "cran" / "PACKAGES.gz"
PACKAGES = "src/contrib/PACKAGES"

_BY_R = """
rows <- available.packages(contriburl = "{url}/src/contrib", filters = list())
asked <- c({names})
fields <- c("Depends", "Imports", "LinkingTo")
found <- unlist(tools::package_dependencies(asked, rows, which = fields, recursive = TRUE))
found <- setdiff(unique(c(asked, found)), c("R", rownames(installed.packages(priority = "base"))))
cat(sprintf("needs %s %s\\n", found, rows[found, "Version"]), sep = "")
"""

pytestmark = [
    needs_r,
    pytest.mark.skipif(not CRAN.exists(), reason="there is no copy of CRAN's PACKAGES beside the project"),
]


@pytest.fixture(scope="module")
def cran(stack: Stack) -> Iterator[Mirrored]:
    """Return a passive mirror of the real index; its files are not there."""
    with closing(FilesSource({f"{PACKAGES}.gz": CRAN.read_bytes()}, prefixes=("/repo",))) as source:
        yield mirror(stack, "r-reports", source.url, type="CRAN")


@pytest.mark.parametrize("names", [("tidyverse",), ("Seurat", "shiny", "data.table")], ids=["one", "three"])
def test_a_report_names_what_r_would_install(cran: Mirrored, names: tuple[str, ...]) -> None:
    """Package for package, of the versions that R sees in the channel."""
    program = _BY_R.format(url=f"{cran.url}/cran", names=", ".join(f'"{name}"' for name in names))
    said = run_r(program, repository=f"{cran.url}/cran")
    by_r = {name: version for word, name, version in map(str.split, said.splitlines()) if word == "needs"}

    (source,) = report_of(cran, *names).platforms

    assert len(by_r) > 30
    assert source.environment.is_possible
    assert {file.name: file.version for file in source.environment.files} == by_r
    assert {line.name for line in source.packages} == by_r.keys()


def test_why_follows_what_a_policy_takes_away(stack: Stack, cran: Mirrored) -> None:
    """To the rule, through what needs what."""
    rules = [{"id": "no-rlang", "action": "exclude", "where": {"spec": ["rlang"]}}]
    stack.api.call("POST", "/policies", {"name": "no-rlang", "rules": rules}, expect=201)
    stack.api.call("PUT", f"/channels/{cran.channel}/policy", {"policy": "no-rlang"}, expect=200)

    def missing() -> list[dict[str, Any]] | None:
        answer = stack.api.http.get(f"/channels/{cran.channel}/why", params={"spec": "GGPLOT2"})
        assert answer.status_code == httpx.codes.OK, answer.text
        found: list[dict[str, Any]] = answer.json()["missing"]
        return found or None

    told = eventually(missing, within_s=30, what="the policy to act")

    assert any(one["chain"][-1].startswith("rlang") and "rule no-rlang" in one["words"] for one in told)
