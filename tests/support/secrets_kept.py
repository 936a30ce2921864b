"""The secrets that a test used or was given, and where they show though they must not."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

_SHORTEST = 12
"""What is shorter may stand anywhere by chance."""

_TOLD_AS = frozenset({"token", "refresh_token"})


class Secrets:
    """Keeps secrets, and tells of texts that hold one; it never names them itself."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def keep(self, secret: str, name: str) -> str:
        """Remember a secret under a name that a failure may show, and return it."""
        if len(secret) >= _SHORTEST:
            self._kept.setdefault(secret, name)
        return secret

    def keep_file(self, path: Path) -> None:
        """Remember what a file holds."""
        self.keep(path.read_text(encoding="utf-8").strip(), path.name)

    def names(self) -> frozenset[str]:
        """Return the names of all that is kept."""
        return frozenset(self._kept.values())

    def found_in(self, where: str, text: str | bytes) -> Iterator[str]:
        """Say which secrets stand in a text."""
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        for secret, name in self._kept.items():
            if secret.encode() in data:
                yield f"{name} stands in {where}"

    def hooks(self) -> Mapping[str, list[Any]]:
        """Return event hooks for an httpx client: what it sends to prove who it is, and what it is given for that."""
        return {"request": [self._see_request], "response": [self._see_answer]}

    def _see_request(self, request: httpx.Request) -> None:
        token = request.headers.get("x-auth")
        if token:
            self.keep(token, "a token of X-Auth")
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if value:
            self.keep(value, f"a value of {scheme}")

    def _see_answer(self, answer: httpx.Response) -> None:
        for name, value in answer.cookies.items():
            self.keep(value, f"cookie {name}")
        if not answer.request.url.path.startswith(("/api/auth/", "/api/account/tokens")):
            return
        answer.read()
        try:
            body = json.loads(answer.content)
        except ValueError:
            return
        for key in _TOLD_AS & body.keys() if isinstance(body, dict) else ():
            self.keep(str(body[key]), f"{key} of {answer.request.url.path}")
