"""Reading a served conda channel as clients do, in every index form.

Written apart from our own reader, so that the two can't share a mistake.
"""

import hashlib
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from tests.support.conda_index import Form

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READABLE_FORMS = (Form.JSON, Form.ZST, Form.SHARDS)
"""What a client may solve on."""


class WrongShard(Exception):
    """A shard's bytes are not those that its name says."""


def listed(http: httpx.Client, channel_url: str, subdir: str = "noarch", form: Form = Form.JSON) -> frozenset[str]:
    """Return the file names that one index form of a subdir lists."""
    return frozenset(records(http, channel_url, subdir, form))


def listed_everywhere(http: httpx.Client, channel_url: str, subdir: str = "noarch") -> dict[Form, frozenset[str]]:
    """Return the file names of a subdir, by the form that lists them."""
    return {form: listed(http, channel_url, subdir, form) for form in READABLE_FORMS}


def records(http: httpx.Client, channel_url: str, subdir: str, form: Form) -> dict[str, Mapping[str, Any]]:
    """Return the records of one index form by file name; digests as hex in every form."""
    if form is Form.SHARDS:
        return _records_of_shards(http, f"{channel_url}/{subdir}")
    data = fetch(http, f"{channel_url}/{subdir}/{form}")
    if form is Form.ZST:
        data = zstd.decompress(data)
    repodata = msgspec.json.decode(data)
    return {**repodata["packages"], **repodata["packages.conda"]}


def fetch(http: httpx.Client, url: str) -> bytes:
    """Return the bytes behind a URL."""
    return http.get(url).raise_for_status().content


def _records_of_shards(http: httpx.Client, subdir_url: str) -> dict[str, Mapping[str, Any]]:
    index = msgspec.msgpack.decode(zstd.decompress(fetch(http, f"{subdir_url}/{Form.SHARDS}")))
    base = httpx.URL(f"{subdir_url}/").join(index["info"]["shards_base_url"])
    found: dict[str, Mapping[str, Any]] = {}
    for digest in index["shards"].values():
        data = fetch(http, f"{base}{digest.hex()}.msgpack.zst")
        if hashlib.sha256(data).digest() != digest:
            raise WrongShard(digest.hex())
        shard = msgspec.msgpack.decode(zstd.decompress(data))
        for filename, record in {**shard["packages"], **shard["packages.conda"]}.items():
            digests = {key: record[key].hex() for key in ("md5", "sha256") if isinstance(record.get(key), bytes)}
            found[filename] = {**record, **digests}
    return found
