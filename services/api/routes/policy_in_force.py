"""<channel>/policy and <mirror>/policy: which policy is in force, and assigning another one."""

from typing import Any

from litestar import Controller, Request, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.channel import ChannelKey
from libs.common.domain.policy import Policy
from services.api.assign_policy import assign_to_channel, assign_to_mirror
from services.api.find_policy import find_policy
from services.api.guards import caller_of
from services.api.policy_schemas import AssignWish, PolicyInForce
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.show_channels import get_channel
from services.api.show_mirrors import get_mirror
from services.api.show_policies import show_in_force

AnyRequest = Request[Any, Any, Any]


class ChannelPolicyController(Controller):
    """The policy of a channel, in force for all its mirrors that have none of their own."""

    path = "/policy"
    tags = ("Policies",)

    @get(summary="Show a channel's policy", responses=may_answer(400, 401, 404), needs=Action.CHANNEL_VIEW)
    async def show_channel_policy(
        self, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]
    ) -> PolicyInForce:
        """Return the channel's policy, and what it does in plain words."""
        return await show_in_force(await get_channel(ports.channels, key), None, policies=ports.policies)

    @put(
        summary="Assign a policy to a channel",
        responses=may_answer(400, 401, 404, 409),
        needs=Action.CHANNEL_EDIT,
        also=Action.POLICY_VIEW,
    )
    async def assign_channel_policy(
        self,
        data: AssignWish,
        request: AnyRequest,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> PolicyInForce:
        """Put the channel under a policy; 409 where one of its mirrors has the same one."""
        await _assign_to_channel(key, await find_policy(ports.policies, data.policy), request, ports)
        return await show_in_force(await get_channel(ports.channels, key), None, policies=ports.policies)

    @delete(
        summary="Unassign a channel's policy",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 404, 409),
        needs=Action.CHANNEL_EDIT,
        also=Action.POLICY_VIEW,
    )
    async def unassign_channel_policy(
        self, request: AnyRequest, key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]
    ) -> None:
        """Put the channel under no policy; what its filters keep may enter then."""
        await _assign_to_channel(key, None, request, ports)


class MirrorPolicyController(Controller):
    """The policy of one mirror, which overrides the channel's."""

    path = "/mirrors/{mirror_id:str}/policy"
    tags = ("Policies",)

    @get(
        summary="Show which policy decides for a mirror", responses=may_answer(400, 401, 404), needs=Action.MIRROR_VIEW
    )
    async def show_mirror_policy(
        self, mirror_id: FromPath[str], key: NamedDependency[ChannelKey], ports: NamedDependency[Ports]
    ) -> PolicyInForce:
        """Return the policy that is in force for the mirror, whose it is, and why."""
        return await _in_force(key, mirror_id, ports)

    @put(
        summary="Assign a policy to a mirror",
        responses=may_answer(400, 401, 404, 409),
        needs=Action.MIRROR_EDIT,
        also=Action.POLICY_VIEW,
    )
    async def assign_mirror_policy(
        self,
        mirror_id: FromPath[str],
        data: AssignWish,
        request: AnyRequest,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> PolicyInForce:
        """Give the mirror a policy of its own; 409 where its channel has the same one."""
        policy = await find_policy(ports.policies, data.policy)
        await _assign_to_mirror(key, mirror_id, policy, request, ports)
        return await _in_force(key, mirror_id, ports)

    @delete(
        summary="Unassign a mirror's policy",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 404, 409),
        needs=Action.MIRROR_EDIT,
        also=Action.POLICY_VIEW,
    )
    async def unassign_mirror_policy(
        self,
        mirror_id: FromPath[str],
        request: AnyRequest,
        key: NamedDependency[ChannelKey],
        ports: NamedDependency[Ports],
    ) -> None:
        """Let the channel's policy be in force for the mirror."""
        await _assign_to_mirror(key, mirror_id, None, request, ports)


async def _assign_to_channel(key: ChannelKey, policy: Policy | None, request: AnyRequest, ports: Ports) -> None:
    await assign_to_channel(
        key,
        policy,
        by=caller_of(request.user),
        channels=ports.channels,
        policies=ports.policies,
        places=ports.places,
        bus=ports.bus,
        clock=ports.clock,
    )


async def _assign_to_mirror(
    key: ChannelKey, mirror_id: str, policy: Policy | None, request: AnyRequest, ports: Ports
) -> None:
    await assign_to_mirror(
        key,
        mirror_id,
        policy,
        by=caller_of(request.user),
        channels=ports.channels,
        mirrors=ports.mirrors,
        policies=ports.policies,
        places=ports.places,
        bus=ports.bus,
        clock=ports.clock,
    )


async def _in_force(key: ChannelKey, mirror_id: str, ports: Ports) -> PolicyInForce:
    channel = await get_channel(ports.channels, key)
    mirror = await get_mirror(ports.mirrors, key, mirror_id)
    return await show_in_force(channel, mirror, policies=ports.policies)
