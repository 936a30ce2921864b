"""What people are told whose address leads elsewhere."""

import re

import pytest

from libs.common.domain.mirror import MirrorType
from libs.common.domain.source_words import no_index


@pytest.mark.parametrize(
    ("type_", "partitions", "said"),
    [
        pytest.param(
            MirrorType.CONDA,
            ("noarch", "linux-64"),
            "no conda channel .*above noarch, linux-64",
            id="conda",
        ),
        pytest.param(MirrorType.CONDA, tuple("abcde"), "above a, b, c, d and more", id="many"),
        pytest.param(MirrorType.PYTHON_SIMPLE, ("simple",), "no Python index .* mostly ends in /simple", id="python"),
        pytest.param(MirrorType.CRAN, ("src/contrib",), "no repository of R packages .*above src/contrib", id="r"),
    ],
)
def test_each_type_says_what_its_address_is(type_: MirrorType, partitions: tuple[str, ...], said: str) -> None:
    """So that it can be mended by whoever reads it."""
    words = no_index(type_, partitions)

    assert re.search(said, words)
    assert "check the mirror's source_root" in words
