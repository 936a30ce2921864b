"""a head, or a run -> what its catalogue was made of: manifest, evaluation, catalogue."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from libs.common.domain.catalogue import Catalogue, CatalogueHead, decode_catalogue
from libs.common.domain.digest import Sha256
from libs.common.domain.errors import NotFound, NotKept
from libs.common.domain.evaluation import Evaluation, decode_evaluation
from libs.common.domain.manifest import Manifest, decode_manifest
from libs.common.domain.run import Run
from libs.common.ports.blobs import BlobStore, read_all

T = TypeVar("T")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue was made of; `evaluation` is None where it was made before these were kept."""

    manifest: Manifest
    evaluation: Evaluation | None
    catalogue: Catalogue


async def read_head(head: CatalogueHead, *, blobs: BlobStore) -> Stored:
    """Read what stands behind a mirror's head.

    Raises:
        NotFound: when the blob store lost the manifest or the catalogue.
        StoreUnavailable: when it does not answer.
    """
    evaluation: Evaluation | None = None
    if head.evaluation is not None:
        try:
            evaluation = await _read(head.evaluation, decode_evaluation, blobs=blobs)
        except NotFound:
            # All is decided anew then, which makes it again.
            evaluation = None
    return Stored(
        manifest=await _read(head.manifest, decode_manifest, blobs=blobs),
        evaluation=evaluation,
        catalogue=await _read(head.catalogue, decode_catalogue, blobs=blobs),
    )


async def read_run(run: Run, *, blobs: BlobStore) -> Stored:
    """Read what stands behind a run.

    Raises:
        NotFound: when the run saved no catalogue.
        NotKept: when what it was made of is no longer kept.
        StoreUnavailable: when the blob store does not answer.
    """
    if run.manifest is None or run.evaluation is None or run.catalogue is None:
        raise NotFound(f"run {run.number} saved no catalogue, so nothing was decided in it")
    try:
        return Stored(
            manifest=await _read(Sha256(run.manifest), decode_manifest, blobs=blobs),
            evaluation=await _read(Sha256(run.evaluation), decode_evaluation, blobs=blobs),
            catalogue=await _read(Sha256(run.catalogue), decode_catalogue, blobs=blobs),
        )
    except NotFound as exc:
        raise NotKept(f"what run {run.number} was decided on is no longer kept; ask for a newer run") from exc


async def _read(sha256: Sha256, decode: Callable[[bytes], T], *, blobs: BlobStore) -> T:
    return await asyncio.to_thread(decode, await read_all(blobs, sha256))
