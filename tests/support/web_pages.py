"""Every page of the web app, with an address in a seeded installation and a sentence on what it is for.

Tests look at all of them, and `docs/web.md` shows them.
"""

import re
from collections.abc import Iterator

import msgspec

from tests.support.real_data import ROOT
from tests.support.seeded import ACME, BIO, FORGE, NIGHTLY, PYTHON, RESEARCH, STAGING, Seeded

ROUTES = ROOT / "services" / "api" / "web" / "app" / "routes.js"
_PATTERN = re.compile(r'\{ pattern: "([^"]+)"')
_OF_CHANNELS = re.compile(r'\.\.\.channel\("([^"]*)"')


class WebPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its file name in the docs, its route, and what is shown there.

    `path` is its address below /ui, with mirrors and reports in braces. Those that are `main`
    are shown as on a phone, too; those that look as others do are tested, but not pictured.
    """

    name: str
    route: str
    path: str
    says: str
    is_main: bool = False
    is_pictured: bool = True

    def at(self, seeded: Seeded) -> str:
        """Return its address below /ui."""
        return self.path.format(**{name.replace(" ", "_"): value for name, value in seeded.ids.items()})


_FORGE, _STAGING = f"/channels/{FORGE}", f"/channels/{STAGING.replace('/', '/subchannels/')}"
_C, _S = "/channels/:channel", "/channels/:channel/subchannels/:subchannel"

PAGES = (
    WebPage(
        name="channels",
        route="/channels",
        path="/channels",
        is_main=True,
        says="All channels that one may see: who reads them, how much they have, when they were last published.",
    ),
    WebPage(
        name="channel",
        route=_C,
        path=_FORGE,
        is_main=True,
        says="A channel at a glance: what it has, its policy, its mirrors, and the lines that clients are told.",
    ),
    WebPage(
        name="packages",
        route=f"{_C}/packages",
        path=f"{_FORGE}/packages",
        is_main=True,
        says="Its packages, however many; searched as one types, and with what the policy keeps out.",
    ),
    WebPage(
        name="package",
        route=f"{_C}/packages/:family/:package*",
        path=f"{_FORGE}/packages/conda/numpy",
        is_main=True,
        says="A package: how to install it, its versions and files, and which are not here and why.",
    ),
    WebPage(
        name="channel-mirrors",
        route=f"{_C}/mirrors",
        path=f"/channels/{BIO}/mirrors",
        says="The mirrors that fill a channel, live: one that runs, and one whose source is gone.",
    ),
    WebPage(
        name="mirror",
        route=f"{_C}/mirrors/:mirror",
        path=f"{_FORGE}/mirrors/{{community_subset}}",
        is_main=True,
        says="A mirror's details: what its last run kept and left out, by which reasons, and the runs before it.",
    ),
    WebPage(
        name="mirror-running",
        route=f"{_C}/mirrors/:mirror",
        path=f"/channels/{BIO}/mirrors/{{reference_genomes}}",
        says="A run on its way: its steps, files, bytes, speed and the time that is left.",
    ),
    WebPage(
        name="mirror-failures",
        route=f"{_C}/mirrors/:mirror/runs/:run",
        path=f"/channels/{NIGHTLY}/mirrors/{{last_night}}/runs/1",
        says="A run that found files missing and files that are not what the index says, each with its cause.",
    ),
    WebPage(
        name="mirror-new",
        route=f"{_C}/mirrors/new",
        path=f"/channels/{RESEARCH}/mirrors/new",
        is_main=True,
        says="Creating a mirror: the source is tried at once, and a preview says what it would bring.",
    ),
    WebPage(
        name="mirror-edit",
        route=f"{_C}/mirrors/:mirror/edit",
        path=f"/channels/{PYTHON}/mirrors/{{approved_projects}}/edit",
        says="Editing one; what the source's address hides stays hidden, and stays as it is.",
    ),
    WebPage(
        name="changes",
        route=f"{_C}/changes",
        path=f"{_FORGE}/changes",
        says="What each revision added and removed, and the way back to an earlier one.",
    ),
    WebPage(
        name="subchannels",
        route=f"{_C}/subchannels",
        path=f"{_FORGE}/subchannels",
        says="Subchannels, each with mirrors and packages of its own.",
    ),
    WebPage(
        name="access",
        route=f"{_C}/access",
        path=f"/channels/{ACME}/access",
        says="Who reads a channel, who owns it, what groups may do in it, and its service account.",
    ),
    WebPage(
        name="subchannel",
        route=_S,
        path=_STAGING,
        says="A subchannel that is frozen: mirrors go on, clients read what was published.",
    ),
    WebPage(
        name="subchannel-packages",
        route=f"{_S}/packages",
        path=f"{_STAGING}/packages",
        says="Its packages.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-package",
        route=f"{_S}/packages/:family/:package*",
        path=f"{_STAGING}/packages/conda/requests",
        says="One of them.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-mirrors",
        route=f"{_S}/mirrors",
        path=f"{_STAGING}/mirrors",
        says="Its mirrors.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-mirror-new",
        route=f"{_S}/mirrors/new",
        path=f"{_STAGING}/mirrors/new",
        says="Creating one there.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-mirror",
        route=f"{_S}/mirrors/:mirror",
        path=f"{_STAGING}/mirrors/{{staging}}",
        says="One of its mirrors.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-mirror-run",
        route=f"{_S}/mirrors/:mirror/runs/:run",
        path=f"{_STAGING}/mirrors/{{staging}}/runs/1",
        says="One of its runs.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-mirror-edit",
        route=f"{_S}/mirrors/:mirror/edit",
        path=f"{_STAGING}/mirrors/{{staging}}/edit",
        says="Editing it.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-changes",
        route=f"{_S}/changes",
        path=f"{_STAGING}/changes",
        says="What changed in it.",
        is_pictured=False,
    ),
    WebPage(
        name="subchannel-access",
        route=f"{_S}/access",
        path=f"{_STAGING}/access",
        says="Who may do what in it.",
        is_pictured=False,
    ),
    WebPage(
        name="all-packages", route="/packages", path="/packages?q=num", says="Packages of all channels, found by name."
    ),
    WebPage(
        name="mirrors",
        route="/mirrors",
        path="/mirrors",
        is_main=True,
        says="All mirrors of the server, live: states, steps, figures, and what can be done with them.",
    ),
    WebPage(
        name="policies",
        route="/policies",
        path="/policies",
        says="The policies, and where they are in force.",
    ),
    WebPage(
        name="policy",
        route="/policies/:policy",
        path="/policies/approved",
        is_main=True,
        says="A policy: its rules in words, and beside them what a change would bring and break in a channel.",
    ),
    WebPage(name="policy-new", route="/policies/new", path="/policies/new", says="Writing a new one."),
    WebPage(
        name="policy-versions",
        route="/policies/:policy/versions",
        path="/policies/approved/versions",
        says="Its versions, and what differs between them.",
    ),
    WebPage(
        name="reports",
        route="/reports",
        path="/reports",
        is_main=True,
        says="Dependency reports: asking for one, and those that are kept.",
    ),
    WebPage(
        name="report",
        route="/reports/:report",
        path="/reports/{report}",
        says="One of them: what packages need, whether the channel has it, and whether an environment can be made.",
    ),
    WebPage(name="downloads", route="/reports/downloads", path="/reports/downloads", says="Who downloaded what."),
    WebPage(
        name="history",
        route="/reports/history",
        path="/reports/history",
        says="The audit history: what happened, and who did it.",
    ),
    WebPage(name="users", route="/people", path="/people", is_main=True, says="Who can sign in."),
    WebPage(
        name="user",
        route="/people/users/:username",
        path="/people/users/bruno",
        says="A user: roles, groups, and tokens to revoke.",
    ),
    WebPage(name="roles", route="/people/roles", path="/people/roles", says="What roles give, category by category."),
    WebPage(name="groups", route="/people/groups", path="/people/groups", says="Groups."),
    WebPage(
        name="group",
        route="/people/groups/:group",
        path="/people/groups/data-science",
        says="A group: its members, and what it may do in which channels.",
    ),
    WebPage(
        name="service-accounts",
        route="/people/service-accounts",
        path="/people/service-accounts",
        says="The service accounts of channels.",
    ),
    WebPage(
        name="account", route="/account", path="/account", says="One's own account: roles, default channel, password."
    ),
    WebPage(
        name="tokens",
        route="/account/tokens",
        path="/account/tokens",
        says="One's own tokens, whose values are shown once.",
    ),
    WebPage(
        name="system",
        route="/system",
        path="/system",
        is_main=True,
        says="The system's health: services, queues, fetchers, storage with its sweep, and what failed lately.",
    ),
    WebPage(
        name="dead-letters",
        route="/system/dead-letters",
        path="/system/dead-letters",
        says="Messages that could not be handled, and why.",
    ),
    WebPage(
        name="system-settings",
        route="/system/settings",
        path="/system/settings",
        says="What can be changed for the whole system while it runs.",
    ),
)


def routes() -> Iterator[str]:
    """Return the patterns of the app's own table of pages."""
    table = ROUTES.read_text(encoding="utf-8").partition("export const ROUTES")[2]
    yield from _PATTERN.findall(table)
    for rest in _OF_CHANNELS.findall(table):
        yield from (f"{_C}{rest}", f"{_S}{rest}")
