"""An installation with a bit of everything, as people who have used it for a while would leave it.

Channels with mirrors that completed, failed, found broken files or are still running; a frozen
channel, one under a policy, one with uploads, an empty one; known vulnerabilities; users, groups,
roles, tokens; reports and downloads. Names and figures are the same every time.

All is asked for over REST, so that any running installation can be filled (`seed_stack.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import httpx
import msgspec

from tests.support.api import Api
from tests.support.conda_source import CondaSource
from tests.support.cran_source import WITHOUT_R, CranSource
from tests.support.eventually import eventually
from tests.support.faults import Corrupt, Missing, Slow
from tests.support.osv import CRITICAL, MEDIUM, all_zip, an_osv
from tests.support.packages import a_package
from tests.support.python_source import PythonSource
from tests.support.seeded_packages import (
    conda_packages,
    genomes,
    later_conda_packages,
    own_packages,
    python_files,
    r_packages,
)

PASSWORD = "correct horse battery"
"""Of every user that is made here."""

READER = "rita"
"""Has the role `reader`, which sees and changes nothing."""

FORGE, PYTHON, R, STAGING = "forge", "python-approved", "r-stats", "forge/staging"
BIO, NIGHTLY, ACME, RESEARCH = "bioinformatics", "nightly", "acme", "research"
CHANNELS = (FORGE, PYTHON, R, BIO, NIGHTLY, ACME, RESEARCH)

_WITHIN_S = 90
_PERSON_LEVELS = {"channel": "read", "subchannel": "read", "artifact": "read", "channel.mirror": "read"}
_ROLES = {
    "reader": ("looks, and changes nothing", {**_PERSON_LEVELS, "subchannel.mirror": "read", "policy": "read"}),
    "curator": ("says what may enter", {**_PERSON_LEVELS, "policy": "manage", "cve": "write", "audit": "read"}),
}
_USERS: Mapping[str, Mapping[str, object]] = {
    "ada": {"roles": ["admin"], "email": "ada@example.org", "groups": ["platform"]},
    "bruno": {"roles": ["author"], "email": "bruno@example.org", "groups": ["platform", "data-science"]},
    "chidi": {"roles": ["author", "curator"], "email": "chidi@example.org", "groups": ["data-science"]},
    READER: {"roles": ["reader"], "email": "rita@example.org", "groups": ["data-science"]},
    "sven": {"roles": ["author"], "email": "sven@example.org"},
}
_POLICY = {
    "name": "approved",
    "description": "What our servers may install.",
    "rules": [
        {
            "id": "no-copyleft",
            "action": "exclude",
            "where": {"license": {"in": ["GPL", "AGPL"]}},
            "note": "Ask the lawyers first.",
        },
        {"id": "no-high-cves", "action": "require", "where": {"cve_score": {"op": "<=", "value": 7}}},
    ],
}
_LATER_RULES = [
    *_POLICY["rules"],
    {"id": "platforms", "action": "require", "where": {"platform": {"in": ["linux-64", "noarch", "any", "source"]}}},
    {
        "id": "urgent",
        "action": "allow",
        "where": {"spec": ["openssl >=3.0.13,<3.1"]},
        "note": "Until the audit is over.",
    },
]
_SETTLED = {
    "name": "settled",
    "description": "Two weeks are enough for the world to find a bad release.",
    "rules": [{"id": "two-weeks", "action": "require", "where": {"age": {"op": ">=", "days": 14}}}],
}
_ADVISORIES = (
    an_osv("GHSA-aaaa-0001-pilw", "pillow", fixed="10.3.0", vector=CRITICAL, aliases=["CVE-2026-10001"]),
    an_osv("GHSA-aaaa-0002-djng", "django", fixed="5.0.9", vector=CRITICAL, aliases=["CVE-2026-10002"]),
    an_osv("GHSA-aaaa-0003-rqst", "requests", fixed="2.32.0", vector=MEDIUM, aliases=["CVE-2026-10003"]),
    an_osv("GHSA-aaaa-0004-urll", "urllib3", fixed="2.2.2", vector=MEDIUM, aliases=["CVE-2026-10004"]),
    an_osv("GHSA-aaaa-0005-jnja", "jinja2", fixed="3.1.4", vector=MEDIUM, aliases=["CVE-2026-10005"]),
)


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The sources that the seeded mirrors read."""

    conda: CondaSource
    nightly: CondaSource
    genomes: CondaSource
    python: PythonSource
    r: CranSource


class Seeded(msgspec.Struct, frozen=True, kw_only=True):
    """A filled installation; `ids` are those of the mirrors by their names, and of the `report`."""

    sources: Sources
    ids: Mapping[str, str]


@contextmanager
def running_sources() -> Iterator[Sources]:
    """Run the sources while the block runs; that of the genomes is slow, that of the nightly builds partly broken."""
    nightly = [a_package(f"nightly-{name}", "2025.6.1", padding_bytes=4_000) for name in ("core", "docs", "gui", "web")]
    large = genomes()
    with ExitStack() as stack:
        sources = Sources(
            conda=CondaSource(conda_packages(), prefixes=("/forge",)),
            nightly=CondaSource(nightly, prefixes=("/nightly",)),
            genomes=CondaSource(large, prefixes=("/genomes",)),
            python=PythonSource(python_files()),
            r=CranSource(r_packages(), index_files=WITHOUT_R),
        )
        for source in msgspec.structs.astuple(sources):
            stack.callback(source.close)
        sources.nightly.break_files({nightly[1].path: Missing(), nightly[2].path: Corrupt()})
        sources.genomes.break_files({package.path: Slow(pieces=1000, pause_s=0.5) for package in large[2:]})
        yield sources


def seed(api: Api, sources: Sources) -> Seeded:
    """Fill an installation that has nothing of these names yet; returns once all but one run have ended.

    Raises:
        AssertionError: when something is not as it should be after it.
    """
    # Who signs in for the first time would get a channel of their own.
    api.call("PUT", "/system/settings", {"user_channel_autocreate": False}, expect=200)
    _make_people(api)
    _take_in_advisories(api)
    for policy in (_POLICY, _SETTLED):
        api.call("POST", "/policies", policy, expect=201)
    mirrors = _make_channels(api, sources)
    for (channel, name), states in _ENDS.items():
        api.wait_for_state(channel, mirrors[name], states, within_s=_WITHIN_S)
    report = _use(api, sources, mirrors)
    return Seeded(sources=sources, ids={**mirrors, "report": report})


def unseed(api: Api) -> None:
    """Take away what `seed` made; a no-op for what is not there."""
    for channel in CHANNELS:
        api.http.delete(f"/channels/{channel}")
        _wait_for(api, f"/channels/{channel}", status=httpx.codes.NOT_FOUND)
    for policy in (_POLICY, _SETTLED):
        api.http.delete(f"/policies/{policy['name']}")
    for user in _USERS:
        api.http.delete(f"/users/{user}?reassign_to=admin")
    for group in ("platform", "data-science"):
        api.http.delete(f"/groups/{group}")
    for role in _ROLES:
        api.http.delete(f"/roles/{role}")


_ENDS = {
    (FORGE, "community subset"): "completed",
    (STAGING, "staging"): "completed",
    (PYTHON, "approved projects"): "completed",
    (R, "statistics"): "completed",
    (BIO, "recipes of old"): "failed",
    (BIO, "reference genomes"): "running",
}


def _make_people(api: Api) -> None:
    for name, (description, levels) in _ROLES.items():
        role = {"name": name, "description": description, "levels": levels, "all_channels": "none"}
        api.call("POST", "/roles", role, expect=201)
    for name, words in (("platform", "Runs the servers."), ("data-science", "Uses what is approved.")):
        api.call("POST", "/groups", {"name": name, "description": words}, expect=201)
    for name, fields in _USERS.items():
        api.call("POST", "/users", {"username": name, "password": PASSWORD, **fields}, expect=201)
    api.call("PUT", "/users/sven", {"is_disabled": True}, expect=200)
    with _signed_in(api, "bruno") as bruno:
        for token in (
            {"name": "laptop", "scopes": ["channel:view", "artifact:download"]},
            {"name": "ci pipeline", "scopes": ["channel:view", "artifact:create"], "expires_at": "2035-12-31"},
        ):
            bruno.call("POST", "/account/tokens", token, expect=200)


def _take_in_advisories(api: Api) -> None:
    answer = api.http.post("/cves/import", content=all_zip(*_ADVISORIES), headers={"Content-Type": "application/zip"})
    _wait_for(api, f"/system/reports/{answer.json()['report_id']}")


def _make_channels(api: Api, sources: Sources) -> dict[str, str]:
    """Make all channels, and return the mirrors that have begun to run."""
    for name, fields in {
        FORGE: {"description": "Conda packages for everybody, under the policy of the house.", "policy": "approved"},
        STAGING: {"description": "What comes next."},
        PYTHON: {"description": "Python projects that were looked at.", "policy": "approved"},
        R: {"description": "R packages for the statisticians."},
        BIO: {"description": "Genomes and the tools to read them.", "privacy": "authenticated"},
        NIGHTLY: {"description": "Builds of last night."},
        ACME: {"description": "Packages of our own.", "privacy": "private"},
        RESEARCH: {"description": "Nothing here yet."},
    }.items():
        api.create_channel(name, **fields)
    made = {
        "community subset": api.create_mirror(FORGE, sources.conda.url, name="community subset", cron="0 3 * * *"),
        "staging": api.create_mirror(
            STAGING,
            sources.conda.url,
            name="staging",
            mode="active",
            cron="0 * * * *",
            filters={"subdirs": ["noarch"]},
        ),
        "approved projects": api.create_mirror(
            PYTHON, sources.python.root, name="approved projects", mirror_type="python_simple", cron="30 4 * * 1"
        ),
        "statistics": api.create_mirror(R, sources.r.url, name="statistics", mirror_type="CRAN", mode="active"),
        "reference genomes": api.create_mirror(BIO, sources.genomes.url, name="reference genomes", mode="active"),
        "recipes of old": api.create_mirror(BIO, f"{sources.conda.url}/gone", name="recipes of old"),
        "last night": api.create_mirror(NIGHTLY, sources.nightly.url, name="last night", mode="active"),
    }
    for group, level in (("data-science", "read"), ("platform", "manage")):
        api.call("PUT", f"/channels/{ACME}/groups/{group}", {"level": level}, expect=200)
    api.call("POST", f"/channels/{ACME}/service-account", expect=201)
    api.call("POST", f"/channels/{ACME}/service-account/tokens", {"name": "deploy", "level": "read"}, expect=200)
    return made


def _use(api: Api, sources: Sources, mirrors: Mapping[str, str]) -> str:
    """Do what people do once there are packages: upload, freeze, mirror again, edit, download; return a report's id."""
    for package in own_packages():
        _upload(api, ACME, package.filename, package.data)
    api.update_channel(STAGING, indexing_behavior="frozen")
    sources.conda.publish(later_conda_packages())
    for channel, name in ((FORGE, "community subset"), (STAGING, "staging")):
        _run_again(api, channel, mirrors[name])
    api.call("PUT", "/policies/approved", {**_POLICY, "rules": _LATER_RULES}, expect=200)
    for version in ("2.1.3", "2.0.2"):
        _wait_for(api, f"{api.base_url}/api/repo/{FORGE}/linux-64/numpy-{version}-h0_0.conda")
    asked = {"channel": FORGE, "specs": ["pandas", "scikit-learn"]}
    report = str(api.call("POST", "/reports/dependencies", asked, expect=202)["report_id"])
    _wait_for(api, f"/reports/{report}/download?format=json")
    return report


def _run_again(api: Api, channel: str, mirror_id: str) -> None:
    before = api.mirror(channel, mirror_id)["run_number"]
    api.run_now(channel, mirror_id)

    def has_run() -> bool:
        shown = api.mirror(channel, mirror_id)
        return bool(shown["run_number"] > before and shown["state"] == "completed")

    eventually(has_run, within_s=_WITHIN_S, what=f"the mirror of {channel} to run again")


def _wait_for(api: Api, path: str, *, status: int = httpx.codes.OK) -> None:
    eventually(lambda: api.http.get(path).status_code == status, within_s=_WITHIN_S, what=f"{path} to answer {status}")


def _upload(api: Api, channel: str, filename: str, data: bytes) -> None:
    answer = api.http.post(f"/channels/{channel}/artifacts", files={"content": (filename, data)})
    assert answer.status_code == httpx.codes.CREATED, answer.text


@contextmanager
def _signed_in(api: Api, username: str) -> Iterator[Api]:
    """Let one of the users ask."""
    answer = httpx.post(f"{api.base_url}/api/auth/login", json={"username": username, "password": PASSWORD})
    their = Api(api.base_url, "", secrets=api.secrets)
    try:
        their.http.headers = httpx.Headers({"Authorization": f"Bearer {answer.json()['token']}"})
        yield their
    finally:
        their.http.close()
