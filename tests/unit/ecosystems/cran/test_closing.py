"""Closures of R packages, with R and a plain loop as the judges."""

import gzip
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.policy import Action, Rule, Where
from libs.common.ecosystems.cran.archive import ArchivedFile
from libs.common.ecosystems.cran.depends import BASE_PACKAGES, hard_requirements
from libs.common.ecosystems.cran.versions import read_version
from tests.support.cran_records import (
    ECO,
    a_stanza,
    closing_of,
    closing_on,
    packages_text,
    read_source,
    shards_of,
    stanzas_in,
)
from tests.support.r import needs_r, r_lines
from tests.support.real_data import REAL_DATA
from tests.support.record_r import GRAPHS, close_graphs, read_answers

SOURCE, WINDOWS = "src/contrib", "bin/windows/contrib/4.3"
FIELDS = ("Depends", "Imports", "LinkingTo")
CRAN = REAL_DATA / "cran" / "PACKAGES.gz"


def stanzas_of(graph: str) -> list[dict[str, str]]:
    """Return the records of a graph as `record_r` writes them."""
    rows = [[*row.split(":"), "", "", ""][:4] for row in graph.split(";")]
    return [
        a_stanza(package, "1.5", **{key: text for key, text in zip(FIELDS, fields, strict=True) if text})
        for package, *fields in rows
    ]


def needed_by_a(graph: str) -> list[str]:
    """Return what A needs, as `package_dependencies` lists it but for R's own packages."""
    closing = closing_of({SOURCE: stanzas_of(graph)}, "A")
    reached = closing.closure().reached.get(SOURCE, {})
    direct = {one.name for stanza in stanzas_of(graph) if stanza["Package"] in reached
              for one in hard_requirements(stanza.get(key) for key in FIELDS)}  # fmt: skip
    return sorted((reached.keys() - {"A"}) | set(closing.missing()) | (direct & {"A"}))


def without_base(names: Sequence[str]) -> list[str]:
    """Leave out what no repository has."""
    return sorted(set(names) - BASE_PACKAGES)


@pytest.mark.parametrize(("graph", "needed"), read_answers()["dependencies"])
def test_what_a_package_needs_is_what_r_says(graph: str, needed: list[str]) -> None:
    """package_dependencies has been asked, recursively."""
    assert needed_by_a(graph) == without_base(needed)


@needs_r
def test_r_still_says_so() -> None:
    """package_dependencies is asked again."""
    assert [[graph, needed] for graph, needed in zip(GRAPHS, close_graphs(GRAPHS), strict=True)] == read_answers()[
        "dependencies"
    ]


_fields = st.lists(st.sampled_from(("A", "B", "C", "D", "E (>= 1.0)", "stats", "R (>= 3.0)", "gone")), max_size=3).map(
    ",".join
)
_rows = st.tuples(_fields, _fields, _fields).map(":".join)
_graphs = st.lists(_rows, min_size=5, max_size=5).map(
    lambda rows: ";".join(f"{name}:{row}" for name, row in zip("ABCDE", rows, strict=True))
)


@needs_r
@settings(max_examples=5, deadline=None)
@given(st.lists(_graphs, min_size=30, max_size=60))
def test_r_agrees_on_any_graph(graphs: list[str]) -> None:
    """package_dependencies is asked, many graphs at a time."""
    assert [needed_by_a(graph) for graph in graphs] == [without_base(needed) for needed in close_graphs(graphs)]


@needs_r
@pytest.mark.skipif(not CRAN.exists(), reason="there is no copy of CRAN's PACKAGES beside the project")
def test_r_agrees_on_the_whole_of_cran() -> None:
    """On one of 300 packages of a real repository."""
    stanzas = list(stanzas_in(gzip.decompress(CRAN.read_bytes()).decode("utf-8", "replace")))
    roots = sorted(stanza["Package"] for stanza in stanzas)[::300]
    shards = shards_of({SOURCE: stanzas})
    program = f"""
    db <- read.dcf(gzfile("{CRAN}"), fields = c("Package", "Depends", "Imports", "LinkingTo"))
    found <- tools::package_dependencies(x, db = db, which = c("Depends", "Imports", "LinkingTo"), recursive = TRUE)
    for (one in found) cat(paste(one, collapse = " "), "\\n", sep = "")
    """

    said = {
        root: set(line.split()) & shards.keys() | {root}
        for root, line in zip(roots, r_lines(program, roots), strict=True)
    }

    assert len(shards) > 10_000
    for root in roots:
        assert set(closing_on(shards, Where(name=(root,))).closure().reached[SOURCE]) == said[root]


_packages = st.sampled_from("ABCD")
_entries = st.tuples(_packages, st.sampled_from(("", " (>= 2.0)", " (< 2.0)", " (== 1.0)", " (> 9.0)"))).map("".join)
_sources = st.dictionaries(
    st.tuples(_packages, st.sampled_from(("1.0", "2.0", "2.0-1"))),
    st.lists(_entries, max_size=2),
    min_size=1,
    max_size=8,
)


@given(_sources, st.lists(_entries, min_size=1, max_size=2))
def test_every_version_that_could_be_chosen_is_reached(
    source: Mapping[tuple[str, str], Sequence[str]], roots: Sequence[str]
) -> None:
    """A plain loop over all records until nothing changes says the same."""
    reached = {key for key in source if any(_is_met(root, key) for root in roots)}
    while more := {
        key for key in source for by in reached for entry in source[by] if key not in reached and _is_met(entry, key)
    }:
        reached |= more

    stanzas = [a_stanza(package, version, Imports=", ".join(entries)) for (package, version), entries in source.items()]
    found = closing_of({SOURCE: stanzas}, specs=roots).closure().reached.get(SOURCE, {})

    assert {name: set(files) if files is not None else None for name, files in found.items()} == {
        name: None if all(key in reached for key in source if key[0] == name) else own
        for name in {key[0] for key in reached}
        if (own := {f"{key[0]}_{key[1]}.tar.gz" for key in reached if key[0] == name})
    }


def _is_met(entry: str, key: tuple[str, str]) -> bool:
    (requirement,) = hard_requirements((entry,))
    return requirement.name == key[0] and requirement.is_met_by(read_version(key[1]))


def test_binaries_need_binaries_or_else_sources() -> None:
    """As R's `type = "both"`: what only the sources have is built, and what that needs are binaries again."""
    source = {
        WINDOWS: [a_stanza("app", Imports="lib, rare"), a_stanza("lib"), a_stanza("deep")],
        SOURCE: [a_stanza("lib"), a_stanza("rare", LinkingTo="deep"), a_stanza("deep"), a_stanza("unused")],
    }

    assert closing_of(source, "app").closure().reached == {
        WINDOWS: {"app": None, "lib": None, "deep": None},
        SOURCE: {"rare": None},
    }


def test_what_the_source_does_not_have_is_named() -> None:
    """With who asks for it; R's own packages are nobody's to have."""
    closing = closing_of({SOURCE: [a_stanza("app", "1.2", Imports="gone (>= 1.0), methods", Suggests="other")]}, "app")

    assert closing.missing() == {"gone": ("app 1.2",)}
    assert closing.closure().reached == {SOURCE: {"app": None}}


def test_nothing_is_taken_out_of_the_archive_but_by_name() -> None:
    """R installs what PACKAGES has; an old version is there where the rule itself asks for it."""
    stanzas = [a_stanza("app", "2.0", Imports="lib (>= 1.0)"), a_stanza("lib", "2.0")]
    archive = [ArchivedFile(package=name, version="1.0") for name in ("app", "lib", "only")]
    shards = {
        name: {SOURCE: shard.payload} for name, shard in read_source(packages_text(*stanzas), archive=archive).items()
    }

    by_version = closing_on(shards, Where(spec=("app (>= 2.0)",))).closure().reached[SOURCE]
    by_spec = closing_on(shards, Where(spec=("app (== 1.0)",))).closure().reached[SOURCE]

    assert by_version == {"app": ("app_2.0.tar.gz",), "lib": ("lib_2.0.tar.gz",)}
    assert by_spec == {"app": ("app_1.0.tar.gz",)}


def test_a_rule_of_other_ecosystems_has_no_closure() -> None:
    """It names no R packages, whatever they are called."""
    rule = Rule(
        id="rule", action=Action.REQUIRE, where=Where(name=("app",)), include_dependencies=True, ecosystems=("conda",)
    )

    assert ECO.closing(rule, names={SOURCE: ["app"]}).wanted() == frozenset()
