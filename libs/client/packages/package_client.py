"""The REST API's packages in Python, over a `Client`."""

from collections.abc import Mapping
from typing import IO, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from libs.client.client import Client, channel_path, read_answer
from libs.client.packages.wire import (
    BulkAccepted,
    BulkJob,
    BulkWish,
    FilePage,
    PackageFile,
    PackagePage,
    Removal,
    RemovalPage,
)

T = TypeVar("T")

_PAGE = 1000


class PackageClient:
    """Packages of one server; every method raises `ClientError` as `Client` does."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.url = client.url

    def upload(
        self, channel: str, file: IO[bytes], *, name: str, size_bytes: int, told: Mapping[str, str]
    ) -> PackageFile:
        """Put a package file into a channel; `told` are further fields of the form."""
        fields = {"size": str(size_bytes), **told}
        answer = self._client.send_form(f"{channel_path(channel)}/artifacts", fields, name=name, file=file)
        return read_answer(answer, PackageFile)

    def list(self, channel: str, *, offset: int, limit: int) -> PackagePage:
        """Return some of a channel's packages."""
        return self._get(
            f"{channel_path(channel)}/artifacts?{urlencode({'offset': offset, 'limit': limit})}", PackagePage
        )

    def search(self, text: str, *, limit: int) -> PackagePage:
        """Return packages of all channels whose names have a text in them, the most downloaded first."""
        query = {"q": text, "limit": limit, "offset": 0, "sort": "-download_count"}
        return self._get(f"/artifacts?{urlencode(query)}", PackagePage)

    def files(self, channel: str, family: str, name: str) -> tuple[PackageFile, ...]:
        """Return all files of a package."""
        found: list[PackageFile] = []
        path = f"{channel_path(channel)}/artifacts/{quote(family, safe='')}/{quote(name, safe='')}/files"
        while True:
            page = self._get(f"{path}?{urlencode({'offset': len(found), 'limit': _PAGE})}", FilePage)
            found += page.items
            if not page.items or len(found) >= page.total_count:
                return tuple(found)

    def do(self, channel: str, wish: BulkWish) -> str:
        """Ask for packages to be copied, moved or deleted; returns the job's id."""
        body = msgspec.json.encode(wish)
        answer = self._client.request("PUT", f"{channel_path(channel)}/artifacts/bulk", content=body)
        return read_answer(answer, BulkAccepted).job_id

    def job(self, channel: str, job_id: str) -> BulkJob:
        """Return how far a job is."""
        return self._get(f"{channel_path(channel)}/artifacts/bulk/{quote(job_id, safe='')}", BulkJob)

    def removals(self, channel: str) -> tuple[Removal, ...]:
        """Return what was taken out of a channel though a mirror brings it."""
        return self._get(f"{channel_path(channel)}/removals?limit={_PAGE}", RemovalPage).items

    def restore(self, channel: str, removal_id: str) -> None:
        """Let in again what was taken out."""
        self._client.request("DELETE", f"{channel_path(channel)}/removals/{quote(removal_id, safe='')}")

    def _get(self, path: str, kind: type[T]) -> T:
        return read_answer(self._client.request("GET", path), kind)
