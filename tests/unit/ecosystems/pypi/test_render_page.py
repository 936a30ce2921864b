"""Rendering the page of a project: what clients read of it."""

import pytest
from packaging.version import Version

from tests.support.python_pages import SDIST, WHEEL, B, a_page, as_html, as_json, listed, read, read_files


def files(page: dict[str, list[dict[str, object]]]) -> dict[object, dict[str, object]]:
    """Return the records of a page by file name."""
    return {file["filename"]: file for file in page["files"]}


def test_files_are_beside_the_page_and_provenance_is_ours() -> None:
    """Wherever they lie at the source; a client that follows a page stays with us."""
    payload = read_files(
        listed("demo-1!1.0+x-py3-none-any.whl", url="https://files.example/1", provenance="https://index.example/p")
    ).payload

    (file,) = as_json(payload)["files"]
    assert file["url"] == "demo-1!1.0%2Bx-py3-none-any.whl"
    assert file["provenance"] == "demo-1!1.0%2Bx-py3-none-any.whl.provenance"
    assert "example" not in as_html(payload)


def test_a_provenance_that_leads_nowhere_is_left_out() -> None:
    """And the file stays; `null` says that there is none."""
    payload = read_files(listed(WHEEL, provenance="javascript:x"), listed(SDIST, provenance=None)).payload
    found = files(as_json(payload))

    assert "provenance" not in found[WHEEL]
    assert found[SDIST]["provenance"] is None


def test_versions_are_those_of_the_files_oldest_first() -> None:
    """PEP 700; what PEP 440 does not know is older than all."""
    names = ["demo-10.0.tar.gz", "demo-2.0.tar.gz", "demo-2.0-py3-none-any.whl", "demo-2.0rc1.zip", "demo-old.tar.bz2"]
    found = as_json(read_files(*map(listed, names)).payload)["versions"]

    assert found == ["old", "2.0rc1", "2.0", "10.0"]
    assert sorted(found[1:], key=Version) == found[1:]


def test_metadata_that_were_taken_out_of_a_wheel_are_told_of() -> None:
    """Under both names, as if the source served them; what it serves itself stays."""
    payload = read_files(listed(WHEEL), listed("demo-2.0-py3-none-any.whl", core_metadata=True)).payload
    extracted = {WHEEL: B, "demo-2.0-py3-none-any.whl": B}
    found = files(as_json(payload, extracted=extracted))

    assert found[WHEEL]["core-metadata"] == found[WHEEL]["dist-info-metadata"] == {"sha256": B}
    assert found["demo-2.0-py3-none-any.whl"]["core-metadata"] is True
    html = as_html(payload, extracted=extracted)
    assert html.count(f'data-core-metadata="sha256={B}"') == html.count("data-dist-info-metadata") == 1
    assert 'data-core-metadata="true"' in html


def test_html_says_what_json_says() -> None:
    """As attributes and metas, escaped; what only JSON can say is left out."""
    page = a_page(
        listed(
            WHEEL,
            size=5,
            upload_time="2024-01-01T00:00:00Z",
            requires_python=">=3.9,<4",
            yanked='"bad" & <gone>',
            data_dist_info_metadata={"sha256": B},
            gpg_sig=True,
            odd={"x": 1},
            _private="x",
        ),
        listed(SDIST, yanked=True, hashes={"md5": "0" * 32, "blake2b_256": "0"}),
        listed("demo-3.0.tar.gz", hashes={"blake2b_256": "0"}, yanked=False, core_metadata=False),
        project_status={"status": "archived", "reason": '<"x">'},
        word="a & b",
        other=[1],
        meta={"_last-serial": 9},
    )

    html = as_html(read(page).payload)

    assert '<meta name="pypi:repository-version" content="1.4">' in html
    assert '<meta name="pypi:project-status" content="archived">' in html
    assert '<meta name="pypi:project-status-reason" content="&lt;&quot;x&quot;&gt;">' in html
    assert '<meta name="pypi:word" content="a &amp; b">' in html
    assert f'<a href="{WHEEL}#sha256=' in html
    assert 'data-requires-python="&gt;=3.9,&lt;4"' in html
    assert 'data-yanked="&quot;bad&quot; &amp; &lt;gone&gt;"' in html
    assert f'data-dist-info-metadata="sha256={B}"' in html
    assert 'data-gpg-sig="true" data-requires' in html
    assert f'<a href="{SDIST}#md5={"0" * 32}" data-yanked="">{SDIST}</a>' in html
    assert '<a href="demo-3.0.tar.gz">demo-3.0.tar.gz</a>' in html
    assert "<!--SERIAL 9-->" in html
    assert "odd" not in html
    assert "private" not in html
    assert "other" not in html


@pytest.mark.parametrize(
    ("sizes", "version"),
    [((1, 2), "1.4"), ((1, None), "1.0"), ((None, None), "1.0"), ((), "1.4"), ((0, 2), "1.4")],
    ids=["known", "one-unknown", "unknown", "no-file", "empty"],
)
def test_a_page_promises_sizes_only_where_it_has_them(sizes: tuple[int | None, ...], version: str) -> None:
    """PEP 700 makes `size` mandatory; a text that looks like one is none."""
    names = [WHEEL, SDIST]
    files = [
        listed(name, odd='"size":1', **({"size": size} if size is not None else {}))
        for name, size in zip(names, sizes, strict=False)
    ]

    assert as_json(read(a_page(*files)).payload)["meta"]["api-version"] == version


def test_a_project_in_quarantine_offers_nothing() -> None:
    """PEP 792, whatever another mirror of the channel has of it."""
    payload = read(a_page(project_status={"status": "quarantined", "reason": "malware"})).payload

    assert as_json(payload)["project-status"]["status"] == "quarantined"
    assert as_json(payload)["versions"] == as_json(payload)["files"] == []
    assert "<a " not in as_html(payload)


def test_the_same_shard_is_the_same_page() -> None:
    """Its digest is its ETag; the order of a source's keys and files is no difference."""
    one = a_page(listed(WHEEL, size=1), listed(SDIST))
    other = a_page(listed(SDIST), dict(reversed(listed(WHEEL, size=1).items())))

    assert read(one).payload == read(other).payload
    assert as_html(read(one).payload) == as_html(read(other).payload)
