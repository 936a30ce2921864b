"""Generated documentation: diagram of a run, who may do what, events, AsyncAPI, the JSON Schema of policies.

python -m libs.client.flow_docs           writes README.md's diagram and what is generated in docs
python -m libs.client.flow_docs --check   exits with 1 where they are not up to date
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from libs.client.docs import access_table, diagram, event_pages
from libs.client.docs.asyncapi import asyncapi_text
from libs.common.domain.policy_schema import policy_schema

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Write or check the generated parts; return the exit code."""
    parser = argparse.ArgumentParser(prog="flow_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something is out of date")
    options = parser.parse_args(arguments)
    stale = {path: text for path, text in _wanted().items() if not path.exists() or path.read_text() != text}
    if options.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date; run: ./tain check --fix")
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text)
    return 0


def _wanted() -> Mapping[Path, str]:
    """Return every page with generated parts as it shall be."""
    readme = ROOT / "README.md"
    events = ROOT / "docs" / "events"
    access = ROOT / "docs" / "access.md"
    return {
        readme: diagram.MARKS.replace(readme.read_text(), diagram.diagram()),
        access: access_table.MARKS.replace(access.read_text(), access_table.access_tables()),
        events / "README.md": event_pages.MARKS.replace((events / "README.md").read_text(), event_pages.event_pages()),
        events / "asyncapi.json": asyncapi_text(),
        ROOT / "docs" / "policies.schema.json": policy_schema().decode(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
