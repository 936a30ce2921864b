"""Revisions: which were published, why, and what differs between two."""

from datetime import timedelta

import msgspec
import pytest

from libs.common.domain.compare_contents import (
    ListedEntry,
    Names,
    PackageChange,
    compare_names,
    count_changes,
    count_packages,
)
from libs.common.domain.digest import Sha256
from libs.common.domain.garbage import outdated
from libs.common.domain.manifest import UNREAD
from libs.common.domain.mirror import MirrorType
from libs.common.domain.revision import PackagesChanged, Revision, RevisionMirror, published_of
from libs.common.domain.revision_causes import Cause, CauseKind, causes_of
from tests.support.records import NOON, a_revision

CONDA = a_revision().mirrors[0]
PYTHON = msgspec.structs.replace(CONDA, mirror_id="id-of-index", type=MirrorType.PYTHON_SIMPLE)


def a_chain(count: int) -> list[Revision]:
    """Return revisions that came one after another, newest first."""
    chain = [a_revision(1)]
    for number in range(2, count + 1):
        chain.insert(0, a_revision(number, previous=chain[0].id))
    return chain


def names(*mirrors: RevisionMirror, **parts: dict[str, tuple[tuple[int, bytes], ...]]) -> Names:
    """Return what a revision lists, every name with one file of a byte."""
    return Names(
        mirrors=mirrors or (CONDA,),
        parts={
            partition: {name: ListedEntry(origins, None, 1, 1) for name, origins in entries.items()}
            for partition, entries in parts.items()
        },
    )


def test_those_that_were_published_are_a_chain() -> None:
    """Others of their numbers, and newer ones, were never read by anybody."""
    third, second, first = a_chain(3)
    stray = msgspec.structs.replace(second, id="stray")
    newer = a_revision(4, previous=third.id)

    assert published_of([newer, third, stray, second, first], published_id=third.id) == (third, second, first)
    assert published_of([newer, third], published_id=None) == ()
    assert published_of([newer], published_id="gone") == ()


def test_revisions_of_an_older_version_follow_their_numbers() -> None:
    """They do not tell which one they came after."""
    old = [a_revision(number) for number in (3, 2, 1)]
    twin = msgspec.structs.replace(old[1], id="twin")
    new = a_revision(4, previous=old[0].id)

    assert published_of([new, *old], published_id=new.id) == (new, *old)
    assert published_of([old[0], old[1], twin, old[2]], published_id=old[0].id) == tuple(old)


def test_outdated_ones_are_kept_for_as_long_as_the_operator_says() -> None:
    """For a week at least, for their shards are served so long."""
    newest, *older = a_chain(4)
    replaced = [msgspec.structs.replace(it, superseded_at=NOON + timedelta(days=day)) for day, it in enumerate(older)]
    chain = [newest, *replaced]

    def gone(days: int, *, keep_for: int) -> list[int]:
        now = NOON + timedelta(days=days)
        kept_for = timedelta(days=keep_for)
        found = outdated(chain, published_id=newest.id, keep=1, keep_for=kept_for, now=now, cutoff=now)
        return [revision.number for revision in found]

    assert gone(8, keep_for=7) == [3]
    assert gone(8, keep_for=1) == [3]
    assert gone(8, keep_for=30) == []
    assert gone(33, keep_for=30) == [3, 2, 1]


def _mirror(name: str = "forge", *, catalogue: str = "c", run: int = 1) -> RevisionMirror:
    return msgspec.structs.replace(CONDA, mirror_id=name, catalogue=Sha256(catalogue * 64), run_number=run)


@pytest.mark.parametrize(
    ("before", "after", "causes"),
    [
        pytest.param(None, (_mirror(run=3),), [Cause(kind=CauseKind.RUN, mirror_id="forge", run=3)], id="the-first"),
        pytest.param(
            (_mirror(),),
            (_mirror(catalogue="e", run=2),),
            [Cause(kind=CauseKind.RUN, mirror_id="forge", run=2)],
            id="a-run",
        ),
        pytest.param(
            (_mirror(),),
            (_mirror(catalogue="e"),),
            [Cause(kind=CauseKind.DECIDED, mirror_id="forge", run=1)],
            id="other-rules",
        ),
        pytest.param(
            (_mirror(),),
            (_mirror("uploads-conda-main"), _mirror()),
            [Cause(kind=CauseKind.UPLOADS, mirror_id="uploads-conda-main")],
            id="uploads",
        ),
        pytest.param(
            (_mirror(), _mirror("other")),
            (_mirror(catalogue="e", run=2),),
            [
                Cause(kind=CauseKind.RUN, mirror_id="forge", run=2),
                Cause(kind=CauseKind.MIRROR_GONE, mirror_id="other"),
            ],
            id="several-at-once",
        ),
        pytest.param(
            (_mirror(), _mirror("other")),
            (_mirror("other"), _mirror()),
            [Cause(kind=CauseKind.ORDER)],
            id="another-order",
        ),
        pytest.param((_mirror(),), (_mirror(),), [Cause(kind=CauseKind.RENDERED)], id="rendered-again"),
    ],
)
def test_what_made_a_revision_differ(
    before: tuple[RevisionMirror, ...] | None, after: tuple[RevisionMirror, ...], causes: list[Cause]
) -> None:
    """Its mirrors tell, and those of the one before."""
    was = a_revision(1, mirrors=before) if before is not None else None

    assert list(causes_of(a_revision(2, mirrors=after), was)) == causes


def test_a_package_is_a_name_in_whatever_partitions() -> None:
    """One that comes in a second partition is changed, not added."""
    old = names(noarch={"a": ((0, b"1"),), "b": ((0, b"2"),)}, linux={})
    new = names(noarch={"a": ((0, b"1"),), "c": ((0, b"3"),)}, linux={"a": ((0, b"4"),)})

    found = compare_names(old, new)

    assert [(package.name, package.change) for package in found] == [
        ("a", PackageChange.CHANGED),
        ("b", PackageChange.REMOVED),
        ("c", PackageChange.ADDED),
    ]
    assert [(part.partition, part.old, part.new is None) for part in found[0].parts] == [("linux", None, False)]
    assert count_changes(old, new) == PackagesChanged(added=1, removed=1, changed=1)
    assert (count_packages(old), count_packages(new)) == (2, 2)


def test_the_same_shards_are_no_change_whichever_mirror_brings_them() -> None:
    """A mirror that goes to another place takes its shards along; the order of two tells which file wins."""
    old = names(CONDA, PYTHON, noarch={"a": ((0, b"1"),), "b": ((0, b"1"), (1, b"2"))})
    moved = names(PYTHON, CONDA, noarch={"a": ((1, b"1"),), "b": ((0, b"2"), (1, b"1"))})

    assert [package.name for package in compare_names(old, moved) if package.change is PackageChange.CHANGED] == ["b"]


def test_one_name_in_two_ecosystems_is_two_packages() -> None:
    """A channel may have all of them."""
    both = names(CONDA, PYTHON, noarch={"six": ((0, b"1"),)}, simple={"six": ((1, UNREAD),)})

    assert count_packages(both) == 2
    found = compare_names(Names(), both)
    assert [(package.type, package.parts[0].new is not None) for package in found] == [
        (MirrorType.CONDA, True),
        (MirrorType.PYTHON_SIMPLE, True),
    ]
    listed = found[1].parts[0].new
    assert listed is not None
    assert (listed.shards, listed.is_unread) == ((), True)
    assert count_changes(Names(), both) == PackagesChanged(added=2)
