"""How long sign-ins are refused after so many failures.

Rules of this file:
1. The first few failures cost nothing; people mistype.
2. From then on each failure makes a pause, twice as long as the one before, up to a quarter of an hour.
3. A user name and an address are counted apart: many may sign in from one address, and an attacker
   may try one name from many.
4. A name that is no user's is treated as any other, so that nobody learns which there are.
"""

import hashlib
from datetime import timedelta

TRIES_OF_A_NAME = 5
TRIES_OF_AN_ADDRESS = 20

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)


def pause_after(failures: int, *, tries: int) -> timedelta | None:
    """Return the pause that a failure makes, the `failures`th in a row; None while there are tries left."""
    if failures < tries:
        return None
    doublings = min(failures - tries, 10)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


def key_of_name(name: str) -> str:
    """Return the key under which failures of a user name count.

    A digest: people type passwords where the name belongs, and names of any length.
    """
    return f"name {hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def key_of_address(address: str) -> str:
    """Return the key under which failures of an address count."""
    return f"address {address}"
