"""The diagram of a run: who says what to whom, as Mermaid draws it."""

from libs.client.docs.marks import Marks
from libs.common.contracts.flow import FLOW

MARKS = Marks(source="libs/common/contracts/flow.py")

# What the reporter hears is everything; drawing it would hide the run.
_DRAWN = ("others", "api", "scheduler", "fetcher", "indexer")


def diagram() -> str:
    """Draw the flow of a run as a Mermaid sequence diagram."""
    lines = ["```mermaid", "sequenceDiagram"]
    lines += [f"    participant {actor}" for actor in _DRAWN]
    for arrow in FLOW:
        hearers = [actor for actor in arrow.hears if actor in _DRAWN]
        for says in arrow.says:
            lines += [
                f"    {says}->>{hears}: {arrow.message.subject}" for hears in hearers if _is_worth_drawing(says, hears)
            ]
    return "\n".join([*lines, "```"])


def _is_worth_drawing(says: str, hears: str) -> bool:
    return says in _DRAWN and says != hears
