"""Pages and indexes that somebody tampered with: refused as unreadable, or read into what is safe to serve."""

import gzip
import io
import json
import lzma
from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.errors import UnreadableIndex
from libs.common.ecosystems.cran.archive import ArchivedFile, render_archive
from libs.common.ecosystems.cran.dcf import read_dcf
from libs.common.ecosystems.cran.ecosystem import CranEcosystem
from libs.common.ecosystems.cran.matrix import render_matrix
from libs.common.ecosystems.protocol import Ecosystem, IndexForm, ShardRef, SourceShard, Told, WholeIndex
from libs.common.ecosystems.pypi.ecosystem import PythonEcosystem
from libs.common.ecosystems.served import NegotiatedPath
from tests.support.cran_packages import an_r_package
from tests.support.cran_source import WITHOUT_R, render_repository
from tests.support.python_index import BOTH, Habits, PageForm, Status, render_list, render_page
from tests.support.python_packages import a_wheel, an_sdist


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else lzma.decompress(data)


R, PYTHON = CranEcosystem(), PythonEcosystem()
CONTRIB, SIMPLE = "src/contrib", "simple"
FILES = (a_wheel("alpha", requires_python=">=3.8", has_provenance=True), an_sdist("alpha", "0.9", yanked="bad"))
PAGES = {form: render_page("alpha", FILES, form=form, habits=Habits(), status=Status(status="active")) for form in BOTH}
PACKAGES = render_repository(
    (an_r_package("alpha", "1.2", Imports="beta (>= 1.0)"), an_r_package("beta", below="4.2.0/Recommended")), WITHOUT_R
)[f"{CONTRIB}/PACKAGES"]
MATRIX = _unpacked(render_matrix([dict(record.fields) for record in read_dcf(PACKAGES)]))
ARCHIVE = _unpacked(
    render_archive(
        [ArchivedFile(package="alpha", version=version, size_bytes=9, modified_ms=1) for version in ("0.1", "0.2")]
    )
)

_POISON = (
    *(b"..", b"../", b"/", b"\\", b'"', b"'", b"<", b">", b"\0", b"\n", b"%2e%2e%2f", b"&#x110000;", b"\\u0000"),
    *(b"null", b"1e999", b"-1", b"[[[[", b"{}", b"99999999999999999999", b"http://169.254.169.254/", b"file:///x"),
    *(b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0"),
)
Tamper = Callable[[bytes], bytes]


@st.composite
def tampers(draw: st.DrawFn) -> Tamper:
    """Draw a few cuts and insertions, at any places of whatever they are done to."""
    steps = draw(
        st.lists(
            st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(_POISON) | st.binary(max_size=8)),
            min_size=1,
            max_size=6,
        )
    )

    def tamper(data: bytes) -> bytes:
        for where, cut, poison in steps:
            place = int(where * len(data))
            data = data[:place] + poison + data[place + cut :]
        return data

    return tamper


def _use(ecosystem: Ecosystem, shards: Iterable[SourceShard], partition: str) -> None:
    """Do with shards what the platform does, and look at where they would lead."""
    sinks = {path: io.BytesIO() for path in ecosystem.partition_files(partition)}
    writer = ecosystem.write_partition(partition, sinks=sinks)
    for shard in shards:
        if not shard.payload:
            continue
        payload = shard.payload
        files = (
            *ecosystem.artifacts(payload, partition=partition),
            *ecosystem.companions(payload, partition=partition),
        )
        for file in files:
            assert not {"", ".", ".."} & set(file.ckey.split("/"))
            assert file.ckey.isprintable()
            assert not file.url.lower().startswith(("file:", "javascript:"))
        ecosystem.facts(payload, partition=partition)
        assert ecosystem.merge([payload, payload]) == (payload, ())
        writer.add(shard.name, payload, rendered_sha256=None)
    writer.finish()


@given(form=st.sampled_from(BOTH), told=st.sampled_from((*BOTH, "application/json", None)), tamper=tampers())
def test_a_page_of_a_python_project(form: PageForm, told: str | None, tamper: Tamper) -> None:
    """What is rendered of it leads to us alone."""
    ref = ShardRef(name="alpha", tag=None, url="alpha/")
    try:
        shard = PYTHON.read_shard(
            tamper(PAGES[form]), ref=ref, partition=SIMPLE, side_files={}, told=Told(content_type=told)
        )
    except UnreadableIndex:
        return

    _use(PYTHON, [shard], SIMPLE)
    negotiated = PYTHON.route("simple/alpha", is_folder=True)
    assert isinstance(negotiated, NegotiatedPath)
    for page in negotiated.choices:
        rendered = PYTHON.render_page(page, shard.payload, extracted={}, texts={}) if shard.payload else None  # type: ignore[arg-type]
        if rendered is not None and page.content_type == PageForm.JSON:
            assert not any("//" in record["url"] for record in json.loads(rendered)["files"])


@given(form=st.sampled_from(BOTH), tamper=tampers())
def test_a_list_of_python_projects(form: PageForm, tamper: Tamper) -> None:
    """Every name is one that a project can have."""
    data = tamper(render_list(["alpha", "Beta", "gamma"], form=form, serials={"alpha": 1, "Beta": 2, "gamma": 3}))
    try:
        index = PYTHON.read_index(
            data, form=PYTHON.index_forms(SIMPLE)[0], partition=SIMPLE, side_files={}, told=Told(content_type=form)
        )
    except UnreadableIndex:
        return

    assert not isinstance(index, WholeIndex)
    assert all(ref.name.replace("-", "").isalnum() and ref.url == f"{ref.name}/" for ref in index.refs)


@given(tamper=tampers(), is_packed=st.booleans())
def test_an_index_of_r_packages(tamper: Tamper, *, is_packed: bool) -> None:
    """In its text forms."""
    text = tamper(PACKAGES)
    _read_r("gz" if is_packed else "plain", gzip.compress(text, mtime=0) if is_packed else text)


@given(tampers=st.tuples(tampers(), tampers()))
def test_indexes_that_r_wrote(tampers: tuple[Tamper, Tamper]) -> None:
    """The matrix of packages, and the list of the Archive."""
    of_matrix, of_archive = tampers

    _read_r("rds", of_matrix(MATRIX))
    _read_r("plain", PACKAGES, archive=of_archive(ARCHIVE))


def _read_r(form: str, data: bytes, *, archive: bytes | None = None) -> None:
    side_files = {} if archive is None else {side.name: archive for side in R.side_files(CONTRIB)}
    try:
        index = R.read_index(data, form=_form(form), partition=CONTRIB, side_files=side_files)
        shards = list(index.shards)
    except UnreadableIndex:
        return
    _use(R, shards, CONTRIB)


def _form(form: str) -> IndexForm:
    return next(one for one in R.index_forms(CONTRIB) if one.form == form)
