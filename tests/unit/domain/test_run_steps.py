"""What the steps of a run are called."""

import pytest

from libs.common.domain.mirror import MirrorType
from libs.common.domain.run import STEPS, Step
from libs.common.domain.run_steps import step_words


def test_conda_keeps_the_words_of_the_wire() -> None:
    """Clients know them."""
    words = [step_words(step, type=MirrorType.CONDA) for step in STEPS]

    assert words == [step.value for step in STEPS]


@pytest.mark.parametrize("type", MirrorType)
def test_every_step_of_a_type_has_words_of_its_own(type: MirrorType) -> None:
    """No two read alike, so that a progress bar tells them apart."""
    words = [step_words(step, type=type) for step in STEPS]

    assert len(set(words)) == len(STEPS)
    assert all(word and word[0].isupper() for word in words)


def test_python_has_projects() -> None:
    """Its index lists these."""
    assert step_words(Step.FILTER, type=MirrorType.PYTHON_SIMPLE) == "Filter remote projects"
