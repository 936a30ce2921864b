"""docs/policies.md says what the code does: its examples are read, checked and complete."""

import re
from pathlib import Path

import msgspec
import pytest

from libs.common.domain.filter_rules import rules_of
from libs.common.domain.mirror import Filters
from libs.common.domain.policy import Where
from libs.common.domain.policy_document import DocumentRule, rules_of_document
from libs.common.domain.policy_schema import policy_schema
from libs.common.domain.policy_text import TextForm, read_policy_text
from libs.common.ecosystems.licenses.families import FAMILIES
from libs.common.ecosystems.read_rules import check_rules
from tests.support.real_data import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "policies.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FIELDS = dict(re.findall(r"^\| `(\w+)` \| `(\{.*?\})` \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("text", BLOCKS, ids=[re.sub(r"\W.*", "", block.removeprefix("name: ")) for block in BLOCKS])
def test_every_policy_of_the_page_can_be_saved(text: str) -> None:
    """People copy them."""
    document = read_policy_text(text.encode(), form=TextForm.YAML)

    assert document.rules
    check_rules(rules_of_document(document))


def test_every_field_has_an_example_that_uses_it() -> None:
    """And there is none that does not exist."""
    assert list(FIELDS) == [field.encode_name for field in msgspec.structs.fields(Where)]
    for field, example in FIELDS.items():
        text = f"name: n\nrules: [{{id: x, action: exclude, where: {example}}}]".encode()
        document = read_policy_text(text, form=TextForm.YAML)
        assert field in msgspec.to_builtins(document.rules[0].where)
        check_rules(rules_of_document(document))


def test_every_key_of_a_rule_is_told() -> None:
    """In the table of rules."""
    table = PAGE.partition("## Rules")[2].partition("###")[0]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(DocumentRule.__struct_fields__)


def test_every_license_family_is_told() -> None:
    """In the words in which rules are checked."""
    told = PAGE.partition("License families are ")[2].partition(", in any case")[0]

    assert {word.lower().replace("-", "_") for word in re.split(r", | and ", told)} == FAMILIES


def test_every_filter_is_told_as_the_rule_that_it_is() -> None:
    """Each with the id that decisions name."""
    filters = Filters(
        only_signed=True,
        legacy_packages="drop",
        cve_score_threshold=7,
        exclude_non_curated_cve=True,
        date_from="2025-01-01",
        include_licenses=("MIT",),
        exclude_licenses=("GPL",),
        exclude_specs=("x",),
        include_specs=("y",),
    )
    table = PAGE.partition("| filter | rule |")[2]
    for rule in (*rules_of(filters), *rules_of(Filters(only_specs=("x",)))):
        row = next(line for line in table.splitlines() if f"`{rule.id}" in line)
        assert f"| `{rule.action}` " in row
        assert all(f"{{{field}: " in row for field in msgspec.to_builtins(rule.where))


def test_the_published_schema_is_that_of_the_code() -> None:
    """`./tain check --fix` writes it."""
    assert (DOCS / "policies.schema.json").read_bytes() == policy_schema()


def test_links_of_the_page_lead_somewhere() -> None:
    """Within the folder."""
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (Path(DOCS) / target).exists()
