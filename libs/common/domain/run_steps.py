"""The steps of a run in words, as people know what a source of each type holds."""

from collections.abc import Mapping

from libs.common.domain.mirror import MirrorType
from libs.common.domain.run import Step

_PYTHON: Mapping[Step, str] = {
    Step.CHECK: "Check remote project list",
    Step.READ: "Read remote projects",
    Step.FILTER: "Filter remote projects",
    Step.COMPARE: "Compare with mirrored projects",
    Step.DOWNLOAD: "Download distributions",
}
_R: Mapping[Step, str] = {
    Step.CHECK: "Check remote package lists",
    Step.READ: "Read remote packages and archive",
}
_WORDS: Mapping[MirrorType, Mapping[Step, str]] = {
    MirrorType.CONDA: {},
    MirrorType.PYTHON_SIMPLE: _PYTHON,
    MirrorType.CRAN: _R,
}


def step_words(step: Step, *, type: MirrorType) -> str:
    """Say what a run of a mirror does in a step; where a type has no words of its own, in those of the wire."""
    return _WORDS[type].get(step, step.value)
