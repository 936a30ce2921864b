"""What packages say of CVEs becomes curations of theirs, which count less than a person's."""

from libs.common.adapters.blobs.memory import MemoryBlobStore
from libs.common.contracts.messages import CveWord
from libs.common.domain.advisory import CveStatus
from libs.common.vulnerabilities.keep_book import keep_words
from libs.common.vulnerabilities.package_words import bounded, keep_package_words, read_words
from tests.support.advisories import Bookkeeping
from tests.support.packages import a_package

SECURITY = {"vulns_mitigated": [{"id": "CVE-2026-1000", "comment": "patched"}, {"id": "../x"}]}
MITIGATED = CveWord("CVE-2026-1000", "Mitigated", "patched")


async def test_a_spooled_package_is_read() -> None:
    """Only a `.conda`; ids that can't be any are left out."""
    spool = MemoryBlobStore().spool()
    spool.write(a_package(security=SECURITY).data)

    assert await read_words(spool, ckey="noarch/alpha-1.0-h0_0.conda") == (MITIGATED,)
    assert await read_words(spool, ckey="noarch/alpha-1.0-h0_0.tar.bz2") == ()
    assert await read_words(MemoryBlobStore().spool(), ckey="noarch/alpha-1.0-h0_0.conda") == ()


async def test_words_of_packages_are_kept_once_for_their_file() -> None:
    """And come into the book with the next look."""
    keeping = Bookkeeping()
    words = {"noarch/alpha-1.0-h0_0.conda": (MITIGATED, CveWord("CVE-2026-2", "Nonsense")), "noarch/x": (MITIGATED,)}
    for _ in range(2):
        await keep_package_words(words, keeping=keeping.ports)
    (entry,) = await keeping.ports.curations.history("CVE-2026-1000")
    await keep_words(by=None, ports=keeping.ports)

    assert (entry.package, entry.files, entry.source) == ("alpha", "alpha-1.0-h0_0.conda", "package")
    assert (entry.status, entry.note) == (CveStatus.MITIGATED, "patched")
    assert (await keeping.book()).curations_of("conda", "alpha")[0].source == "package"
    assert await keeping.cves() == ["CVE-2026-1000"]


def test_a_message_has_room_for_so_many_words() -> None:
    """Whole files' words, or none."""
    words = {f"noarch/{number}": (MITIGATED,) * 200 for number in range(9)}

    assert sorted(bounded(words)) == [f"noarch/{number}" for number in range(5)]
