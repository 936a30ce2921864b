"""Pages of simple indexes as sources write them, read and rendered by our ecosystem."""

from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.domain.digest import Sha256
from libs.common.ecosystems.file_tables import FILES, decode_tables, read_table
from libs.common.ecosystems.protocol import ShardRef, SourceShard, Told
from libs.common.ecosystems.pypi.records import PARTITION
from libs.common.ecosystems.served import PagePath
from tests.support.python_records import ECO

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"
WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"
A, B = "a" * 64, "b" * 64


def listed(filename: str, **fields: Any) -> dict[str, Any]:
    """Return a file as a JSON page lists it, with a digest and a URL beside the page; keys have `_` for `-`."""
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    return {"filename": filename, "url": filename, "hashes": {"sha256": A}, **named}


def a_page(*files: object, name: str | None = "demo", **top: Any) -> bytes:
    """Return a JSON page; further keys have `_` for `-`."""
    said = {"name": name} if name is not None else {}
    named = {key.replace("_", "-"): value for key, value in top.items()}
    return msgspec.json.encode({"meta": {"api-version": "1.4"}, **said, "files": files, **named})


def read(
    data: bytes, *, content_type: str | None = JSON, moved_to: str | None = None, tag: bytes | None = None
) -> SourceShard:
    """Read the page of `demo`."""
    ref = ShardRef(name="demo", tag=tag, url="demo/")
    told = Told(content_type=content_type, moved_to=moved_to, source="source")
    return ECO.read_shard(data, ref=ref, partition=PARTITION, side_files={}, told=told)


def read_files(*files: object) -> SourceShard:
    """Read a JSON page with these files."""
    return read(a_page(*files))


def records(payload: bytes) -> dict[str, dict[str, Any]]:
    """Return what is kept of each file."""
    return {name: msgspec.json.decode(raw) for name, raw in read_table(decode_tables(payload), FILES).items()}


def rendered(
    payload: bytes,
    form: str,
    *,
    version: str | None = None,
    extracted: Mapping[str, str] | None = None,
    texts: Mapping[str, bytes] | None = None,
) -> bytes | None:
    """Render a page: `json`, `html` or `api`."""
    page = PagePath(partition=PARTITION, name="demo", form=form, content_type="", version=version)
    taken = {name: Sha256(sha256) for name, sha256 in (extracted or {}).items()}
    return ECO.render_page(page, payload, extracted=taken, texts=texts or {})


def as_json(payload: bytes, **options: Any) -> dict[str, Any]:
    """Return the JSON page."""
    page: dict[str, Any] = msgspec.json.decode(rendered(payload, "json", **options) or b"")
    return page


def as_html(payload: bytes, **options: Any) -> str:
    """Return the HTML page."""
    return (rendered(payload, "html", **options) or b"").decode()


def urls(payload: bytes) -> dict[str, str]:
    """Return where files and their companions lie."""
    refs = (*ECO.artifacts(payload, partition=PARTITION), *ECO.companions(payload, partition=PARTITION))
    return {ref.filename: ref.url for ref in refs}


def digests(payload: bytes) -> dict[str, str]:
    """Return what files and their companions must be."""
    refs = (*ECO.artifacts(payload, partition=PARTITION), *ECO.companions(payload, partition=PARTITION))
    return {ref.filename: str(ref.expected.digest) for ref in refs}
