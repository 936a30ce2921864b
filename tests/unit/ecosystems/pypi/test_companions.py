"""Files beside package files: which there are, where they lie, and what becomes of the word about them."""

import pytest

from libs.common.domain.digest import Digest
from libs.common.ecosystems.file_tables import totals_of
from libs.common.ecosystems.pypi.records import PARTITION
from tests.support.python_pages import SDIST, WHEEL, A, B, digests, listed, read_files, records, urls
from tests.support.python_records import ECO

FULL = listed(
    WHEEL,
    url="https://files.example/x/demo-1.0-py3-none-any.whl?sig=1",
    size=3,
    core_metadata={"sha256": B},
    dist_info_metadata={"sha256": B},
    data_dist_info_metadata={"sha256": B},
    provenance="https://u:p@index.example/integrity/x",
    gpg_sig=True,
)


def test_companions_are_listed_with_their_places() -> None:
    """Core metadata and signatures lie beside the file (PEP 658, 503), provenance where it is said to."""
    payload = read_files(FULL, listed(SDIST)).payload

    assert [ref.filename for ref in ECO.companions(payload, partition=PARTITION)] == [
        f"{WHEEL}.asc",
        f"{WHEEL}.metadata",
        f"{WHEEL}.provenance",
    ]
    assert urls(payload)[f"{WHEEL}.metadata"] == f"https://files.example/x/{WHEEL}.metadata?sig=1"
    assert urls(payload)[f"{WHEEL}.asc"] == f"https://files.example/x/{WHEEL}.asc?sig=1"
    assert urls(payload)[f"{WHEEL}.provenance"] == "https://index.example/integrity/x"
    assert {ref.ckey for ref in ECO.companions(payload, partition=PARTITION)} == {
        f"simple/demo/{WHEEL}{ending}" for ending in (".asc", ".metadata", ".provenance")
    }


def test_a_companion_is_what_its_digest_says_or_what_first_came_in() -> None:
    """Only core metadata have digests; a new file has new companions."""
    payload = read_files(FULL).payload
    other = read_files({**FULL, "hashes": {"sha256": B}}).payload

    assert digests(payload)[f"{WHEEL}.metadata"] == f"sha256:{B}"
    for ending in (".asc", ".provenance"):
        assert digests(payload)[f"{WHEEL}{ending}"].startswith("listed:")
        assert digests(payload)[f"{WHEEL}{ending}"] != digests(other)[f"{WHEEL}{ending}"]


@pytest.mark.parametrize(
    ("fields", "algorithm"),
    [
        pytest.param({"core_metadata": True}, "listed", id="true"),
        pytest.param({"core_metadata": {}}, "listed", id="no-digest"),
        pytest.param({"core_metadata": {"sha512": "0"}}, "listed", id="a-digest-that-we-do-not-know"),
        pytest.param({"core_metadata": {"sha256": "zz"}}, "listed", id="no-hex"),
        pytest.param({"core_metadata": {"md5": "0" * 32}}, "md5", id="md5"),
        pytest.param({"dist_info_metadata": {"sha256": B}}, "sha256", id="old-name"),
        pytest.param({"data_dist_info_metadata": {"sha256": B}}, "sha256", id="oldest-name"),
        pytest.param({"core_metadata": False, "dist_info_metadata": True}, None, id="new-name-wins"),
        pytest.param({"core_metadata": None}, None, id="null"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_core_metadata_are_known_by_all_their_names(fields: dict[str, object], algorithm: str | None) -> None:
    """PEP 714; a wheel without has them in itself."""
    payload = read_files(listed(WHEEL, **fields)).payload
    found = digests(payload).get(f"{WHEEL}.metadata")

    assert (found.partition(":")[0] if found else None) == algorithm
    assert ECO.needs_extraction(payload, partition=PARTITION) == (
        {} if algorithm is not None else {WHEEL: Digest("sha256", A)}
    )


def test_only_wheels_have_core_metadata_in_themselves() -> None:
    """Those of an sdist may be others than those of what is built of it."""
    payload = read_files(listed(SDIST), {"filename": WHEEL, "url": WHEEL}).payload

    assert [digest.algorithm for digest in ECO.needs_extraction(payload, partition=PARTITION).values()] == ["listed"]


def test_a_lost_companion_is_not_spoken_of_any_more() -> None:
    """The file stays; clients must not be sent to what is not there."""
    payload = read_files(FULL, listed(SDIST)).payload

    decided = ECO.without(payload, frozenset({f"{WHEEL}.metadata", f"{WHEEL}.provenance"}))

    assert decided.payload is not None
    assert (decided.files, decided.size_bytes) == (2, 3)
    assert records(decided.payload)[WHEEL] == listed(WHEEL, size=3, gpg_sig=True)
    assert list(urls(decided.payload)) == [WHEEL, SDIST, f"{WHEEL}.asc"]
    assert list(ECO.needs_extraction(decided.payload, partition=PARTITION)) == [WHEEL]
    without_all = ECO.without(decided.payload, frozenset({f"{WHEEL}.asc"})).payload
    assert without_all is not None
    assert without_all == read_files(listed(WHEEL, size=3, url=FULL["url"]), listed(SDIST)).payload


def test_a_dropped_file_takes_its_companions_along() -> None:
    """What belongs to it and what is said of it; one that is not there changes nothing."""
    payload = read_files(FULL, listed(SDIST)).payload

    decided = ECO.without(payload, frozenset({WHEEL, f"{WHEEL}.asc", "x.whl.metadata", "y.whl"}))

    assert decided.payload == read_files(listed(SDIST)).payload
    assert ECO.without(payload, frozenset({"x.whl.metadata"})).payload == payload


def test_the_first_mirror_that_has_a_file_gives_its_companions() -> None:
    """With its places, and its digests."""
    first, second = read_files(FULL).payload, read_files({**FULL, "url": WHEEL}, listed(SDIST)).payload

    merged, conflicts = ECO.merge([first, second])

    assert conflicts == ()
    assert urls(merged) == {**urls(first), SDIST: f"demo/{SDIST}"}
    assert totals_of(merged) == (2, 3)
    assert ECO.merge([first, read_files({**FULL, "hashes": {"sha256": B}}).payload])[1] == (WHEEL,)
