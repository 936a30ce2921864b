"""`./tain stop`: end a mirror's run."""

import os
import time
from argparse import ArgumentParser, Namespace
from functools import partial

import msgspec

from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.errors import CommandFailed
from libs.client.follow import POLL_S
from libs.client.patience import patiently

ABOUT = """\
Stop a mirror's run, and wait until it has ended. What was stored stays, and is published."""

EXAMPLES = """\
  ./tain stop bio bio
  ./tain stop airgap/stage airgap-stage"""

_TIMEOUT_S = 60.0


class StopOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    channel: str
    mirror: str


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `stop`."""
    parser.add_argument("channel", metavar="CHANNEL[/SUB]")
    parser.add_argument("mirror", metavar="MIRROR", help="the mirror's name")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Ask for the stop, and wait for it."""
    typed = msgspec.convert(vars(options), StopOptions)
    with connect(typed, os.environ) as client:
        mirror = client.mirror(typed.channel, typed.mirror)
        if mirror is None:
            raise CommandFailed(f"channel {typed.channel} has no mirror {typed.mirror!r}; ./tain status lists them")
        if not mirror.is_active:
            print(f"{mirror.mirror_name} is not running ({mirror.state})")
            return 0
        client.stop_mirror(typed.channel, mirror.mirror_id)
        waited_s = 0.0
        while mirror is not None and mirror.is_active:
            if waited_s > _TIMEOUT_S:
                raise CommandFailed(f"{typed.mirror} is still {mirror.state} after {_TIMEOUT_S:g} s; see the logs")
            time.sleep(POLL_S)
            waited_s += POLL_S
            mirror = patiently(partial(client.mirror, typed.channel, typed.mirror))
        print(f"{typed.mirror} is {mirror.state if mirror else 'gone'}")
    return 0


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)
