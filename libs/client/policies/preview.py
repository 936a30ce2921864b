"""`./tain policy preview`: what a policy would change, before it does."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial

import msgspec
from rich.console import Console
from rich.markup import escape

from libs.client.amounts import files, packages, size
from libs.client.console import table_console
from libs.client.errors import CommandFailed, UsageFailed
from libs.client.patience import patiently
from libs.client.policies.change import laid_over, refuse_rules_beside_a_file
from libs.client.policies.document_file import read_document
from libs.client.policies.policy_client import PolicyClient
from libs.client.policies.rule_options import RuleOptions, add_rule_options, rules_of_options
from libs.client.policies.wire_preview import Amount, MirrorPreview, Preview, PreviewFile, PreviewWish, Uninstallable
from libs.common.domain.policy_document import DocumentRule

_PATIENCE_S = 15 * 60.0
_POLL_S = 0.25
_SHOWN = 20


class PreviewOptions(RuleOptions, frozen=True, kw_only=True):
    """What was typed after `preview`."""

    policy: str | None
    place: str | None
    file: str | None
    channel: str | None
    mirror: str | None
    without_solving: bool
    show: int
    json: bool


def add_preview_options(parser: ArgumentParser) -> None:
    """Offer the options of `preview`."""
    parser.add_argument(
        "policy", metavar="POLICY", nargs="?", help="a policy that is there (default: only these rules)"
    )
    parser.add_argument(
        "place", metavar="CHANNEL[/SUB]", nargs="?", help="as if assigned there (default: where it is); or --channel"
    )
    parser.add_argument("--file", metavar="FILE", help="rules of a document, in the place of the policy's")
    parser.add_argument("--channel", metavar="CHANNEL[/SUB]", help="the same, also for rules without a POLICY")
    parser.add_argument("--mirror", metavar="MIRROR", help="as if assigned to one mirror of the channel")
    parser.add_argument(
        "--without-solving", action="store_true", help="look for no packages that could not be installed; it is quicker"
    )
    parser.add_argument("--show", metavar="N", type=int, default=_SHOWN, help=f"name so many (default {_SHOWN})")
    parser.add_argument("--json", action="store_true", help="write one JSON document instead")
    add_rule_options(parser)


def preview_policy(typed: PreviewOptions, client: PolicyClient) -> int:
    """Ask for a preview, wait for it, and show it."""
    if typed.place is not None:
        if typed.channel not in (None, typed.place):
            raise UsageFailed(f"write one channel: {typed.place} or {typed.channel}")
        typed = msgspec.structs.replace(typed, channel=typed.place)
    if typed.policy is None and typed.channel is None:
        raise UsageFailed("write --channel with the channel whose policy this would be, or the POLICY that is edited")
    wish = PreviewWish(
        policy=typed.policy,
        rules=_rules(typed, client),
        channel=typed.channel,
        mirror=typed.mirror,
        uninstallable=not typed.without_solving,
    )
    report_id = client.ask_preview(wish)
    preview = _wait(partial(client.preview, report_id), is_enough=lambda _: True)
    if typed.json:
        print(msgspec.json.encode(_solved(client, preview)).decode())
        return 0
    console = table_console()
    show_difference(console, preview, limit=typed.show)
    if preview.solving:
        console.print("looking for packages that could not be installed any more …")
        preview = _solved(client, preview)
        if not preview.uninstallable:
            console.print("  none was found")
    show_uninstallable(console, preview, limit=typed.show)
    return 0


def show_difference(console: Console, preview: Preview, *, limit: int) -> None:
    """Write what would come and go, in lines; of files the first `limit`."""
    console.print(escape(preview.title), style="bold")
    for mirror in preview.mirrors:
        _show_mirror(console, mirror, limit)
    for name in preview.not_yet_run:
        console.print(f"mirror {escape(name)} has not run yet: nothing is known of its source")


def show_uninstallable(console: Console, preview: Preview, *, limit: int) -> None:
    """Write the first `limit` packages that could not be installed any more, a line each."""
    found = preview.uninstallable or ()
    if found:
        console.print("could not be installed any more:")
    for one in found[:limit]:
        console.print(f"  {escape(_uninstallable(one))}")
    _more(console, len(found) - limit)
    if preview.unsolved:
        console.print(f"not solved: {packages(preview.unsolved)} that would lose some of what they need")


def _rules(typed: PreviewOptions, client: PolicyClient) -> tuple[DocumentRule, ...] | None:
    """Return the rules to think of; None for those that the policy has."""
    made = rules_of_options(typed)
    if typed.file is not None:
        refuse_rules_beside_a_file(made)
        return read_document(typed.file).rules
    if typed.policy is None:
        if not made:
            raise UsageFailed("write a POLICY, options that make rules, or --file with a document")
        return made
    if not made:
        if typed.channel is None:
            raise UsageFailed("write --channel to preview the policy there, or options that change its rules")
        return None
    return laid_over(client.show(typed.policy).rules, made)


def _solved(client: PolicyClient, preview: Preview) -> Preview:
    if not preview.solving:
        return preview
    return _wait(partial(client.solved_preview, preview.report_id), is_enough=lambda it: not it.solving)


def _wait(look: Callable[[], Preview | None], *, is_enough: Callable[[Preview], bool]) -> Preview:
    end = time.monotonic() + _PATIENCE_S
    while (preview := patiently(look)) is None or not is_enough(preview):
        if time.monotonic() > end:
            raise CommandFailed(f"no whole preview after {_PATIENCE_S:g} s; is the reporter running?")
        time.sleep(_POLL_S)
    return preview


def _show_mirror(console: Console, mirror: MirrorPreview, limit: int) -> None:
    now, then = files(mirror.before.files), files(mirror.after.files)
    console.print(f"mirror {escape(mirror.mirror)} of {escape(mirror.channel)}: {now} now, {then} then")
    console.print(f"  + {_amount(mirror.gained)}, {packages(mirror.packages_gained.count)} that were not there")
    console.print(f"  - {_amount(mirror.lost)}, {packages(mirror.packages_lost.count)} as a whole")
    for rule in mirror.rules:
        whose = f" of {rule.policy_name}" if rule.policy_name else ""
        console.print(f"  rule {escape(rule.rule + whose)} leaves out {files(rule.after)} (now {rule.before:,})")
    for sign, changed in (("+", mirror.files_gained), ("-", mirror.files_lost)):
        for file in changed[:limit]:
            console.print(f"  {sign} {escape(_file(file))}")
        _more(console, (mirror.gained if sign == "+" else mirror.lost).files - limit)


def _file(file: PreviewFile) -> str:
    why = ": ".join(part for part in (file.rule, file.detail) if part)
    return f"{file.ckey}  ({why})" if why else file.ckey


def _uninstallable(one: Uninstallable) -> str:
    rule = f", which rule {one.rule} leaves out" if one.rule else ""
    return f"{one.name} on {one.platform} in {one.channel}: needs {one.goes}{rule}"


def _amount(amount: Amount) -> str:
    return f"{files(amount.files)} ({size(amount.size_bytes)})"


def _more(console: Console, count: int) -> None:
    if count > 0:
        console.print(f"  and {count:,} more")
