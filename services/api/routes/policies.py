"""/api/policies: policies, their revisions, and documents in JSON or YAML."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, Reference, RequestBody, Schema
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from libs.common.domain.access.actions import Action
from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Policy
from libs.common.domain.policy_document import PolicyDocument, document_of
from libs.common.domain.policy_schema import policy_schema
from libs.common.domain.policy_text import TextForm, write_policy_text
from services.api.check_policy import check_policy, form_of
from services.api.create_policy import create_policy
from services.api.delete_policy import delete_policy
from services.api.edit_policy import edit_policy
from services.api.find_policy import find_policy, find_revision
from services.api.guards import caller_of
from services.api.policy_schemas import (
    PolicyChecked,
    PolicyDifferenceOut,
    PolicyList,
    PolicyOut,
    PolicyRevisionList,
    PolicyRevisionOut,
)
from services.api.ports import Ports
from services.api.problems import may_answer
from services.api.routes.answers import OBJECT, TEXT, answering
from services.api.routes.pages import Limit, Offset, page
from services.api.show_policies import (
    show_checked,
    show_difference,
    show_policies,
    show_policy,
    show_revision,
    show_revisions,
)

_YAML = "application/yaml"
_EXAMPLE = {
    "name": "production",
    "rules": [
        {"id": "no-gpl", "action": "exclude", "where": {"license": {"in": ["GPL", "AGPL"]}}},
        {"id": "settled", "action": "require", "where": {"age": {"op": ">=", "days": 14}}},
    ],
}

AnyRequest = Request[Any, Any, Any]
PolicyKey = FromPath[str]
Form = Annotated[TextForm, QueryParameter(description="how to write it")]
Number = Annotated[int | None, QueryParameter(ge=1, description="a revision; the newest where it is left out")]
Other = Annotated[int | None, QueryParameter(ge=1, description="the other revision; the newest where it is left out")]
IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description='the revision that the edit was made from, as `"3"`')
]


@dataclass
class DocumentOperation(Operation):
    """An operation whose body is a policy document."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads itself."""
        schema = Schema(
            type=OpenAPIType.OBJECT, description="A policy document; /api/policies/schema.json has its JSON Schema."
        )
        example: dict[str, Example | Reference] = {"production": Example(value=_EXAMPLE)}
        self.request_body = RequestBody(
            content={
                "application/json": OpenAPIMediaType(schema=schema, examples=example),
                _YAML: OpenAPIMediaType(schema=schema),
            },
            required=True,
        )


class PolicySchemaController(Controller):
    """What editors complete and check documents by; open to all."""

    path = "/api/policies"
    tags = ("Policies",)

    @get(
        "/schema.json",
        summary="Show the JSON Schema of policies",
        media_type="application/schema+json",
        operation_class=answering({"application/schema+json": OBJECT}),
        needs=None,
    )
    async def show_schema(self) -> Response[bytes]:
        """Return the JSON Schema (2020-12) of policy documents."""
        return Response(policy_schema(), media_type="application/schema+json")


class PoliciesController(Controller):
    """The policies of the server."""

    path = "/api/policies"
    tags = ("Policies",)

    @get(summary="List policies", responses=may_answer(400, 401), needs=Action.POLICY_VIEW)
    async def list_policies(
        self, request: AnyRequest, ports: NamedDependency[Ports], offset: Offset = 0, limit: Limit = None
    ) -> PolicyList:
        """Return all policies by name, with the channels and mirrors that they are assigned to and one may see."""
        policies = await ports.policies.list()
        items = await show_policies(page(policies, offset=offset, limit=limit), seen_by=request.user, ports=ports)
        return PolicyList(total_count=len(policies), items=items)

    @post(
        summary="Create a policy",
        status_code=HTTP_201_CREATED,
        operation_class=DocumentOperation,
        responses=may_answer(400, 401, 409, 413),
        needs=Action.POLICY_EDIT,
    )
    async def create_policy(self, request: AnyRequest, ports: NamedDependency[Ports]) -> Response[PolicyOut]:
        """Make a policy of a document in JSON or YAML (`Content-Type: application/yaml`); assign it to let it act."""
        policy = await create_policy(
            await _read(request),
            by=caller_of(request.user),
            policies=ports.policies,
            bus=ports.bus,
            clock=ports.clock,
            ids=ports.ids,
        )
        return await _shown(policy, request, ports)

    @post(
        "/validate",
        summary="Check a policy",
        status_code=HTTP_200_OK,
        operation_class=DocumentOperation,
        responses=may_answer(400, 401, 413),
        needs=Action.POLICY_VIEW,
    )
    async def validate_policy(self, request: AnyRequest) -> PolicyChecked:
        """Say what a document's rules would do, or which of them is wrong and why; nothing is stored."""
        return show_checked(await _read(request))

    @get("/{policy:str}", summary="Show a policy", responses=may_answer(400, 401, 404), needs=Action.POLICY_VIEW)
    async def show_policy(
        self, policy: PolicyKey, request: AnyRequest, ports: NamedDependency[Ports]
    ) -> Response[PolicyOut]:
        """Return a policy, by its id or name: its rules, what they do in plain words, and where it is assigned."""
        return await _shown(await find_policy(ports.policies, policy), request, ports)

    @put(
        "/{policy:str}",
        summary="Edit a policy",
        operation_class=DocumentOperation,
        responses=may_answer(400, 401, 404, 409, 412, 413),
        needs=Action.POLICY_EDIT,
    )
    async def edit_policy(
        self, policy: PolicyKey, request: AnyRequest, ports: NamedDependency[Ports], if_match: IfMatch = None
    ) -> Response[PolicyOut]:
        """Save a document as the policy's next revision, which acts at once where the policy is assigned.

        With `If-Match` it is only saved on top of the revision named there. A document that says the
        same as the newest revision makes none.
        """
        saved = await edit_policy(
            policy,
            await _read(request),
            expected=_expected(if_match),
            by=caller_of(request.user),
            policies=ports.policies,
            bus=ports.bus,
            clock=ports.clock,
        )
        return await _shown(saved, request, ports)

    @delete(
        "/{policy:str}",
        summary="Delete a policy",
        status_code=HTTP_204_NO_CONTENT,
        responses=may_answer(400, 401, 404, 409),
        needs=Action.POLICY_EDIT,
    )
    async def delete_policy(self, policy: PolicyKey, request: AnyRequest, ports: NamedDependency[Ports]) -> None:
        """Remove a policy that is assigned nowhere; its revisions stay, for the decisions that were made by them."""
        await delete_policy(
            policy,
            asked_by=request.user,
            by=caller_of(request.user),
            ports=ports,
        )

    @get(
        "/{policy:str}/export",
        summary="Export a policy",
        responses=may_answer(400, 401, 404),
        operation_class=answering({"application/json": OBJECT, _YAML: TEXT}),
        needs=Action.POLICY_VIEW,
    )
    async def export_policy(
        self,
        policy: PolicyKey,
        ports: NamedDependency[Ports],
        output: Annotated[TextForm, QueryParameter(name="format", description="how to write it")] = TextForm.JSON,
        number: Number = None,
    ) -> Response[bytes]:
        """Return the document of a policy, in JSON or YAML, as it can be sent to any server."""
        found = await _revision(policy, number, ports)
        media_type = _YAML if output is TextForm.YAML else "application/json"
        return Response(write_policy_text(document_of(found), form=output), media_type=media_type)

    @get(
        "/{policy:str}/revisions",
        summary="List a policy's revisions",
        responses=may_answer(400, 401, 404),
        needs=Action.POLICY_VIEW,
    )
    async def list_revisions(
        self, policy: PolicyKey, ports: NamedDependency[Ports], offset: Offset = 0, limit: Limit = None
    ) -> PolicyRevisionList:
        """Return every saved state of a policy, newest first."""
        revisions = await ports.policies.revisions((await find_policy(ports.policies, policy)).id)
        shown = show_revisions(page(revisions, offset=offset, limit=limit))
        return PolicyRevisionList(total_count=len(revisions), items=shown)

    @get(
        "/{policy:str}/revisions/{number:int}",
        summary="Show a revision",
        responses=may_answer(400, 401, 404),
        needs=Action.POLICY_VIEW,
    )
    async def show_revision(
        self, policy: PolicyKey, number: FromPath[int], ports: NamedDependency[Ports]
    ) -> PolicyRevisionOut:
        """Return one saved state of a policy; by the policy's id also when the policy is deleted."""
        return show_revision(await find_revision(ports.policies, policy, number))

    @get(
        "/{policy:str}/revisions/{number:int}/difference",
        summary="Compare two revisions",
        responses=may_answer(400, 401, 404),
        needs=Action.POLICY_VIEW,
    )
    async def compare_revisions(
        self, policy: PolicyKey, number: FromPath[int], ports: NamedDependency[Ports], to: Other = None
    ) -> PolicyDifferenceOut:
        """Return which rules came, went, changed and moved from one revision to another."""
        before = await find_revision(ports.policies, policy, number)
        return show_difference(before, await _revision(policy, to, ports))


async def _read(request: AnyRequest) -> PolicyDocument:
    form = form_of(request.headers.get("content-type"))
    return await check_policy(await request.body(), form=form)


async def _shown(policy: Policy, request: AnyRequest, ports: Ports) -> Response[PolicyOut]:
    shown = await show_policy(policy, seen_by=request.user, ports=ports)
    return Response(shown, headers={"ETag": f'"{policy.number}"'})


async def _revision(policy: str, number: int | None, ports: Ports) -> Policy:
    if number is None:
        return await find_policy(ports.policies, policy)
    return await find_revision(ports.policies, policy, number)


def _expected(if_match: str | None) -> frozenset[int] | None:
    """Read If-Match (RFC 9110 section 13.1.1), whose tags are numbers of revisions.

    Raises:
        InvalidInput: when it is anything else.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]
    if not all(tag.isdecimal() for tag in tags):
        raise InvalidInput('If-Match must be the number of a revision in quotes, as "3", or *', field="If-Match")
    return frozenset(map(int, tags))
