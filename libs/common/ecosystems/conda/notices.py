"""notices.json (CEP 6): words of the channel to its users; there are none so far."""

NOTICES_PATH = "notices.json"


def render_notices() -> bytes:
    """Render the file that conda asks for before it installs anything."""
    return b'{"notices":[]}'
