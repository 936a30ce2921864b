"""Dead letters in memory."""

from collections.abc import Sequence

from libs.common.ports.dead_letters import DeadLetter


class MemoryDeadLetters:
    """Implements `ports.dead_letters.DeadLetters`; `letters` are in the order in which they were given up."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []

    async def list(self, *, offset: int, limit: int) -> tuple[int, Sequence[DeadLetter]]:
        """Return how many there are, and a page of them, newest first."""
        newest_first = self.letters[::-1]
        return len(newest_first), newest_first[offset : offset + limit]
