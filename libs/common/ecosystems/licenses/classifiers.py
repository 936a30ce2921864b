"""A Python package's license: its own words and its classifiers -> licenses as every ecosystem has them.

Essential reading: PEP 639 and its appendix "Mapping License Classifiers to SPDX Identifiers".

Rules of this file:
1. `License-Expression` says all; a `License` that is an SPDX expression as well. Then no
   classifier is looked at.
2. A classifier gives an SPDX identifier where it means one license; those that PEP 639 calls
   ambiguous (`BSD License`, `Apache Software License`) give their family alone.
3. Several classifiers do not say whether they bind together or leave a choice (PEP 639): they
   are one license with every word that they have.
4. A `License` of several lines is the text of a license, which may speak of others: where
   there are classifiers it is passed over.
"""

from collections.abc import Mapping

from libs.common.ecosystems.licenses.families import families_of, is_nothing
from libs.common.ecosystems.licenses.licenses import Licenses, Term, is_expression, licenses_from, licenses_of

SEPARATOR = "; "
"""Between classifiers where they stand in one text."""

_FIRST = "License :: "
_PARENTS = frozenset({"OSI Approved", "DFSG approved"})

_IDENTIFIERS: Mapping[str, str] = {
    "Aladdin Free Public License (AFPL)": "Aladdin",
    "Attribution Assurance License": "AAL",
    "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)": "CECILL-2.1",
    "CMU License (MIT-CMU)": "MIT-CMU",
    "CeCILL-B Free Software License Agreement (CECILL-B)": "CECILL-B",
    "CeCILL-C Free Software License Agreement (CECILL-C)": "CECILL-C",
    "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
    "Common Public License": "CPL-1.0",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "Educational Community License, Version 2.0 (ECL-2.0)": "ECL-2.0",
    "European Union Public Licence 1.0 (EUPL 1.0)": "EUPL-1.0",
    "European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "IBM Public License": "IPL-1.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "MirOS License (MirOS)": "MirOS",
    "Motosoto License": "Motosoto",
    "Mozilla Public License 1.0 (MPL)": "MPL-1.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mulan Permissive Software License v2 (MulanPSL-2.0)": "MulanPSL-2.0",
    "NASA Open Source Agreement v1.3 (NASA-1.3)": "NASA-1.3",
    "Nethack General Public License": "NGPL",
    "Nokia Open Source License": "Nokia",
    "Open Group Test Suite License": "OGTSL",
    "Open Software License 3.0 (OSL-3.0)": "OSL-3.0",
    "PostgreSQL License": "PostgreSQL",
    "Python License (CNRI Python License)": "CNRI-Python",
    "Python Software Foundation License": "PSF-2.0",
    "Qt Public License (QPL)": "QPL-1.0",
    "Ricoh Source Code Public License": "RSCPL",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "Sleepycat License": "Sleepycat",
    "Sun Public License": "SPL-1.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "University of Illinois/NCSA Open Source License": "NCSA",
    "Vovida Software License 1.0": "VSL-1.0",
    "W3C License": "W3C",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "zlib/libpng License": "Zlib",
}
"""Last part of a classifier -> SPDX identifier, of those that mean one license."""

_RESTRICTED = frozenset(
    {
        "Free For Educational Use",
        "Free For Home Use",
        "Free To Use But Restricted",
        "Free for non-commercial use",
        "Freeware",
    }
)
"""PEP 639 lets tools take these for proprietary, as `Other/Proprietary License` is."""
_PROPRIETARY = "Proprietary"


def license_classifiers(classifiers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the classifiers that name a license, without those that only stand above others."""
    found = tuple(one.strip() for one in classifiers if one.strip().startswith(_FIRST))
    return tuple(one for one in found if not any(other.startswith(f"{one} :: ") for other in found))


def python_licenses_of(text: str | None, classifiers: str | None = None) -> Licenses:
    """Read a `License-Expression`, or a `License` and license classifiers, with `; ` between them."""
    if classifiers is None or (text is not None and is_expression(text)):
        return licenses_of(text)
    tails = [one.rpartition(" :: ")[2] for one in classifiers.split(SEPARATOR)]
    telling = [tail for tail in tails if tail not in _PARENTS]
    own = [text.strip()] if text is not None and not is_nothing(text) and "\n" not in text.strip() else []
    said = [_PROPRIETARY if tail in _RESTRICTED else tail for tail in (*own, *telling)]
    identifiers = frozenset(_IDENTIFIERS[tail].lower() for tail in telling if tail in _IDENTIFIERS)
    return licenses_from(Term(families_of(*(said or tails)) | identifiers))
