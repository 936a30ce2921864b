"""`./tain policy create | edit | import | delete`: changing policies."""

from argparse import ArgumentParser

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.errors import UsageFailed
from libs.client.policies.document_file import read_document
from libs.client.policies.look import print_sentences, rules
from libs.client.policies.policy_client import PolicyClient
from libs.client.policies.rule_options import RuleOptions, add_rule_options, rules_of_options
from libs.client.policies.wire import Policy
from libs.common.domain.policy_document import DocumentRule, PolicyDocument


class CreateOptions(RuleOptions, frozen=True, kw_only=True):
    """What was typed after `create`."""

    name: str | None
    description: str | None
    file: str | None
    json: bool


class EditOptions(RuleOptions, frozen=True, kw_only=True):
    """What was typed after `edit`."""

    policy: str
    name: str | None
    description: str | None
    file: str | None
    remove: tuple[str, ...]
    json: bool


class ImportOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `import`."""

    files: tuple[str, ...]


class DeleteOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `delete`."""

    policy: str


def add_create_options(parser: ArgumentParser) -> None:
    """Offer the options of `create`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="the policy's name (default: that in --file)")
    _add_common_options(parser)
    add_rule_options(parser)


def add_edit_options(parser: ArgumentParser) -> None:
    """Offer the options of `edit`."""
    parser.add_argument("policy", metavar="POLICY", help="a policy's name or id")
    parser.add_argument("--name", metavar="NAME", help="rename it")
    _add_common_options(parser)
    parser.add_argument("--remove", action="append", default=[], metavar="RULE", help="take the rule of this id out")
    add_rule_options(parser)


def add_import_options(parser: ArgumentParser) -> None:
    """Offer the options of `import`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="documents in YAML or, with the ending .json, JSON")


def add_delete_options(parser: ArgumentParser) -> None:
    """Offer the options of `delete`."""
    parser.add_argument("policy", metavar="POLICY", help="a policy's name or id")


def create_policy(typed: CreateOptions, client: PolicyClient) -> int:
    """Make a policy."""
    made = rules_of_options(typed)
    if typed.file is not None:
        refuse_rules_beside_a_file(made)
        document = _renamed(read_document(typed.file), typed.name, typed.description)
    elif typed.name is None:
        raise UsageFailed("write the policy's NAME, or --file with a document that has one")
    else:
        document = PolicyDocument(name=typed.name, description=typed.description, rules=made)
    _tell("Made", client.create(document), is_json=typed.json)
    return 0


def edit_policy(typed: EditOptions, client: PolicyClient) -> int:
    """Save a policy's next revision."""
    before = client.show(typed.policy)
    made = rules_of_options(typed)
    if typed.file is not None:
        refuse_rules_beside_a_file(made)
        document = read_document(typed.file)
    else:
        document = msgspec.structs.replace(before.document, rules=laid_over(before.rules, made))
    document = _without(_renamed(document, typed.name, typed.description), typed.remove)
    after = client.save(before.id, document, on_top_of=before.number)
    _tell("Saved" if after.number > before.number else "Nothing new in", after, is_json=typed.json)
    return 0


def import_policies(typed: ImportOptions, client: PolicyClient) -> int:
    """Make or edit policies as their documents say, by their names; all are read before the first is sent."""
    for document in [read_document(file) for file in typed.files]:
        before = client.find(document.name)
        if before is None:
            _tell("Made", client.create(document), is_json=False)
            continue
        after = client.save(before.id, document, on_top_of=before.number)
        _tell("Saved" if after.number > before.number else "Nothing new in", after, is_json=False)
    return 0


def delete_policy(typed: DeleteOptions, client: PolicyClient) -> int:
    """Remove a policy."""
    client.delete(typed.policy)
    print(f"Deleted policy {typed.policy}; its revisions stay for the decisions that were made by them.")
    return 0


def _add_common_options(parser: ArgumentParser) -> None:
    parser.add_argument("--description", metavar="TEXT", help="for people")
    parser.add_argument("--file", metavar="FILE", help="take the rules from a document in YAML or JSON (- to read it)")
    parser.add_argument("--json", action="store_true", help="write the saved policy as one JSON document")


def refuse_rules_beside_a_file(made: tuple[DocumentRule, ...]) -> None:
    """Refuse options that make rules where a file has them.

    Raises:
        UsageFailed: where there are some.
    """
    if made:
        raise UsageFailed("--file has all the rules; leave out the options that make some, or --file")


def _renamed(document: PolicyDocument, name: str | None, description: str | None) -> PolicyDocument:
    return msgspec.structs.replace(
        document,
        name=document.name if name is None else name,
        description=document.description if description is None else description or None,
    )


def laid_over(present: tuple[DocumentRule, ...], made: tuple[DocumentRule, ...]) -> tuple[DocumentRule, ...]:
    """Put rules in the places of those of the same ids, and the others at the end."""
    new = {rule.id: rule for rule in made}
    kept = tuple(new.pop(rule.id, rule) for rule in present)
    return (*kept, *new.values())


def _without(document: PolicyDocument, rule_ids: tuple[str, ...]) -> PolicyDocument:
    present = {rule.id for rule in document.rules}
    for rule_id in rule_ids:
        if rule_id not in present:
            raise UsageFailed(f"policy {document.name} has no rule {rule_id!r}; its rules: {', '.join(present) or '-'}")
    return msgspec.structs.replace(document, rules=tuple(rule for rule in document.rules if rule.id not in rule_ids))


def _tell(done: str, policy: Policy, *, is_json: bool) -> None:
    if is_json:
        print(msgspec.json.encode(policy).decode())
        return
    print(f"{done} policy {policy.name}, revision {policy.number} ({rules(policy.rule_count)})")
    print_sentences(policy.summary)
    for channel in sorted({place.channel for place in policy.assigned if place.frozen}):
        print(f"Channel {channel} is frozen: clients read its revision as it is until it is unfrozen.")
