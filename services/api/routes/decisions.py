"""<mirror>/decisions and <mirror>/runs/<n>/decisions, …/difference: what may enter, and why not."""

from typing import Annotated, Literal

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from libs.common.deciding.compare_catalogues import ChangeWish, ChangeWord
from libs.common.deciding.explain_files import DecisionWish
from libs.common.domain.access.actions import Action
from libs.common.domain.channel import ChannelKey
from services.api.decision_schemas import DecisionList, RunDifference
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.show_decisions import show_decisions_now, show_decisions_of_run, show_difference
from services.api.show_mirrors import get_filling, get_mirror

Package = Annotated[str | None, QueryParameter(description="a package name, in all partitions")]
Ckey = Annotated[str | None, QueryParameter(description="one file, such as noarch/alpha-1.0-0.conda")]
Partition = Annotated[str | None, QueryParameter(description="such as linux-64")]
Decision = Annotated[Literal["kept", "excluded"] | None, QueryParameter(description="only these")]
Change = Annotated[ChangeWord | None, QueryParameter(description="only these")]
Reason = Annotated[str | None, QueryParameter(description="such as license or mirror_filtered.license")]
RuleId = Annotated[str | None, QueryParameter(description="the id of a rule")]
Cursor = Annotated[str | None, QueryParameter(description="`next_cursor` of the page before")]
PageSize = Annotated[
    int, QueryParameter(ge=1, le=1000, description="about how many; the files of a package stay together")
]
To = Annotated[int | None, QueryParameter(ge=1, description="another run; what there is now where it is left out")]


class DecisionsController(Controller):
    """What was decided of every file of a mirror's source; computed when it is asked for."""

    path = "/mirrors/{mirror_id:str}"
    tags = ("Decisions",)

    @get(
        "/decisions",
        summary="Show what is decided now",
        responses=may_answer(400, 401, 404, 410),
        needs=Action.MIRROR_VIEW,
    )
    async def show_decisions(
        self,
        *,
        mirror_id: FromPath[str],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        package: Package = None,
        ckey: Ckey = None,
        partition: Partition = None,
        decision: Decision = None,
        reason: Reason = None,
        rule: RuleId = None,
        cursor: Cursor = None,
        limit: PageSize = 100,
    ) -> DecisionList:
        """Return of each file whether it is kept, and by which rule not; of uploads, too, by the id in `why`."""
        mirror = await get_filling(key, mirror_id, ports=ports)
        wish = DecisionWish(
            package=_name(package), ckey=ckey, partition=partition, decision=decision, reason=reason, rule=rule
        )
        return await show_decisions_now(mirror, wish, cursor=cursor, limit=limit, ports=ports)

    @get(
        "/runs/{number:int}/decisions",
        summary="Show what a run decided",
        responses=may_answer(400, 401, 404, 410),
        needs=Action.MIRROR_VIEW,
    )
    async def show_run_decisions(
        self,
        *,
        mirror_id: FromPath[str],
        number: FromPath[int],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        package: Package = None,
        ckey: Ckey = None,
        partition: Partition = None,
        decision: Decision = None,
        reason: Reason = None,
        rule: RuleId = None,
        cursor: Cursor = None,
        limit: PageSize = 100,
    ) -> DecisionList:
        """Return the same for a run; 410 where it is so old that its source's records are gone."""
        mirror = await get_mirror(ports.mirrors, key, mirror_id)
        wish = DecisionWish(
            package=_name(package), ckey=ckey, partition=partition, decision=decision, reason=reason, rule=rule
        )
        return await show_decisions_of_run(mirror, number, wish, cursor=cursor, limit=limit, ports=ports)

    @get(
        "/runs/{number:int}/difference",
        summary="Compare two runs",
        responses=may_answer(400, 401, 404, 410),
        needs=Action.MIRROR_VIEW,
    )
    async def show_difference(
        self,
        *,
        mirror_id: FromPath[str],
        number: FromPath[int],
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
        to: To = None,
        change: Change = None,
        package: Package = None,
        rule: RuleId = None,
        cursor: Cursor = None,
        limit: PageSize = 100,
    ) -> RunDifference:
        """Return what the other run lists and this one does not, and the other way round, with the rules."""
        mirror = await get_mirror(ports.mirrors, key, mirror_id)
        wish = ChangeWish(change=change, package=_name(package), rule=rule)
        return await show_difference(mirror, number, to, wish, cursor=cursor, limit=limit, ports=ports)


def _name(package: str | None) -> str | None:
    return package.strip().lower() if package is not None else None
