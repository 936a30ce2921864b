"""Which families a license belongs to."""

import pytest

from libs.common.domain.rules import LICENSE_WORDS
from libs.common.ecosystems.conda.license import license_families


@pytest.mark.parametrize(
    ("license_text", "family", "words"),
    [
        ("BSD-3-Clause", "BSD", "bsd"),
        ("MIT", None, "mit"),
        ("Apache License 2.0", None, "apache"),
        ("GPL-3.0-or-later", "GPL", "gpl gpl3"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL2", "gpl gpl2"),
        ("GPL (>= 2)", "GPL3", "gpl gpl2 gpl3"),
        ("GPL-2 | GPL-3", None, "gpl gpl2 gpl3"),
        ("GPL v3", None, "gpl gpl3"),
        ("GPLv2", None, "gpl gpl2"),
        ("GNU General Public License v3", None, "gpl gpl3"),
        ("LGPL-2.1-or-later", "LGPL", "lgpl"),
        ("GNU Lesser General Public License v3", None, "lgpl"),
        ("AGPL-3.0-only", "AGPL", "agpl"),
        ("GNU Affero General Public License v3", None, "agpl"),
        ("MIT OR Apache-2.0", None, "apache mit"),
        ("LGPL-2.0-or-later AND GPL-2.0-or-later AND MPL-2.0", None, "gpl gpl2 lgpl mozilla"),
        ("PSF-2.0", "PSF", "psf"),
        ("Python-2.0", None, "psf"),
        ("Public-Domain", None, "public_domain"),
        ("CC0-1.0", None, "public_domain"),
        ("CC-BY-4.0", "CC", "cc"),
        ("MPL-2.0", "MOZILLA", "mozilla"),
        ("proprietary - Continuum Analytics, Inc.", "Proprietary", "proprietary"),
        ("LicenseRef-EULA", None, "proprietary"),
        ("Artistic-2.0", "OTHER", "other"),
        ("limit", None, "other"),
        (None, None, "none"),
        ("", "None", "none"),
    ],
)
def test_a_license_has_its_words(license_text: str | None, family: str | None, words: str) -> None:
    """conda-build's families, from the text as well; gpl is neither LGPL nor AGPL."""
    found = license_families(license_text, family)

    assert found == frozenset(words.split())
    assert found <= LICENSE_WORDS
