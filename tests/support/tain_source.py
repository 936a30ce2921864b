"""A channel of ours as the source of another mirror: how its URL is written, with the token in its places."""

from enum import StrEnum

from tests.support.mirrored import Mirrored
from tests.support.stack import Stack

BELOW = {"conda": "", "python_simple": "/simple", "CRAN": "/cran"}
"""What follows a channel's URL in the source of a mirror of each type."""


class Way(StrEnum):
    """Where the token of a private channel stands."""

    USER = "as user"
    ROOT = "in the path, at its root"
    CHANNEL = "in the path, before the channel"


def source_of(origin: Mirrored, *, type: str, way: Way) -> str:
    """Return the URL by which another mirror reads a channel."""
    url, token = f"{origin.url}{BELOW[type]}", origin.stack.token
    if way is Way.USER:
        return url.replace("://", f"://{token}:x-auth-token@", 1)
    if way is Way.ROOT:
        return url.replace("/api/repo/", f"/t/{token}/api/repo/", 1)
    return url.replace("/api/repo/", f"/api/repo/t/{token}/", 1)


def copy_through(stack: Stack, channel: str, root: str, *, type: str, mode: str, proxy: str) -> Mirrored:
    """Create a channel with a mirror that goes through a proxy, and wait for its first run to end.

    Raises:
        AssertionError: when the run does not complete.
    """
    stack.api.create_channel(channel)
    mirror_id = stack.api.create_mirror(channel, root, mode=mode, mirror_type=type, proxy=proxy)
    if (ended := stack.wait_for_run(channel, mirror_id)) != "completed":
        raise AssertionError(f"the run ended {ended}: {stack.api.mirror(channel, mirror_id)}")
    return Mirrored(stack=stack, channel=channel, mirror_id=mirror_id, runs=1)
