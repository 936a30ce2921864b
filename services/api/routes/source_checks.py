"""/api/mirrors/check-source: what a source is and has, before a mirror of it is made."""

from litestar import Controller, Request, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.sources.schemas import SourceCheck, SourceWish
from services.api.sources.try_source import try_source


class SourceChecksController(Controller):
    """Sources that are tried; nothing is stored."""

    path = "/api/mirrors/check-source"
    tags = ("Mirrors",)

    @post(
        summary="Try a source",
        status_code=HTTP_200_OK,
        responses=may_answer(400, 401, 404),
        needs=Action.MIRROR_TRY,
    )
    async def check_source(
        self, data: SourceWish, request: Request[Identity, None, State], ports: NamedDependency[Ports]
    ) -> SourceCheck:
        """Return what is there within seconds; of what can't be mirrored why, and what to do about it."""
        return await try_source(data, asked_by=request.user, ports=ports)
