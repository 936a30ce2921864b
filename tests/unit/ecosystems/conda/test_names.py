"""Names of the field: what is a subdir, a package's file name, a revision."""

import pytest

from libs.common.ecosystems.conda.names import KNOWN_SUBDIRS, is_package_name, is_revision, is_subdir, parse_filename


@pytest.mark.parametrize(
    ("filename", "name", "kind"),
    [
        ("numpy-1.26.4-py311_0.conda", "numpy", "conda"),
        ("r-base-4.3-h_1.tar.bz2", "r-base", "tar.bz2"),
        ("_libgcc_mutex-0.1-main.conda", "_libgcc_mutex", "conda"),
        ("PyQt-5.0-py_0.tar.bz2", "pyqt", "tar.bz2"),
        ("x-1!2.0+cu12-0.conda", "x", "conda"),
    ],
)
def test_a_file_name_is_split_from_the_right(filename: str, name: str, kind: str) -> None:
    """Names have dashes, versions and builds have none (CEP 26)."""
    assert parse_filename(filename) == (name, kind)


@pytest.mark.parametrize(
    "filename",
    [
        "",
        "numpy.conda",
        "numpy-1.0.conda",
        "numpy-1.0-0.whl",
        "numpy-1.0-0.conda.zst",
        "../numpy-1.0-0.conda",
        "a/b-1.0-0.conda",
        "a\\b-1.0-0.conda",
        "a..b-1.0-0.conda",
        "a-1..0-0.conda",
        ".a-1.0-0.conda",
        "a-1.0-0.conda\n",
        "a\x00-1.0-0.conda",
        "a-1.0-0 .conda",
        "a-1.0-%2e.conda",
        "ä-1.0-0.conda",
        f"{'a' * 210}-1-0.conda",
    ],
)
def test_what_is_no_file_name_is_refused(filename: str) -> None:
    """File names become paths and URLs, so nothing that could mean more than a name passes."""
    assert parse_filename(filename) is None


def test_all_known_subdirs_are_subdirs() -> None:
    """The list and the rule agree."""
    assert all(is_subdir(subdir) for subdir in KNOWN_SUBDIRS)


@pytest.mark.parametrize("text", ["", "linux", "Linux-64", "linux-64/", "..", "a-b-c", f"{'a' * 30}-64"])
def test_other_texts_are_no_subdirs(text: str) -> None:
    """A subdir is noarch or two words (CEP 26)."""
    assert not is_subdir(text)


def test_a_revision_is_a_v_and_a_number() -> None:
    """Only such blocks are taken for records of later revisions (CEP 48)."""
    assert is_revision("v3")
    assert not any(is_revision(text) for text in ("v", "v0", "v03", "packages", "v3x", "V3"))


def test_a_package_name_has_no_path_in_it() -> None:
    """Names of a shard index are checked as file names are."""
    assert is_package_name("_libgcc_mutex")
    assert not any(is_package_name(text) for text in ("", "a/b", "..", "a b", "-a"))
