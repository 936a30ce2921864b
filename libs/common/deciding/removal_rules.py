"""what people took out of a channel -> rules that leave it out of what mirrors bring.

A rule is for what one person removed on one day, so that each file tells who it was and when; of very many
there are several.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from libs.common.domain.mirror import MirrorType
from libs.common.domain.policy import REMOVED_BY_HAND, Action, Rule, Where
from libs.common.domain.upload import Removal

_MOST_WORDS = 5_000


def removal_rules(removals: Iterable[Removal], type_: MirrorType) -> tuple[Rule, ...]:
    """Return the rules for a channel's removals of one type, the same for the same removals."""
    mine = sorted((it for it in removals if it.type == type_), key=_place)
    return tuple(rule for key, its in groupby(mine, key=_who_and_when) for rule in _rules(tuple(its), key))


def _rules(removals: Sequence[Removal], key: tuple[str, str]) -> Iterator[Rule]:
    day, by = key
    note = f"removed by hand (by {by} on {day})" if by else f"removed by hand (on {day})"
    files = tuple(removal.ckey for removal in removals if removal.ckey is not None)
    names = tuple(removal.name for removal in removals if removal.ckey is None)
    wheres = (*(Where(file=words) for words in _chunks(files)), *(Where(name=words) for words in _chunks(names)))
    for where in wheres:
        yield Rule(id=REMOVED_BY_HAND, action=Action.EXCLUDE, where=where, note=note, scope="channel_filtered")


def _chunks(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (words[start : start + _MOST_WORDS] for start in range(0, len(words), _MOST_WORDS))


def _place(removal: Removal) -> tuple[tuple[str, str], str]:
    return _who_and_when(removal), removal.id


def _who_and_when(removal: Removal) -> tuple[str, str]:
    return removal.at.date().isoformat(), removal.by or ""
