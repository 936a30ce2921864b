"""one partition of a source -> its index file, in the best form that the source offers."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import UpstreamMissing, UpstreamRefused
from libs.common.domain.manifest import Manifest, ManifestPart
from libs.common.domain.mirror import Mirror
from libs.common.ecosystems.protocol import Ecosystem, IndexForm
from libs.common.ports.secrets import Seal
from libs.common.ports.upstream import Fetched, NotModified, Upstream, Validators


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source is asked, secrets included; never logged, never stored."""

    root: str
    proxy: str | None = None

    def url(self, path: str) -> str:
        """Return the URL of a path below the source's root."""
        return f"{self.root}/{path}"


def origin_of(mirror: Mirror, *, seal: Seal) -> Origin:
    """Return where a mirror asks, its secrets unsealed.

    Raises:
        InvalidInput: when they were sealed with another key.
    """
    root = seal.unseal(mirror.sealed_source) if mirror.sealed_source else mirror.source_root
    proxy = seal.unseal(mirror.sealed_proxy) if mirror.sealed_proxy else mirror.proxy
    return Origin(root=root, proxy=proxy)


class Unchanged(msgspec.Struct, frozen=True, kw_only=True):
    """The index is as it was; `part` may have newer validators."""

    part: ManifestPart


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """The source has no index for this partition; `refusal` is its word where it refused instead."""

    refusal: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An index file that is new to us."""

    form: IndexForm
    fetched: Fetched
    digest: str


async def locate_index(
    forms: Sequence[IndexForm],
    *,
    origin: Origin,
    previous: ManifestPart | None,
    upstream: Upstream,
    limit_bytes: int,
) -> Found | Unchanged | Absent:
    """Ask for each form in turn until the source has one.

    Raises:
        UpstreamUnavailable: when the source does not answer.
        UnreadableIndex: when the index is larger than the limit.
    """
    refusal: str | None = None
    for form in forms:
        is_known = previous is not None and previous.form == form.form
        validators = (
            Validators(etag=previous.etag, last_modified=previous.last_modified)
            if previous is not None and is_known
            else None
        )
        try:
            answer = await upstream.get(
                origin.url(form.path),
                proxy=origin.proxy,
                home=origin.root,
                accept=form.accept,
                validators=validators,
                limit_bytes=limit_bytes,
            )
        except UpstreamMissing:
            continue
        except UpstreamRefused as exc:
            # Object stores answer 403 for what is not there: another form may be.
            refusal = exc.message
            continue
        if previous is not None and is_known:
            if isinstance(answer, NotModified):
                return Unchanged(part=previous)
            if sha256_of(answer.data) == previous.index_digest:
                newer = msgspec.structs.replace(
                    previous, etag=answer.validators.etag, last_modified=answer.validators.last_modified
                )
                return Unchanged(part=newer)
        if isinstance(answer, Fetched):
            return Found(form=form, fetched=answer, digest=sha256_of(answer.data))
    return Absent(refusal=refusal)


def forms_to_ask(
    partition: str, *, ecosystem: Ecosystem, previous: Manifest | None, is_chosen: bool
) -> tuple[IndexForm, ...]:
    """Choose which forms to ask for, best first.

    A partition that was there is asked for in the form it had, then the others. One that
    was absent last time is asked for once, in the form that the source uses most, so
    that a run with nothing new costs one request a partition.
    """
    forms = ecosystem.index_forms(partition)
    if previous is None or not previous.parts:
        return forms
    known = previous.parts.get(partition)
    if known is not None:
        return tuple(sorted(forms, key=lambda form: form.form != known.form))
    if is_chosen:
        return forms
    usual = Counter(part.form for part in previous.parts.values()).most_common(1)[0][0]
    return tuple(form for form in forms if form.form == usual)
