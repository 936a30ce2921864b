"""What each user of NATS may do, as nats-server's configuration has it.

python -m deploy.nats_permissions           writes deploy/nats/permissions.conf
python -m deploy.nats_permissions --check   exits with 1 where that is not up to date

The file is for servers of your own: `include` it, and give the passwords (or their bcrypt
hashes) as environment values of nats-server. `./tain up` writes its own from the same table.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from libs.common.contracts.permissions import USERS, Permissions, permissions_of

ROOT = Path(__file__).resolve().parents[1]
_FILE = ROOT / "deploy" / "nats" / "permissions.conf"
_HEAD = """\
# Generated from libs/common/contracts/permissions.py by ./tain check --fix; do not edit.
# Put `include "permissions.conf"` into nats-server's configuration, with this file beside it,
# and start nats-server with TAIN_NATS_PASSWORD_API and so on in its environment.
"""


def nats_authorization(passwords: Mapping[str, str]) -> str:
    """Return the block of users; a password is written as it is given, quoted or as a $VARIABLE."""
    users = "\n".join(_user(name, password, permissions_of(name)) for name, password in passwords.items())
    return f"authorization {{\n  users: [\n{users}\n  ]\n}}\n"


def permissions_conf() -> str:
    """Return the file for servers of one's own."""
    return _HEAD + nats_authorization({name: f"$TAIN_NATS_PASSWORD_{name.upper()}" for name in USERS})


def main(arguments: list[str]) -> int:
    """Write or check the file; return the exit code."""
    parser = argparse.ArgumentParser(prog="nats_permissions", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if it is out of date")
    text = permissions_conf()
    if _FILE.exists() and _FILE.read_text(encoding="utf-8") == text:
        return 0
    if parser.parse_args(arguments).check:
        sys.stdout.write(f"{_FILE.relative_to(ROOT)} is out of date; run: ./tain check --fix\n")
        return 1
    _FILE.parent.mkdir(exist_ok=True)
    _FILE.write_text(text, encoding="utf-8")
    return 0


def _user(name: str, password: str, permissions: Permissions) -> str:
    lines = [f"      user: {name}", f"      password: {password}", "      permissions: {"]
    for kind, allowed, denied in (
        ("publish", permissions.publish, permissions.publish_denied),
        ("subscribe", permissions.subscribe, permissions.subscribe_denied),
    ):
        lines += [f"        {kind}: {{", *_subjects("allow", allowed), *_subjects("deny", denied), "        }"]
    if permissions.answers:
        lines.append("        allow_responses: true")
    return "\n".join(["    {", *lines, "      }", "    }"])


def _subjects(word: str, subjects: tuple[str, ...]) -> list[str]:
    if not subjects:
        return []
    return [f"          {word}: [", *(f"            {json.dumps(subject)}" for subject in subjects), "          ]"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
