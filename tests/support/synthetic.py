"""Big made-up repodata for measuring: as many records as wished, shaped like linux-64's.

The records are synthetic (made-up names, fresh digests), about 570 bytes each; a result
that was measured on them must say so.
"""

import random

_LICENSES = (
    ("BSD-3-Clause", "BSD"),
    ("MIT", "MIT"),
    ("Apache-2.0", "APACHE"),
    ("GPL-3.0-or-later", "GPL3"),
    ("LGPL-2.1-or-later", "LGPL"),
    ("PSF-2.0", "PSF"),
    ("Artistic-2.0", "OTHER"),
)
_SYLLABLES = "ac al be cor da el fi gra hy in jo kit lo mu net or py qua ra sci tor un ve xy zer".split()
_CONDA_SHARE = 0.6
_FIRST_MS = 1_400_000_000_000
_LAST_MS = 1_780_000_000_000


def repodata(*, records: int, names: int, seed: int) -> bytes:
    """Return a linux-64 repodata.json; the same arguments give the same bytes."""
    rng = random.Random(seed)  # noqa: S311 - made-up data, and the same for the same seed
    labels = _names(rng, names)
    counts = _spread(rng, records=records, names=names)
    classic: list[str] = []
    modern: list[str] = []
    for label, count in zip(labels, counts, strict=True):
        needs = [f"{rng.choice(labels)} >={rng.randrange(9)}.{rng.randrange(20)}" for _ in range(5)]
        for place in range(count):
            is_conda = rng.random() < _CONDA_SHARE
            (modern if is_conda else classic).append(_record(rng, label, needs, place=place, is_conda=is_conda))
    return (
        '{"info":{"subdir":"linux-64"},"packages":{'
        + ",".join(classic)
        + '},"packages.conda":{'
        + ",".join(modern)
        + '},"removed":[],"repodata_version":1}'
    ).encode()


def _names(rng: random.Random, count: int) -> list[str]:
    made: set[str] = set()
    while len(made) < count:
        made.add("".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) + rng.choice(("", "", "-core", "_lib", "2")))
        if len(made) > count // 2:
            made.add(f"r-{rng.choice(_SYLLABLES)}{rng.randrange(count)}")
    return sorted(made)[:count]


def _spread(rng: random.Random, *, records: int, names: int) -> list[int]:
    """Few names have many records and many have few, as in real channels."""
    weights = [rng.paretovariate(1.1) for _ in range(names)]
    scale = max(records - names, 0) / sum(min(weight, 200) for weight in weights)
    counts = [1 + int(min(weight, 200) * scale) for weight in weights]
    counts[0] += records - sum(counts)
    return counts


def _record(rng: random.Random, name: str, needs: list[str], *, place: int, is_conda: bool) -> str:
    version = f"{place // 24}.{place // 4 % 6}.{rng.randrange(3)}"
    build = f"py3{8 + place % 6}h{rng.getrandbits(28):07x}_{place}"
    filename = f"{name}-{version}-{build}{'.conda' if is_conda else '.tar.bz2'}"
    depends = ",".join([f'"{need},<{9 + place // 24}.0a0"' for need in needs])
    license_text, family = rng.choice(_LICENSES)
    return (
        f'"{filename}":{{"build":"{build}","build_number":{place % 10},"constrains":["{needs[0]}"],'
        f'"depends":["libgcc-ng >=12",{depends},"python_abi 3.{8 + place % 6}.* *_cp3{8 + place % 6}"],'
        f'"license":"{license_text}","license_family":"{family}","md5":"{rng.getrandbits(128):032x}",'
        f'"name":"{name}","sha256":"{rng.getrandbits(256):064x}","size":{rng.randrange(5_000, 50_000_000)},'
        f'"subdir":"linux-64","timestamp":{rng.randrange(_FIRST_MS, _LAST_MS)},"version":"{version}"}}'
    )
