"""Marks around the generated part of a page that people write."""

import msgspec


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The comments before and after a generated part; `source` says what it is made from."""

    source: str

    def replace(self, text: str, generated: str) -> str:
        """Put the generated part between the marks; a page without marks stays as it is."""
        before, _, rest = text.partition(self._begin)
        _, mark, after = rest.partition(self._end)
        if not mark:
            return text
        return f"{before}{self._begin}\n{generated}\n{self._end}{after}"

    @property
    def _begin(self) -> str:
        return f"<!-- generated from {self.source}: begin -->"

    @property
    def _end(self) -> str:
        return f"<!-- generated from {self.source}: end -->"
