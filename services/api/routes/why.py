"""<channel>/why: why a package is there, or why not."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libs.common.deciding.why_words import Why
from libs.common.domain.access.actions import Action
from libs.common.domain.channel import ChannelKey
from services.api.ask_why import ask_why
from services.api.ports import Ports
from services.api.problems import may_answer

Spec = Annotated[str, QueryParameter(description="a package, a spec such as `numpy >=2`, or the name of a file")]
Platform = Annotated[
    str | None,
    QueryParameter(
        description="a conda subdir such as linux-64, whose noarch files count too; linux_x86_64 and the like for "
        "Python; a contrib folder for R"
    ),
]


class WhyController(Controller):
    """Answers for people."""

    path = "/why"
    tags = ("Decisions",)

    @get(
        summary="Say why a package is there or not",
        responses=may_answer(400, 401, 404, 410),
        needs=Action.CHANNEL_VIEW_ARTIFACTS,
    )
    async def why(
        self,
        spec: Spec,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        platform: Platform = None,
    ) -> Why:
        """Return for every mirror what was decided of the matching files, and what clients miss of their needs."""
        return await ask_why(key, spec, platform=platform, ports=ports)
