"""The text of a policy -> a checked document, down to what each ecosystem has to understand."""

import asyncio

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Rule
from libs.common.domain.policy_document import PolicyDocument, rules_of_document
from libs.common.domain.policy_text import TextForm, read_policy_text
from libs.common.ecosystems.read_rules import check_rules

_YAML_TYPES = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})


def form_of(content_type: str | None) -> TextForm:
    """Return how a body is written, by its Content-Type; JSON unless it says YAML."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return TextForm.YAML if media_type in _YAML_TYPES else TextForm.JSON


async def check_policy(text: bytes, *, form: TextForm) -> PolicyDocument:
    """Read and check a document, beside the event loop: it may be a megabyte of specs.

    Raises:
        InvalidInput: naming the path of the fault.
    """
    return await asyncio.to_thread(_check, text, form)


def _check(text: bytes, form: TextForm) -> PolicyDocument:
    document = read_policy_text(text, form=form)
    check_policy_rules(rules_of_document(document))
    return document


def check_policy_rules(rules: tuple[Rule, ...]) -> None:
    """Let the ecosystems look at the rules that are for them.

    Raises:
        InvalidInput: naming the path of the fault.
    """
    try:
        check_rules(rules)
    except InvalidInput as exc:
        if exc.field and not exc.message.startswith(exc.field):
            raise InvalidInput(f"{exc.field}: {exc.message}", field=exc.field) from exc
        raise
