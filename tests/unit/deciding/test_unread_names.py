"""What names count as that nobody read."""

import pytest

from libs.common.deciding.first_days import with_days
from libs.common.deciding.unread_names import UnreadNames, as_never_asked
from libs.common.domain.catalogue import CatalogueEntry
from libs.common.domain.evaluation import Evaluation
from libs.common.domain.manifest import (
    NOT_READ,
    UNREAD,
    Manifest,
    ManifestEntry,
    ManifestPart,
    decode_manifest,
    encode_manifest,
)
from libs.common.domain.mirror import MirrorMode
from libs.common.domain.policy import Action, Among, Rule, Where
from tests.support.conda_records import ECO
from tests.support.tiny_rules import TODAY

READ = ManifestEntry(b"t" * 32, b"s" * 32, files=1)


def unread_names(*rules: Rule, mode: MirrorMode = MirrorMode.PASSIVE) -> UnreadNames:
    """Return what decides on unread names by some rules."""
    return UnreadNames(ECO.compile(Evaluation(rules=rules)), partition="noarch", mode=mode)


def a_manifest(**entries: ManifestEntry) -> Manifest:
    """Return a manifest of one partition."""
    part = ManifestPart(form="json", files_url="", entries=entries)
    return Manifest(source_digest="s", parts={"simple": part})


ONLY_GOOD = Rule(id="only", action=Action.REQUIRE, where=Where(name=("good*",)))
BY_LICENSE = Rule(id="license", action=Action.REQUIRE, where=Where(license=Among(in_=("MIT",))))


def test_a_name_that_its_rules_drop_counts_once() -> None:
    """Nobody knows how many files it has."""
    entry = unread_names(ONLY_GOOD).decide("bad")

    assert entry == CatalogueEntry(NOT_READ.tag, None, 0, 0, {"mirror_filtered.only_specs": 1})


@pytest.mark.parametrize("rules", [(), (ONLY_GOOD,), (BY_LICENSE,)], ids=["no rule", "by name", "by records"])
def test_a_passive_mirror_lists_what_its_rules_may_let_in(rules: tuple[Rule, ...]) -> None:
    """The records are decided when they are read."""
    names = unread_names(*rules)

    assert names.decide("good-one").shard == UNREAD
    assert names.wanted == 0


def test_an_active_mirror_wants_it_read_instead() -> None:
    """It lists what is stored alone."""
    names = unread_names(ONLY_GOOD, mode=MirrorMode.ACTIVE)

    assert names.decide("good-one").shard is None
    assert names.decide("bad").shard is None
    assert names.wanted == 1


def test_a_name_that_nobody_read_has_no_day() -> None:
    """Its files are first seen when it is read."""
    manifest = with_days(a_manifest(read=READ, unread=NOT_READ), today=TODAY)
    entries = manifest.parts["simple"].entries

    assert entries["read"].seen is not None
    assert entries["unread"] == NOT_READ
    assert with_days(manifest, today=TODAY) is manifest


def test_other_rules_may_want_more_of_what_was_read() -> None:
    """What was asked for is forgotten, and nothing else."""
    asked = ManifestEntry(b"t" * 32, b"s" * 32, files=1, etag='"e"', has_extras=True)
    manifest = as_never_asked(a_manifest(asked=asked, read=READ, unread=NOT_READ))
    entries = manifest.parts["simple"].entries

    assert entries["asked"] == ManifestEntry(b"t" * 32, b"s" * 32, files=1, etag='"e"')
    assert as_never_asked(manifest) is manifest


def test_a_manifest_with_unread_names_comes_back_as_it_was() -> None:
    """They cost next to nothing."""
    manifest = a_manifest(**{f"n{number}": NOT_READ for number in range(1000)})
    data = encode_manifest(manifest)

    assert decode_manifest(data) == manifest
    assert len(data) < 20 * 1000
