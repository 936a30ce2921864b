"""The REST API's revisions of channels in Python, over a `Client`."""

from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec

from libs.client.channels.wire import Changes, RevisionPage, RollBackWish, RolledBack
from libs.client.client import Client, channel_path, read_answer

_FILES_A_PAGE = 1000


class RevisionClient:
    """Revisions of one server's channels; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self, channel: str, *, offset: int, limit: int) -> RevisionPage:
        """Return some of a channel's revisions, newest first."""
        query = urlencode({"offset": offset, "limit": limit})
        return read_answer(self._client.request("GET", f"{channel_path(channel)}/revisions?{query}"), RevisionPage)

    def changes(self, channel: str, number: int, *, against: int | None, text: str | None) -> Iterator[Changes]:
        """Yield what differs between two revisions, page by page, or between one and the one before."""
        told = {"against": against, "q": text, "limit": _FILES_A_PAGE}
        query = {name: value for name, value in told.items() if value is not None}
        while True:
            path = f"{channel_path(channel)}/revisions/{number}/changes?{urlencode(query)}"
            page = read_answer(self._client.request("GET", path), Changes)
            yield page
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    def roll_back(self, channel: str, number: int) -> RolledBack:
        """Let clients read an older revision's content again; freezes the channel."""
        body = msgspec.json.encode(RollBackWish(revision=number))
        return read_answer(self._client.request("POST", f"{channel_path(channel)}/rollback", content=body), RolledBack)
