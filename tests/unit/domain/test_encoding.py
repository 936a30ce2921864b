"""Manifests, catalogues and contents: what is written is read, the same bytes each time."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.catalogue import Catalogue, CatalogueEntry, CataloguePart, decode_catalogue, encode_catalogue
from libs.common.domain.digest import sha256_of
from libs.common.domain.manifest import Manifest, ManifestEntry, ManifestPart, decode_manifest, encode_manifest
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.domain.revision import Contents, ContentsEntry, ContentsPart, decode_contents, encode_contents

digests = st.binary(min_size=32, max_size=32)
names = st.from_regex(r"[a-z][a-z0-9_.-]{0,10}", fullmatch=True)
counts = st.integers(0, 10**9)

manifests = st.builds(
    Manifest,
    source_digest=st.just(sha256_of(b"x")),
    parts=st.dictionaries(
        names,
        st.builds(
            ManifestPart,
            form=names,
            files_url=names,
            etag=st.none() | st.text(max_size=5),
            entries=st.dictionaries(names, st.builds(ManifestEntry, tag=digests, shard=digests), max_size=3),
            problems=st.lists(st.tuples(names, names, names), max_size=2).map(tuple),
        ),
        max_size=3,
    ),
)
catalogues = st.builds(
    Catalogue,
    mirror_id=names,
    type=st.sampled_from(MirrorType),
    mode=st.sampled_from(MirrorMode),
    rules=st.just(sha256_of(b"r")),
    parts=st.dictionaries(
        names,
        st.builds(
            CataloguePart,
            files_url=names,
            entries=st.dictionaries(
                names,
                st.builds(
                    CatalogueEntry,
                    tag=digests,
                    shard=st.none() | digests,
                    files=counts,
                    size_bytes=counts,
                    excluded=st.dictionaries(names, counts, max_size=2),
                    missing=counts,
                    retained=counts,
                ),
                max_size=3,
            ),
        ),
        max_size=3,
    ),
)
contents = st.builds(
    Contents,
    parts=st.dictionaries(
        names,
        st.builds(
            ContentsPart,
            files_urls=st.lists(names, max_size=2).map(tuple),
            entries=st.dictionaries(
                names,
                st.builds(
                    ContentsEntry,
                    origins=st.lists(st.tuples(st.integers(0, 9), digests), min_size=1, max_size=2).map(tuple),
                    rendered=st.none() | digests,
                    files=counts,
                    size_bytes=counts,
                    summary=st.binary(max_size=9),
                ),
                max_size=3,
            ),
        ),
        max_size=3,
    ),
)


@given(manifests)
def test_a_manifest_is_read_as_it_was_written(manifest: Manifest) -> None:
    """And its bytes name it."""
    data = encode_manifest(manifest)

    assert decode_manifest(data) == manifest
    assert encode_manifest(decode_manifest(data)) == data


@given(catalogues)
def test_a_catalogue_is_read_as_it_was_written(catalogue: Catalogue) -> None:
    """And its bytes name it."""
    data = encode_catalogue(catalogue)

    assert decode_catalogue(data) == catalogue
    assert encode_catalogue(decode_catalogue(data)) == data


@given(contents)
def test_contents_are_read_as_they_were_written(value: Contents) -> None:
    """And their bytes name them."""
    data = encode_contents(value)

    assert decode_contents(data) == value
    assert encode_contents(decode_contents(data)) == data


def test_order_of_insertion_does_not_change_the_bytes() -> None:
    """Unchanged content is recognised by its digest."""
    a = ManifestEntry(tag=b"a" * 32, shard=b"a" * 32)
    one = Manifest(source_digest="x", parts={"p": ManifestPart(form="f", files_url="p/", entries={"a": a, "b": a})})
    two = Manifest(source_digest="x", parts={"p": ManifestPart(form="f", files_url="p/", entries={"b": a, "a": a})})

    assert encode_manifest(one) == encode_manifest(two)
