"""Digests that are named by something, in a few bytes each."""

from array import array
from bisect import bisect_left

_BUCKETS = 256


class Marks:
    """A set of digests of which only nine bytes are kept.

    Two digests that share these would be taken for one, and garbage would stay; what is
    marked is never taken for unmarked. A million of them take 8 MB.
    """

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self._is_sorted = True

    def add(self, digest: bytes) -> None:
        """Mark a digest of at least nine bytes."""
        self._buckets[digest[0]].append(_rest(digest))
        self._is_sorted = False

    def add_hex(self, digest: str) -> None:
        """Mark a digest that is written in hexadecimal."""
        self.add(bytes.fromhex(digest))

    def __contains__(self, digest: bytes) -> bool:
        if not self._is_sorted:
            self._buckets = [array("Q", sorted(set(bucket))) for bucket in self._buckets]
            self._is_sorted = True
        bucket, rest = self._buckets[digest[0]], _rest(digest)
        place = bisect_left(bucket, rest)
        return place < len(bucket) and bucket[place] == rest


def _rest(digest: bytes) -> int:
    return int.from_bytes(digest[1:9], "big")
