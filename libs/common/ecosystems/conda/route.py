"""What a path below a channel asks for. Paths come from clients as they are; any text is answered."""

import re

from libs.common.ecosystems.conda.names import is_subdir, parse_filename
from libs.common.ecosystems.conda.notices import NOTICES_PATH
from libs.common.ecosystems.conda.render_repodata import FILES
from libs.common.ecosystems.served import ArtifactPath, IndexPath, Served, ShardPath

CHANNELDATA_PATH = "channeldata.json"

_CHANNEL_FILES = frozenset({CHANNELDATA_PATH, NOTICES_PATH})
# The last four are asked for by clients and never exist: their answer is "no such file", not "what is that?".
_SUBDIR_FILES = frozenset(
    {*FILES, "current_repodata.json", "current_repodata.json.zst", "repodata.json.bz2", "repodata_from_packages.json"}
)
_SHARD = re.compile(r"([0-9a-f]{64})\.msgpack\.zst")
_MAX_LENGTH = 300


def route(path: str) -> Served | None:
    """Say what a path asks for; None where it can't be anything of a conda channel."""
    if path in _CHANNEL_FILES:
        return IndexPath(path=path)
    subdir, _, rest = path.partition("/")
    if len(path) > _MAX_LENGTH or not is_subdir(subdir):
        return None
    if rest in _SUBDIR_FILES:
        return IndexPath(path=path)
    folder, _, last = rest.rpartition("/")
    if folder == "shards":
        match = _SHARD.fullmatch(last)
        return ShardPath(partition=subdir, sha256=match[1]) if match else None
    package = parse_filename(rest)
    return ArtifactPath(partition=subdir, name=package.name, filename=rest) if package else None
