"""What a mirror may be: source, proxy, filters."""

from pathlib import Path

import pytest

from libs.common.adapters.seal import JweSeal
from libs.common.domain.errors import InvalidInput, SourceNotAllowed
from libs.common.domain.mirror import MirrorType
from services.api.check_filters import check_channel_filters, check_mirror_filters
from services.api.check_source import Address, check_proxy, check_source

SEAL = JweSeal(bytes(32))


def test_a_token_in_the_source_is_sealed_and_masked() -> None:
    """Nobody reads a token back."""
    address = check_source(
        "https://source.example/t/abc123/forge/", type=MirrorType.CONDA, before=None, seal=SEAL, file_sources=()
    )

    assert address.shown == "https://source.example/t/****/forge"
    assert address.sealed is not None
    assert SEAL.unseal(address.sealed) == "https://source.example/t/abc123/forge"


def test_a_source_without_secrets_is_not_sealed() -> None:
    """There is nothing to hide."""
    address = check_source(
        "https://source.example/forge", type=MirrorType.CONDA, before=None, seal=SEAL, file_sources=()
    )

    assert address == Address(shown="https://source.example/forge")


def test_the_masked_source_sent_back_keeps_its_token() -> None:
    """Clients send back what they were shown."""
    before = Address(shown="https://source.example/t/****/forge", sealed="sealed before")

    assert check_source(before.shown, type=MirrorType.CONDA, before=before, seal=SEAL, file_sources=()) == before


def test_a_mask_at_another_address_is_refused() -> None:
    """A secret may not be sent to a host that its owner did not name with it."""
    before = Address(shown="https://source.example/t/****/forge", sealed="sealed before")

    with pytest.raises(InvalidInput, match=r"\*\*\*\*"):
        check_source(
            "https://elsewhere.example/t/****/forge", type=MirrorType.CONDA, before=before, seal=SEAL, file_sources=()
        )


@pytest.mark.parametrize(
    ("type", "too_far", "root"),
    [
        pytest.param(MirrorType.CRAN, "https://r.example/x/src/contrib", "https://r.example/x", id="sources"),
        pytest.param(MirrorType.CRAN, "https://r.example/bin/windows/contrib/4.5/", "https://r.example", id="windows"),
        pytest.param(
            MirrorType.CRAN, "https://r.example/bin/macosx/big-sur-arm64/contrib/4.5", "https://r.example", id="macos"
        ),
        pytest.param(
            MirrorType.CRAN, "https://r.example/src/contrib/PACKAGES.gz", "https://r.example", id="index-file"
        ),
        pytest.param(
            MirrorType.PYTHON_SIMPLE, "https://i.example/simple/index.html", "https://i.example/simple", id="list"
        ),
    ],
)
def test_an_address_in_the_middle_of_a_source_is_refused(type: MirrorType, too_far: str, root: str) -> None:
    """People copy the address of what they look at; the answer says how to mend it."""
    with pytest.raises(InvalidInput, match="write it without /") as refused:
        check_source(too_far, type=type, before=None, seal=SEAL, file_sources=())

    assert too_far.rstrip("/").removesuffix(refused.value.message.rpartition(" ")[2]) == root
    assert check_source(root, type=type, before=None, seal=SEAL, file_sources=()).shown == root
    assert check_source(too_far, type=MirrorType.CONDA, before=None, seal=SEAL, file_sources=())


@pytest.mark.parametrize("folder", ["", "%61bc"])
def test_a_file_source_below_an_allowed_folder_is_taken(tmp_path: Path, folder: str) -> None:
    """Air-gapped servers mirror from disk."""
    url = f"file://{tmp_path}/{folder}"

    assert check_source(
        url, type=MirrorType.CONDA, before=None, seal=SEAL, file_sources=(str(tmp_path),)
    ).shown == url.rstrip("/")


def test_a_file_source_elsewhere_is_refused(tmp_path: Path) -> None:
    """Nobody reads this machine's files through a mirror, also not by a link or a look-alike name."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (tmp_path / "allowed2").mkdir()
    (allowed / "link").symlink_to(tmp_path)

    for path in (tmp_path, tmp_path / "allowed2", allowed / "link", allowed / "%2e%2e"):
        with pytest.raises(SourceNotAllowed, match="TAIN_FILE_SOURCES"):
            check_source(f"file://{path}", type=MirrorType.CONDA, before=None, seal=SEAL, file_sources=(str(allowed),))


def test_without_allowed_folders_no_file_is_a_source(tmp_path: Path) -> None:
    """An empty setting allows nothing, not everything."""
    with pytest.raises(SourceNotAllowed):
        check_source(f"file://{tmp_path}", type=MirrorType.CONDA, before=None, seal=SEAL, file_sources=("",))


def test_a_proxy_is_treated_as_a_source_is() -> None:
    """Its password is masked, sealed, and kept when it comes back masked."""
    address = check_proxy("http://me:secret@proxy.example:3128", before=None, seal=SEAL)

    assert address is not None
    assert address.shown == "http://****@proxy.example:3128"
    assert check_proxy(address.shown, before=address, seal=SEAL) == address
    assert check_proxy("", before=address, seal=SEAL) is None


def test_filters_are_read_and_null_is_left_out() -> None:
    """Scripts send every key they know."""
    filters = check_mirror_filters({"subdirs": ["linux-64"], "date_from": None, "projects": []}, type=MirrorType.CONDA)

    assert filters.subdirs == ("linux-64",)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"licences": ["mit"]}, "filters.licences", id="unknown-key"),
        pytest.param({"include_licenses": ["beer"]}, "filters.include_licenses", id="unknown-license"),
        pytest.param({"date_from": "yesterday"}, "filters.date_from", id="no-day"),
        pytest.param({"only_specs": ["a"], "exclude_specs": ["b"]}, "filters.only_specs", id="only-stands-alone"),
        pytest.param({"subdirs": "linux-64"}, "filters.subdirs", id="no-list"),
    ],
)
def test_bad_filters_are_named(values: dict[str, object], field: str) -> None:
    """A filter that is silently ignored lets in what should stay out."""
    with pytest.raises(InvalidInput) as caught:
        check_mirror_filters(values, type=MirrorType.CONDA)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"exclude_specs": ["a", "numpy[["]}, r"filters\.exclude_specs has 'numpy\[\[', which is no MatchSpec: "),
        ({"only_specs": ["^(?=a)$"]}, r"filters\.only_specs has '\^\(\?=a\)\$': too long, or "),
        (
            {"include_licenses": ["mit", "beer"]},
            r"filters\.include_licenses has 'beer'; known are SPDX identifiers and agpl, ",
        ),
        ({"date_from": "yesterday"}, r"filters\.date_from must be a day as YYYY-MM-DD, not 'yesterday'"),
        ({"cve_score_threshold": 11}, r"filters\.cve_score_threshold must be a CVSS score from 0 to 10"),
    ],
)
def test_a_bad_word_is_named_by_the_key_that_has_it(values: dict[str, object], message: str) -> None:
    """Whoever wrote filters knows nothing of rules; a channel says the same as a mirror."""
    with pytest.raises(InvalidInput, match=f"^{message}") as of_mirror:
        check_mirror_filters(values, type=MirrorType.CONDA)
    with pytest.raises(InvalidInput) as of_channel:
        check_channel_filters(values)

    assert of_mirror.value.message == of_channel.value.message
    assert of_mirror.value.field == f"filters.{next(iter(values))}"


def test_filters_take_cves_and_spdx_identifiers() -> None:
    """Without advisories nothing has a CVE."""
    values = {"cve_score_threshold": 7, "exclude_non_curated_cve": True, "exclude_licenses": ["GPL-3.0-only", "AGPL"]}

    assert check_mirror_filters(values, type=MirrorType.CONDA).cve_score_threshold == 7


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        pytest.param(
            MirrorType.PYTHON_SIMPLE, {"projects": ["Six", "types-*"], "only_specs": ["six ~=1.16"]}, id="python"
        ),
        pytest.param(MirrorType.PYTHON_SIMPLE, {"exclude_specs": ["numpy 1.26.*"]}, id="python-by-conda-words"),
        pytest.param(MirrorType.CRAN, {"only_specs": ["dplyr (>= 1.1)"], "include_licenses": ["mit"]}, id="r"),
        pytest.param(MirrorType.CRAN, {"subdirs": ["bin/windows/contrib/4.5"]}, id="r-binaries"),
    ],
)
def test_filters_of_each_type_are_in_its_own_words(type_: MirrorType, values: dict[str, list[str]]) -> None:
    """As the incumbent's forms for them have it."""
    filters = check_mirror_filters(values, type=type_)

    assert {key: list(getattr(filters, key)) for key in values} == values


@pytest.mark.parametrize(
    ("type_", "key", "value"),
    [
        pytest.param(MirrorType.CONDA, "projects", "six", id="projects-of-conda"),
        pytest.param(MirrorType.CRAN, "projects", "six", id="projects-of-r"),
        pytest.param(MirrorType.PYTHON_SIMPLE, "subdirs", "linux-64", id="subdirs-of-python"),
        pytest.param(MirrorType.PYTHON_SIMPLE, "projects", "six/1.0", id="no-project"),
        pytest.param(MirrorType.CRAN, "subdirs", "linux-64", id="no-folder-of-r"),
        pytest.param(MirrorType.PYTHON_SIMPLE, "only_specs", "numpy[build=py*]", id="conda-alone"),
        pytest.param(MirrorType.CRAN, "only_specs", "numpy[build=py*]", id="conda-alone-in-r"),
    ],
)
def test_filters_that_would_choose_nothing_are_refused(type_: MirrorType, key: str, value: str) -> None:
    """Left alone they would mirror all, or nothing."""
    with pytest.raises(InvalidInput) as caught:
        check_mirror_filters({key: [value]}, type=type_)

    assert caught.value.field == f"filters.{key}"


def test_a_channel_does_not_choose_subdirs() -> None:
    """What is read is a mirror's choice."""
    with pytest.raises(InvalidInput) as caught:
        check_channel_filters({"subdirs": ["linux-64"]})

    assert caught.value.field == "filters.subdirs"
