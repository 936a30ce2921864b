"""What a JWT says before anybody has looked at its signature: only good for telling whose it may be."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec


def unproven_claims(token: str) -> Mapping[str, Any] | None:
    """Return the claims as they stand; None for what is no signed JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return claims if isinstance(claims, dict) else None
