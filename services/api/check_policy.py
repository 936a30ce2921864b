"""The text of a policy -> a checked document, down to what each ecosystem has to understand."""

import asyncio
from collections.abc import Sequence

from libs.common.domain.errors import InvalidInput
from libs.common.domain.policy import Rule
from libs.common.domain.policy_document import PolicyDocument, rules_of_document
from libs.common.domain.policy_text import TextForm, read_policy_text
from libs.common.ecosystems.protocol import Ecosystem

_YAML_TYPES = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})


def form_of(content_type: str | None) -> TextForm:
    """Return how a body is written, by its Content-Type; JSON unless it says YAML."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return TextForm.YAML if media_type in _YAML_TYPES else TextForm.JSON


async def check_policy(text: bytes, *, form: TextForm, ecosystems: Sequence[Ecosystem]) -> PolicyDocument:
    """Read and check a document, beside the event loop: it may be a megabyte of specs.

    Raises:
        InvalidInput: naming the path of the fault.
    """
    return await asyncio.to_thread(_check, text, form, ecosystems)


def _check(text: bytes, form: TextForm, ecosystems: Sequence[Ecosystem]) -> PolicyDocument:
    document = read_policy_text(text, form=form)
    check_rules(rules_of_document(document), ecosystems=ecosystems)
    return document


def check_rules(rules: tuple[Rule, ...], *, ecosystems: Sequence[Ecosystem]) -> None:
    """Let every ecosystem look at the rules.

    Raises:
        InvalidInput: naming the path of the fault.
    """
    for ecosystem in ecosystems:
        try:
            ecosystem.check_rules(rules)
        except InvalidInput as exc:
            if exc.field and not exc.message.startswith(exc.field):
                raise InvalidInput(f"{exc.field}: {exc.message}", field=exc.field) from exc
            raise
