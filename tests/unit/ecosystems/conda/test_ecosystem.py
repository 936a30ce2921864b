"""The face of conda: partitions, forms, empty indexes, and which type it is of."""

import pytest

from libs.common.domain.errors import InvalidInput
from libs.common.domain.mirror import Filters, MirrorType
from libs.common.ecosystems.conda.names import KNOWN_SUBDIRS
from libs.common.ecosystems.registry import ecosystem
from tests.support.conda_records import ECO, rendered, sharded, shards_of


def test_chosen_subdirs_are_read_with_noarch() -> None:
    """Noarch always, each once."""
    filters = Filters(subdirs=("linux-64", "my-64", "linux-64"))

    assert ECO.partitions(filters) == (("noarch", "linux-64", "my-64"), True)


def test_without_a_choice_all_known_subdirs_are_probed() -> None:
    """Conda's own list."""
    assert ECO.partitions(Filters()) == (KNOWN_SUBDIRS, False)


def test_what_is_no_subdir_is_refused() -> None:
    """It would become part of URLs."""
    with pytest.raises(InvalidInput) as caught:
        ECO.partitions(Filters(subdirs=("../x",)))

    assert caught.value.field == "filters.subdirs"


def test_forms_are_asked_for_best_first() -> None:
    """Shards cost least where little changed, bzip2 most."""
    assert [(form.form, form.path) for form in ECO.index_forms("noarch")] == [
        ("shards", "noarch/repodata_shards.msgpack.zst"),
        ("zst", "noarch/repodata.json.zst"),
        ("json", "noarch/repodata.json"),
        ("bz2", "noarch/repodata.json.bz2"),
    ]


@pytest.mark.parametrize("subdir", KNOWN_SUBDIRS)
def test_a_new_channel_has_empty_indexes(subdir: str) -> None:
    """Rattler remembers for ever that a shard index was not there, so it always is."""
    files = {path: ECO.empty_index(path) for path in ECO.partition_files(subdir)}

    assert {path: data for path, data in files.items() if data is not None} == rendered({}, subdir=subdir)
    assert files[f"{subdir}/run_exports.json"] is None


def test_empty_indexes_are_readable() -> None:
    """By ourselves at least."""
    assert shards_of(ECO.empty_index("linux-64/repodata.json") or b"x") == {}
    assert sharded(ECO.empty_index("linux-64/repodata_shards.msgpack.zst") or b"x").refs == ()


def test_a_new_channel_has_its_own_files() -> None:
    """Conda asks for notices before anything else."""
    assert ECO.empty_index("notices.json") == b'{"notices":[]}'
    assert ECO.empty_index("channeldata.json") == b'{"channeldata_version":1,"packages":{},"subdirs":["noarch"]}'


@pytest.mark.parametrize("path", ["", "linux-64/current_repodata.json", "my-64/repodata.json", "../x", "linux-64"])
def test_other_paths_have_no_empty_index(path: str) -> None:
    """Whatever is asked, only index files are made up."""
    assert ECO.empty_index(path) is None


@pytest.mark.parametrize("type_", MirrorType)
def test_every_type_has_its_ecosystem(type_: MirrorType) -> None:
    """Which says itself what it is for."""
    assert ecosystem(type_).type is type_
