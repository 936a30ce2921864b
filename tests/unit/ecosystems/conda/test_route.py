"""What a path below a channel asks for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.ecosystems.served import ArtifactPath, IndexPath, Served, ShardPath
from tests.support.conda_records import ECO

SHA256 = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("channeldata.json", IndexPath(path="channeldata.json")),
        ("notices.json", IndexPath(path="notices.json")),
        *(
            (f"linux-64/{file}", IndexPath(path=f"linux-64/{file}"))
            for file in (
                "repodata.json",
                "repodata.json.zst",
                "repodata_shards.msgpack.zst",
                "run_exports.json",
                "run_exports.json.zst",
                "current_repodata.json",
            )
        ),
        (f"noarch/shards/{SHA256}.msgpack.zst", ShardPath(partition="noarch", sha256=SHA256)),
        (
            "linux-64/PyQt-5.0-py_0.tar.bz2",
            ArtifactPath(partition="linux-64", name="pyqt", filename="PyQt-5.0-py_0.tar.bz2"),
        ),
        (
            "noarch/a-b-1!2+c-0.conda",
            ArtifactPath(partition="noarch", name="a-b", filename="a-b-1!2+c-0.conda"),
        ),
    ],
)
def test_paths_of_a_conda_channel(path: str, served: Served) -> None:
    """Every path that clients ask for."""
    assert ECO.route(path) == served


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "repodata.json",
        "linux-64",
        "linux-64/",
        "linux-64//repodata.json",
        "linux-64/../repodata.json",
        "../linux-64/repodata.json",
        "LINUX-64/repodata.json",
        "linux-64/notices.json",
        "linux-64/other.json",
        "linux-64/demo-1.0-0.whl",
        "linux-64/x/demo-1.0-0.conda",
        "linux-64/..%2fdemo-1.0-0.conda",
        f"linux-64/shards/{SHA256.upper()}.msgpack.zst",
        f"linux-64/shards/{SHA256}",
        f"linux-64/shards/x/{SHA256}.msgpack.zst",
        f"shards/{SHA256}.msgpack.zst",
        "linux-64/" + "a" * 5000 + "-1-0.conda",
    ],
)
def test_other_paths_are_nothing(path: str) -> None:
    """They are answered with "no such file" by those who route."""
    assert ECO.route(path) is None


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"linux-64/{text}"))
@settings(max_examples=200, deadline=None, database=None)
def test_any_path_is_answered(path: str) -> None:
    """Paths come from clients as they are; none may raise, none may lead out of its subdir."""
    served = ECO.route(path)

    if isinstance(served, ArtifactPath):
        assert "/" not in served.filename
        assert ".." not in served.filename
