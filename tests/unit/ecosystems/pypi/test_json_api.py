"""The JSON API: which release it describes, by which file, and what tools find in it."""

from typing import Any

import msgspec
import pytest

from libs.common.ecosystems.pypi.records import PARTITION
from libs.common.ecosystems.served import PagePath
from tests.support.python_pages import WHEEL, A, a_page, listed, read, read_files, rendered
from tests.support.python_records import ECO

TEXT = b"""Metadata-Version: 2.4
Name: Demo
Version: 1.0
Summary: for tests
Author-email: A <a@x.example>
License-Expression: MIT
Keywords: a,b
Classifier: Programming Language :: Python :: 3
Project-URL: Home, https://demo.example
Requires-Python: >=3.9
Requires-Dist: rich; extra == "nice"
Provides-Extra: nice
Description-Content-Type: text/markdown

# Demo
"""


def api(payload: bytes, *, version: str | None = None, texts: dict[str, bytes] | None = None) -> dict[str, Any]:
    """Return the page."""
    found: dict[str, Any] = msgspec.json.decode(rendered(payload, "api", version=version, texts=texts) or b"")
    return found


def described(payload: bytes, *, version: str | None = None, form: str = "api") -> tuple[str, ...]:
    """Return the file whose core metadata are wanted."""
    page = PagePath(partition=PARTITION, name="demo", form=form, content_type="", version=version)
    return ECO.page_needs(page, payload)


def test_info_is_what_core_metadata_say() -> None:
    """Under the names of the API."""
    payload = read_files(listed(WHEEL)).payload

    info = api(payload, texts={WHEEL: TEXT})["info"]

    assert (info["name"], info["version"], info["summary"]) == ("Demo", "1.0", "for tests")
    assert (info["author_email"], info["license_expression"], info["keywords"]) == ("A <a@x.example>", "MIT", "a,b")
    assert info["classifiers"] == ["Programming Language :: Python :: 3"]
    assert info["project_urls"] == {"Home": "https://demo.example"}
    assert info["requires_dist"] == ['rich; extra == "nice"']
    assert (info["requires_python"], info["provides_extra"]) == (">=3.9", ["nice"])
    assert (info["description"].strip(), info["description_content_type"]) == ("# Demo", "text/markdown")
    assert info["yanked"] is False


def test_without_core_metadata_info_is_what_the_page_says() -> None:
    """Name, version, Pythons; the rest is there and empty."""
    info = api(read_files(listed(WHEEL, requires_python=">=3.8")).payload)["info"]

    assert (info["name"], info["version"], info["requires_python"]) == ("demo", "1.0", ">=3.8")
    assert (info["summary"], info["classifiers"], info["description"]) == (None, [], "")


def test_the_newest_release_is_described() -> None:
    """No pre-release and nothing yanked, where there is anything else."""
    stable, rc, yanked = (
        listed("demo-1.0.tar.gz"),
        listed("demo-3.0rc1.tar.gz"),
        listed("demo-2.0.tar.gz", yanked="bad"),
    )

    assert api(read_files(stable, rc, yanked).payload)["info"]["version"] == "1.0"
    assert api(read_files(rc, yanked).payload)["info"]["version"] == "3.0rc1"
    info = api(read_files(yanked).payload)["info"]
    assert (info["version"], info["yanked"], info["yanked_reason"]) == ("2.0", True, "bad")


def test_a_file_with_core_metadata_describes_its_release() -> None:
    """A wheel rather than an sdist; other pages want none."""
    payload = read_files(
        listed("demo-1.0.tar.gz"), listed(WHEEL), listed("demo-2.0.tar.gz", core_metadata=True), listed("demo-2.0.zip")
    ).payload

    assert described(payload) == ("demo-2.0.tar.gz",)
    assert described(payload, version="1") == (WHEEL,)
    assert described(payload, version="7") == ()
    assert described(payload, form="json") == ()


def test_a_release_is_found_by_any_spelling() -> None:
    """PEP 440; one that is not there has no page."""
    payload = read_files(listed(WHEEL), listed("demo-old.tar.bz2")).payload

    assert [url["filename"] for url in api(payload, version="1.0.0")["urls"]] == [WHEEL]
    assert [url["filename"] for url in api(payload, version="old")["urls"]] == ["demo-old.tar.bz2"]
    assert "releases" not in api(payload, version="1.0")
    assert rendered(payload, "api", version="2.0") is None
    assert rendered(payload, "api", version="not a version") is None


def test_files_are_listed_by_release() -> None:
    """Oldest first; their URLs lead to the simple index beside. Eggs and installers are not listed."""
    wheel = listed(
        WHEEL, size=3, upload_time="2024-01-01T00:00:00.5Z", hashes={"sha256": A, "md5": "0" * 32, "blake2b-256": "1"}
    )
    files = [wheel, listed("demo-10.0.tar.gz", yanked=True), listed("demo-2.0-py3.8.egg"), listed("demo-2.0.win32.exe")]
    page = api(read_files(*files, listed("demo.zip")).payload)

    assert list(page["releases"]) == ["1.0", "10.0"]
    (file,) = page["releases"]["1.0"]
    assert file["url"] == f"../../simple/demo/{WHEEL}"
    assert file["digests"] == {"sha256": A, "md5": "0" * 32, "blake2b_256": "1"}
    assert (file["md5_digest"], file["size"], file["packagetype"]) == ("0" * 32, 3, "bdist_wheel")
    assert (file["python_version"], file["upload_time"]) == ("py3", "2024-01-01T00:00:00")
    assert file["upload_time_iso_8601"] == "2024-01-01T00:00:00.5Z"
    (sdist,) = page["releases"]["10.0"]
    assert (sdist["packagetype"], sdist["python_version"], sdist["yanked"]) == ("sdist", "source", True)
    assert page["urls"] == page["releases"]["1.0"]
    assert page["vulnerabilities"] == []
    assert api(read_files(wheel).payload, version="1.0")["urls"][0]["url"] == f"../../../simple/demo/{WHEEL}"


@pytest.mark.parametrize(("meta", "serial"), [({"_last-serial": 7}, 7), ({"_last-serial": "x"}, 0), ({}, 0)])
def test_the_number_of_the_last_change_is_the_sources(meta: dict[str, object], serial: int) -> None:
    """0 where it has none."""
    assert api(read(a_page(listed(WHEEL), meta=meta)).payload)["last_serial"] == serial


def test_a_project_in_quarantine_has_no_releases() -> None:
    """As on its page in the index."""
    assert rendered(read(a_page(project_status={"status": "quarantined"})).payload, "api") is None
