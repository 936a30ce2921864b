"""The book of advisories, and what it says of one file."""

import time

import pytest

from libs.common.domain.advisory import (
    EMPTY_BOOK,
    Advisory,
    AdvisoryBook,
    AdvisoryEcosystem,
    Confidence,
    Curation,
    CveStatus,
    Finding,
    encode_book,
    findings,
    score_of,
    status_of,
)
from libs.common.domain.osv_ranges import Range

BELOW_2: tuple[Range, ...] = ((("introduced", "0"), ("fixed", "2.0")),)
CVE = Advisory("CVE-2024-1", 9.8, (), BELOW_2)
OLDER = Advisory("CVE-2023-7", 5.0, ("1.0",))
MALWARE = Advisory("MAL-2024-3", 10.0, (), ((("introduced", "0"),),), is_malware=True)


def a_book(
    *,
    python: dict[str, tuple[Advisory, ...]] | None = None,
    cran: dict[str, tuple[Advisory, ...]] | None = None,
    curations: dict[str, dict[str, tuple[Curation, ...]]] | None = None,
    conda_names: dict[str, str | None] | None = None,
) -> AdvisoryBook:
    """Make a book; Django has two CVEs unless it is said otherwise."""
    advisories = {"python": {"django": (CVE, OLDER)} if python is None else python, "cran": cran or {}}
    return AdvisoryBook.decode(encode_book(advisories=advisories, curations=curations, conda_names=conda_names))


def ask(
    book: AdvisoryBook,
    ecosystem: AdvisoryEcosystem = "conda",
    name: str = "django",
    version: str = "1.0",
    *,
    filename: str = "django-1.0-0.conda",
    purls: tuple[str, ...] | None = None,
) -> tuple[Finding, ...]:
    """Ask for one file."""
    return findings(book, book.matches(ecosystem, name, purls=purls), version=version, filename=filename)


def ids(found: tuple[Finding, ...]) -> list[str]:
    """Return what was found."""
    return [one.id for one in found]


def curated(*words: Curation, ecosystem: str = "conda", name: str = "django") -> AdvisoryBook:
    """Make a book in which something was found out about a package."""
    return a_book(curations={ecosystem: {name: words}})


def test_a_book_comes_back_as_it_was_written() -> None:
    """And its digest names its content, whatever the order."""
    data = encode_book(advisories={"python": {"b": (CVE,), "a": (OLDER, MALWARE)}})
    same = encode_book(advisories={"python": {"a": (OLDER, MALWARE), "b": (CVE,)}})
    book = AdvisoryBook.decode(data)

    assert data == same
    assert book.of("python", "a") == (OLDER, MALWARE)
    assert book.of("python", "b") == (CVE,)
    assert book.of("python", "c") == ()
    assert book.digest != EMPTY_BOOK.digest


def test_a_version_has_the_findings_of_its_advisories() -> None:
    """Sorted by id, not reviewed by anybody."""
    assert ask(a_book(), "python", version="1.0") == (
        Finding(id="CVE-2023-7", score=5.0, status=CveStatus.REPORTED, confidence=Confidence.OWN),
        Finding(id="CVE-2024-1", score=9.8, status=CveStatus.REPORTED, confidence=Confidence.OWN),
    )
    assert ids(ask(a_book(), "python", version="1.5")) == ["CVE-2024-1"]
    assert ask(a_book(), "python", version="2.0") == ()


@pytest.mark.parametrize(
    ("name", "purls", "conda_names", "confidence"),
    [
        ("django", None, {}, Confidence.NAME),
        ("Django", None, {}, Confidence.NAME),
        ("other", ("pkg:pypi/Django@1.0?a=b",), {}, Confidence.PURL),
        ("other", ("pkg:conda/django", "pkg:pypi/django"), {}, Confidence.PURL),
        ("django", (), {}, None),
        ("django", ("pkg:pypi/flask",), {}, None),
        ("django", None, {"django": None}, None),
        ("py-django", None, {"py-django": "django"}, Confidence.CURATED),
        ("py-django", ("pkg:pypi/flask",), {"py-django": "django"}, Confidence.CURATED),
        ("flask", None, {}, None),
    ],
)
def test_conda_packages_are_found_under_their_python_names(
    name: str, purls: tuple[str, ...] | None, conda_names: dict[str, str | None], confidence: Confidence | None
) -> None:
    """By a curated map, else by the record's purls, else by the name; how is said with it."""
    found = ask(a_book(conda_names=conda_names), name=name, purls=purls)

    assert {one.confidence for one in found} == ({confidence} if confidence else set())


def test_conda_packages_of_r_are_found_under_their_names_in_r() -> None:
    """Conda writes them in small letters with r- before."""
    book = a_book(cran={"readxl": (CVE,), "R.utils": (OLDER,)})

    assert ids(ask(book, name="r-readxl")) == ["CVE-2024-1"]
    assert ids(ask(book, name="r-r.utils")) == ["CVE-2023-7"]
    assert ask(book, name="readxl") == ()
    assert ids(ask(book, name="x", purls=("pkg:cran/R.utils@1.0",))) == ["CVE-2023-7"]


def test_malware_is_not_found_by_a_name_alone() -> None:
    """Somebody's upload under the name of a library says nothing of the library in conda."""
    book = a_book(python={"libcurl": (MALWARE,)})

    assert ask(book, name="libcurl") == ()
    assert ids(ask(book, name="libcurl", purls=("pkg:pypi/libcurl",))) == ["MAL-2024-3"]
    assert ids(ask(book, "python", "libcurl")) == ["MAL-2024-3"]


def test_a_persons_word_counts_before_the_packages() -> None:
    """And among those of persons the one for the file before the one for all."""
    all_files = Curation(CVE.id, CveStatus.ACTIVE)
    this_file = Curation(CVE.id, CveStatus.CLEARED, "django-1.0-*")
    other_file = Curation(CVE.id, CveStatus.CLEARED, "django-1.1-*")
    package = Curation(CVE.id, CveStatus.MITIGATED, "django-1.0-0.conda", "package")

    def status(*words: Curation) -> CveStatus:
        return {one.id: one.status for one in ask(curated(*words))}[CVE.id]

    assert status(package) is CveStatus.MITIGATED
    assert status(package, all_files) is CveStatus.ACTIVE
    assert status(package, all_files, this_file) is CveStatus.CLEARED
    assert status(other_file) is CveStatus.REPORTED


def test_what_was_found_out_of_the_python_package_holds_for_condas() -> None:
    """Unless something was found out of conda's own."""
    python = Curation(CVE.id, CveStatus.DISPUTED)
    conda = Curation(CVE.id, CveStatus.CLEARED)
    only_python = a_book(curations={"python": {"django": (python,)}})
    both = a_book(curations={"python": {"django": (python,)}, "conda": {"django": (conda,)}})

    assert ask(only_python, version="1.5")[0].status is CveStatus.DISPUTED
    assert ask(both, version="1.5")[0].status is CveStatus.CLEARED


def test_a_curated_cve_that_no_advisory_speaks_of_is_a_finding() -> None:
    """So CVEs of native libraries come in; with the score that is known of them."""
    book = curated(Curation("CVE-2022-9", CveStatus.ACTIVE, score=7.5), name="openssl")

    assert ask(book, name="openssl", version="3.0") == (
        Finding(id="CVE-2022-9", score=7.5, status=CveStatus.ACTIVE, confidence=Confidence.CURATED),
    )


def test_a_word_for_all_files_does_not_affect_fixed_versions() -> None:
    """An advisory says which versions are affected; a word for one file says that the file is."""
    assert ask(curated(Curation(CVE.id, CveStatus.ACTIVE)), version="2.0") == ()
    assert ids(ask(curated(Curation(CVE.id, CveStatus.ACTIVE, "django-1.0-*")), version="2.0")) == [CVE.id]


def test_a_file_has_the_highest_score_that_applies_and_the_most_severe_status() -> None:
    """What is cleared or mitigated does not count."""
    cleared = ask(curated(Curation(CVE.id, CveStatus.CLEARED)))

    assert (score_of(ask(a_book())), status_of(ask(a_book()))) == (9.8, CveStatus.REPORTED)
    assert (score_of(cleared), status_of(cleared)) == (5.0, CveStatus.REPORTED)
    assert (score_of(()), status_of(())) == (0.0, None)


def test_a_book_of_30000_advisories_is_there_at_once() -> None:
    """Nothing is read of a package before it is asked for."""
    advisories = {f"package-{n}": (Advisory(f"CVE-{n}", 5.0, ("1.0", "1.1"), BELOW_2),) for n in range(30_000)}
    data = encode_book(advisories={"python": advisories})
    began = time.process_time()
    book = AdvisoryBook.decode(data)
    took_s = time.process_time() - began

    assert ids(ask(book, name="package-29999")) == ["CVE-29999"]
    assert took_s < 0.5
