"""Laws of reading and rendering together, for any project; and for anything else."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.file_tables import decode_tables
from libs.common.ecosystems.pypi.records import LISTED_DIGESTS, PARTITION
from libs.common.ecosystems.served import ArtifactPath, CompanionPath
from tests.support.python_pages import HTML, JSON, a_page, as_html, as_json, read, records, rendered, urls
from tests.support.python_records import ECO

LAW = settings(max_examples=80, deadline=None, database=None)

HEX = st.text(st.sampled_from("0123456789abcdef"), min_size=64, max_size=64)
VERSIONS = st.sampled_from(["1.0", "2.0rc1", "0.1.post2", "1!3", "10.1"])
FILENAMES = st.builds(
    lambda version, ending: f"demo-{version}{ending}",
    VERSIONS,
    st.sampled_from([".tar.gz", ".zip", "-py3-none-any.whl", "-cp311-cp311-win_amd64.whl", "-py2.7.egg"]),
)
TEXTS = st.text(max_size=20).filter(lambda text: text.isprintable() or "\n" in text)
KEYS = st.sampled_from(["word", "x-y", "z_1", "_private"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
METADATA = st.booleans() | st.builds(lambda sha256: {"sha256": sha256}, HEX)


def optional(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of these keys; `_` is `-`."""
    return st.fixed_dictionaries({}, optional={key.replace("_", "-"): value for key, value in keys.items()})


SAYABLE = optional(
    requires_python=TEXTS,
    yanked=st.just(True) | TEXTS.filter(bool),
    gpg_sig=st.booleans(),
    core_metadata=st.just(True) | METADATA.filter(lambda said: said is not False),
    dist_info_metadata=st.just(True),
    provenance=st.just("https://files.example/p"),
    size=st.integers(0, 2**50),
    upload_time=TEXTS,
    word=TEXTS,
)
"""What HTML can say too."""
ANYTHING = st.builds(
    lambda known, unknown: {**unknown, **known},
    optional(
        requires_python=st.none() | TEXTS,
        yanked=st.none() | st.booleans() | TEXTS,
        core_metadata=st.none() | METADATA,
        size=st.none() | st.integers(0, 2**50),
        upload_time=st.none() | TEXTS,
        provenance=st.none(),
    ),
    st.dictionaries(KEYS, VALUES, max_size=3),
)
ABOUT = optional(
    project_status=optional(status=st.sampled_from(["active", "archived", "deprecated"]), reason=TEXTS).filter(
        lambda status: "status" in status
    ),
    word=TEXTS,
)


@st.composite
def pages(
    draw: st.DrawFn, records: st.SearchStrategy[dict[str, Any]], about: st.SearchStrategy[dict[str, Any]]
) -> dict[str, Any]:
    """Return a page of a project, as JSON has it."""
    files = []
    for filename in sorted(draw(st.sets(FILENAMES, max_size=4))):
        hashes = draw(st.just({}) | st.builds(lambda sha256: {"sha256": sha256}, HEX))
        files.append({**draw(records), "filename": filename, "url": filename.replace("!", "%21"), "hashes": hashes})
    return {"files": files, **draw(about)}


@given(page=pages(ANYTHING, st.dictionaries(KEYS, VALUES, max_size=3)))
@LAW
def test_json_reads_back_the_same(page: dict[str, Any]) -> None:
    """read(render(x)) == x, keys that nobody knows too; and what was read is what stood there."""
    payload = read(a_page(**page)).payload
    again = rendered(payload, "json") or b""

    assert read(again).payload == payload
    served = {record["filename"]: record for record in msgspec.json.decode(again)["files"]}
    assert served == {file["filename"]: {**file, "url": served[file["filename"]]["url"]} for file in page["files"]}


@given(page=pages(SAYABLE, ABOUT))
@LAW
def test_html_reads_back_the_same(page: dict[str, Any]) -> None:
    """What both forms can say is not lost by going through HTML."""
    payload = read(a_page(**page)).payload
    again = read(as_html(payload).encode(), content_type=HTML)

    assert again.problems == ()
    assert records(again.payload) == records(payload)
    assert as_json(again.payload) == as_json(payload)
    # Digests that we made ourselves name the form too: its URLs are other ones.
    unlisted = [
        {name: table for name, table in decode_tables(one).items() if name not in (LISTED_DIGESTS, "provenances")}
        for one in (again.payload, payload)
    ]
    assert unlisted[0] == unlisted[1]
    assert as_html(again.payload) == as_html(payload)


@given(page=pages(SAYABLE, ABOUT))
@LAW
def test_every_form_lists_the_same_files(page: dict[str, Any]) -> None:
    """No form shows what the other hides."""
    payload = read(a_page(**page)).payload
    html = as_html(payload)

    assert sorted(file["filename"] for file in as_json(payload)["files"]) == sorted(records(payload))
    assert html.count("<a href=") == len(records(payload))


@given(page=pages(SAYABLE, ABOUT))
@LAW
def test_every_file_and_companion_is_found_by_its_path(page: dict[str, Any]) -> None:
    """What a page names can be asked for, and leads to the shard that has it."""
    payload = read(a_page(**page)).payload
    for filename in urls(payload):
        served = ECO.route(f"{PARTITION}/demo/{filename}")
        assert isinstance(served, ArtifactPath | CompanionPath)
        assert (served.partition, served.name, served.filename) == (PARTITION, "demo", filename)


_KEYS = "meta api-version name files filename url hashes sha256 size yanked core-metadata provenance versions".split()
_STRINGS = st.sampled_from(["demo", "1.0", "demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "../x", "", "\n", "a" * 64])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _STRINGS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), values, max_size=5),
    max_leaves=14,
)
_HTML = st.lists(
    st.sampled_from(["<a ", "href=", '"', "demo-1.0.tar.gz", "#sha256=", ">", "</a>", "data-yanked", "//", "["])
)


@given(
    data=st.binary(max_size=80) | _json.map(msgspec.json.encode) | _HTML.map(lambda pieces: "".join(pieces).encode()),
    is_json=st.booleans(),
)
@settings(max_examples=300, deadline=None, database=None)
def test_hostile_pages_are_read_or_unreadable(data: bytes, is_json: bool) -> None:
    """Random bytes and wrong types raise nothing else, and what was read can be rendered and fetched."""
    try:
        payload = read(data, content_type=JSON if is_json else HTML).payload
    except UnreadableIndex:
        return
    assert as_json(payload)["name"] == "demo"
    assert as_html(payload)
    rendered(payload, "api")
    urls(payload)
