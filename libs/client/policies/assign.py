"""`./tain policy assign | unassign`: putting channels and mirrors under policies."""

from argparse import ArgumentParser

import msgspec

from libs.client.connection import ConnectionOptions
from libs.client.policies.look import print_sentences
from libs.client.policies.policy_client import PolicyClient
from libs.client.policies.wire import InForce


class AssignOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `assign`."""

    policy: str
    channel: str
    mirror: str | None
    json: bool


class UnassignOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed after `unassign`."""

    channel: str
    mirror: str | None
    json: bool


def add_assign_options(parser: ArgumentParser) -> None:
    """Offer the options of `assign`."""
    parser.add_argument("policy", metavar="POLICY", help="a policy's name or id")
    add_unassign_options(parser)


def add_unassign_options(parser: ArgumentParser) -> None:
    """Offer the options of `unassign`."""
    parser.add_argument("channel", metavar="CHANNEL[/SUB]")
    parser.add_argument("--mirror", metavar="MIRROR", help="one mirror of the channel, by its name (default: all)")
    parser.add_argument("--json", action="store_true", help="write what is in force then as one JSON document")


def assign_policy(typed: AssignOptions, client: PolicyClient) -> int:
    """Put a channel or mirror under a policy."""
    _tell(client.assign(typed.policy, typed.channel, mirror=typed.mirror), is_json=typed.json)
    return 0


def unassign_policy(typed: UnassignOptions, client: PolicyClient) -> int:
    """Take the policy off a channel or mirror."""
    client.unassign(typed.channel, mirror=typed.mirror)
    _tell(client.in_force(typed.channel, mirror=typed.mirror), is_json=typed.json)
    return 0


def _tell(found: InForce, *, is_json: bool) -> None:
    if is_json:
        print(msgspec.json.encode(found).decode())
        return
    print(f"{found.why[:1].upper()}{found.why[1:]}.")
    print_sentences(found.summary)
