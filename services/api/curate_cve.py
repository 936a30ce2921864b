"""PUT and DELETE of a CVE's status, and of the map of names -> the book, advisories.changed."""

from libs.common.domain.access.identity import Caller
from libs.common.domain.advisory import AdvisoryEcosystem
from libs.common.domain.cve import CurationEntry, Cve
from libs.common.domain.errors import InvalidInput, NotFound
from libs.common.ports.blobs import put_bytes, read_all
from libs.common.vulnerabilities.advisory_ports import AdvisoryPorts
from libs.common.vulnerabilities.conda_names import (
    CondaNames,
    decode_conda_names,
    encode_conda_names,
    read_conda_names,
)
from libs.common.vulnerabilities.keep_book import keep_conda_names, keep_words
from libs.common.vulnerabilities.read_osv import is_package_name, is_record_id, normalised_name
from services.api.cve_schemas import StatusWish


async def set_status(cve_id: str, wish: StatusWish, *, by: Caller, keeping: AdvisoryPorts) -> Cve:
    """Say how far a CVE applies to a package, and decide anew by that; the same word again changes nothing.

    The CVE may be one that no advisory has.

    Raises:
        InvalidInput: for what can't be a CVE, a package, or the name of a file.
        StoreUnavailable: when a store does not answer.
    """
    cve = await _known_as(cve_id, keeping=keeping)
    if cve is None:
        cve = Cve(id=_checked_id(cve_id), score=wish.score)
        await keeping.advisories.put([cve])
    entry = CurationEntry(
        cve=cve.id,
        ecosystem=wish.ecosystem,
        package=_checked_package(wish.ecosystem, wish.package),
        files=_checked_glob(wish.file),
        status=wish.status,
        note=wish.note,
        score=wish.score,
        by=by.name,
        at=keeping.clock.now(),
    )
    await keeping.curations.add(entry)
    # Also where that was said before: whoever said it may have died before it was in the book.
    await keep_words(by=by, ports=keeping, cves=(cve.id,))
    return cve


async def take_status_back(
    cve_id: str, *, ecosystem: AdvisoryEcosystem, package: str, file: str | None, by: Caller, keeping: AdvisoryPorts
) -> None:
    """Take back what people said of a CVE in a package, or in those of its files.

    Raises:
        NotFound: when nothing was said of that.
        InvalidInput: for what can't be a package or the name of a file.
        StoreUnavailable: when a store does not answer.
    """
    cve = await _known_as(cve_id, keeping=keeping)
    entry = CurationEntry(
        cve=cve.id if cve is not None else cve_id,
        ecosystem=ecosystem,
        package=_checked_package(ecosystem, package),
        files=_checked_glob(file),
        status=None,
        by=by.name,
        at=keeping.clock.now(),
    )
    if not await keeping.curations.add(entry):
        where = f"{package} ({ecosystem}){' and these files' if file is not None else ''}"
        raise NotFound(f"nobody set a status of {entry.cve[:100]} for {where}")
    await keep_words(by=by, ports=keeping, cves=(entry.cve,))


async def set_conda_names(text: bytes, *, by: Caller, keeping: AdvisoryPorts) -> CondaNames:
    """Replace the map of names; an empty one is none.

    Raises:
        InvalidInput: naming the line that is wrong.
        StoreUnavailable: when a store does not answer.
    """
    names = read_conda_names(text)
    blob = await put_bytes(keeping.blobs, encode_conda_names(names)) if names else None
    await keep_conda_names(blob.sha256 if blob is not None else None, by=by, ports=keeping)
    return names


async def get_conda_names(*, keeping: AdvisoryPorts) -> CondaNames:
    """Return the map of names.

    Raises:
        StoreUnavailable: when a store does not answer.
    """
    head = await keeping.books.get()
    if head is None or head.conda_names is None:
        return {}
    return decode_conda_names(await read_all(keeping.blobs, head.conda_names))


async def _known_as(cve_id: str, *, keeping: AdvisoryPorts) -> Cve | None:
    for form in dict.fromkeys((cve_id, cve_id.upper())):
        found = await keeping.advisories.get(form)
        if found is not None:
            return found
    return None


def _checked_id(cve_id: str) -> str:
    if not is_record_id(cve_id):
        raise InvalidInput(f"{cve_id[:100]!r} can't be a CVE; write it as CVE-2024-12345", field="id")
    return cve_id.upper() if cve_id.lower().startswith("cve-") else cve_id


def _checked_package(ecosystem: AdvisoryEcosystem, name: str) -> str:
    if not is_package_name(name):
        raise InvalidInput(f"{name[:100]!r} can't be a package; write its name alone", field="package")
    return normalised_name(ecosystem, name)


def _checked_glob(file: str | None) -> str | None:
    if file is not None and ("/" in file or not file.isprintable()):
        raise InvalidInput(
            "file is a file name or a glob of such (django-4.2-*.conda), without its folder", field="file"
        )
    return file
