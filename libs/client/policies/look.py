"""`./tain policy list | show | export | diff | validate`: looking at policies."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
from rich.markup import escape
from rich.table import Table

from libs.client.connection import ConnectionOptions
from libs.client.console import table_console
from libs.client.errors import CommandFailed
from libs.client.policies.document_file import form_of_file, read_file
from libs.client.policies.policy_client import PolicyClient
from libs.client.policies.wire import Difference, Policy, PolicyItem, Revision, Sentence
from libs.common.domain.policy_text import TextForm


class ListOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `list`."""

    json: bool


class ShowOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `show`."""

    policy: str
    revision: int | None
    json: bool


class ExportOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `export`."""

    policy: str
    format: TextForm
    revision: int | None
    output: str | None


class DiffOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `diff`."""

    policy: str
    before: int
    after: int | None
    json: bool


class ValidateOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `validate`."""

    file: str
    json: bool


def add_list_options(parser: ArgumentParser) -> None:
    """Offer the options of `list`."""
    _add_json(parser)


def add_show_options(parser: ArgumentParser) -> None:
    """Offer the options of `show`."""
    parser.add_argument("policy", metavar="POLICY", help="a policy's name or id")
    parser.add_argument("--revision", metavar="N", type=int, help="as it was then (default: as it is)")
    _add_json(parser)


def add_export_options(parser: ArgumentParser) -> None:
    """Offer the options of `export`."""
    parser.add_argument("policy", metavar="POLICY", help="a policy's name or id")
    parser.add_argument("--format", choices=tuple(TextForm), default="yaml", help="how to write it (default: yaml)")
    parser.add_argument("--revision", metavar="N", type=int, help="as it was then (default: as it is)")
    parser.add_argument("--output", metavar="FILE", help="write it there (default: standard output)")


def add_diff_options(parser: ArgumentParser) -> None:
    """Offer the options of `diff`."""
    parser.add_argument("policy", metavar="POLICY", help="a policy's name or id")
    parser.add_argument("before", metavar="FROM", type=int, help="the number of a revision")
    parser.add_argument("after", metavar="TO", type=int, nargs="?", help="another one (default: the newest)")
    _add_json(parser)


def add_validate_options(parser: ArgumentParser) -> None:
    """Offer the options of `validate`."""
    parser.add_argument("file", metavar="FILE", help="a document in YAML or, with the ending .json, JSON; - to read it")
    _add_json(parser)


def list_policies(typed: ListOptions, client: PolicyClient) -> int:
    """Show all policies in a table."""
    policies = client.list()
    if typed.json:
        print(msgspec.json.encode(policies).decode())
    elif not policies:
        print("There are no policies; ./tain policy create --help shows how to make one.")
    else:
        table_console().print(policies_table(policies))
    return 0


def show_policy(typed: ShowOptions, client: PolicyClient) -> int:
    """Show one policy, in plain words."""
    policy = client.show(typed.policy)
    revision = client.revision(policy.id, typed.revision) if typed.revision is not None else None
    if typed.json:
        print(msgspec.json.encode(revision or policy).decode())
        return 0
    print_policy(policy, revision or policy)
    return 0


def export_policy(typed: ExportOptions, client: PolicyClient) -> int:
    """Write a policy's document."""
    text = client.export(typed.policy, form=typed.format, number=typed.revision)
    if typed.output is None:
        sys.stdout.write(text.decode())
        return 0
    try:
        Path(typed.output).write_bytes(text)
    except OSError as exc:
        raise CommandFailed(f"{typed.output} can't be written: {exc.strerror}") from exc
    print(f"Wrote {typed.output}")
    return 0


def compare_revisions(typed: DiffOptions, client: PolicyClient) -> int:
    """Show what changed between two revisions."""
    found = client.difference(typed.policy, typed.before, typed.after)
    print(msgspec.json.encode(found).decode() if typed.json else difference_text(found))
    return 0


def validate_document(typed: ValidateOptions, client: PolicyClient) -> int:
    """Let the server check a document, without storing it."""
    checked = client.check(read_file(typed.file), form=form_of_file(typed.file))
    if typed.json:
        print(msgspec.json.encode(checked).decode())
        return 0
    print(f"Policy {checked.name} can be saved ({rules(checked.rule_count)}):")
    print_sentences(checked.summary)
    return 0


def policies_table(policies: Iterable[PolicyItem]) -> Table:
    """Lay policies out, a line for each."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Policy", "Revision", "Rules", "Saved", "By", "Assigned to"):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("Revision", "Rules") else "left")
    for policy in policies:
        places = ", ".join(map(str, policy.assigned)) or "-"
        cells = (policy.name, str(policy.number), str(policy.rule_count), moment(policy.saved_at))
        table.add_row(*map(escape, (*cells, policy.saved_by or "-", places)))
    return table


def print_policy(policy: Policy, shown: Policy | Revision) -> None:
    """Write a policy as a person reads it; `shown` is it, or one of its revisions."""
    print(f"{shown.name}, revision {shown.number} of {moment(shown.saved_at)} by {shown.saved_by or '-'}")
    if shown.description:
        print(shown.description)
    print(f"Assigned to: {', '.join(map(str, policy.assigned)) or 'nothing; ./tain policy assign puts it to work'}")
    print(f"{rules(shown.rule_count)}:" if shown.rule_count else "No rules: everything may enter.")
    print_sentences(shown.summary)


def print_sentences(summary: Iterable[Sentence]) -> None:
    """Write what each rule does, beside its id."""
    listed = tuple(summary)
    width = max((len(sentence.rule) for sentence in listed), default=0)
    for sentence in listed:
        print(f"  {sentence.rule:<{width}}  {sentence.text}")


def difference_text(found: Difference) -> str:
    """Write a difference, a line for what came, went and moved, two for what changed."""
    lines = [f"+ {it.rule.id}: {it.text}" for it in found.added]
    lines += [f"- {it.rule.id}: {it.text}" for it in found.removed]
    for it in found.changed:
        lines += [f"~ {it.id}: {it.after.text}", f"  was: {it.before.text}"]
    lines += [f"^ {rule_id}: stands elsewhere in the order" for rule_id in found.moved]
    return "\n".join([f"From revision {found.from_} to {found.to}:", *(lines or ["no rule differs"])])


def rules(count: int) -> str:
    """Count rules in words."""
    return "1 rule" if count == 1 else f"{count:,} rules"


def moment(text: str) -> str:
    """Write a time in local time, to the minute."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="write one JSON document instead of words")
