"""Policies and reports in the browser: rules by the form and as text, their effect, two at work at once, reports."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.api import Api
from tests.support.browser import Visit, visit
from tests.support.seeded import FORGE, PASSWORD, READER
from tests.support.stack import Stack

pytestmark = pytest.mark.usefixtures("seeded")

_NAME = "made-in-the-browser"
_CHANNEL = "policies-in-the-browser"
_FAULTS = "^400 POST /api/policies/validate$"
"""A rule that is half typed is wrong, and the server says so."""


@pytest.fixture
def window(browser: Browser, seeded_stack: Stack) -> Iterator[Visit]:
    """Return a window of the administrator's; what a test made is gone after it."""
    with visit(browser, seeded_stack.url, username="admin", password=seeded_stack.admin_password) as opened:
        opened.watch.allow(_FAULTS)
        yield opened
    seeded_stack.api.http.delete(f"/policies/{_NAME}")


def made(api: Api) -> dict[str, object]:
    """Make a policy that leaves out one package."""
    rules = [{"id": "no-numpy", "action": "exclude", "where": {"name": ["numpy"]}}]
    policy: dict[str, object] = api.call("POST", "/policies", {"name": _NAME, "rules": rules}, expect=201)
    return policy


def add_rule(page: Page, about: str) -> None:
    """Add a rule by the form."""
    page.get_by_label("New rule about").select_option(label=about)
    page.get_by_role("button", name="Add rule").click()


def test_a_policy_is_made_by_the_form_with_its_effect_beside_it(window: Visit, seeded_stack: Stack) -> None:
    """The words are the server's, the preview is of the unsaved rules, and the text says the same."""
    page = window.open("/policies/new")
    page.get_by_label("Name", exact=True).fill(_NAME)
    page.get_by_label("Channel", exact=True).fill(FORGE)

    add_rule(page, "Package specs")
    page.get_by_role("textbox", name="Package specs").fill("numpy >=1,<9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Leave out files matching numpy >=1,<9.")).to_be_visible()
    effect = page.get_by_role("complementary", name="What would change")
    expect(effect.get_by_text("pandas in forge")).to_be_visible(timeout=60_000)
    effect.get_by_text("pandas in forge").click()
    expect(effect.get_by_text("pandas can't be installed:")).to_be_visible()
    effect.get_by_role("button", name="Show all files").first.click()
    expect(page.get_by_role("dialog").get_by_text(re.compile("/numpy-")).first).to_be_visible()
    page.keyboard.press("Escape")

    add_rule(page, "Age")
    expect(page.get_by_role("button", name="Keep only files at least 14 days old.")).to_be_visible()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("listitem").filter(has_text="days old.").first).to_contain_text("1")
    page.get_by_role("button", name="YAML").click()
    text = page.get_by_label("The policy in YAML")
    expect(text).to_have_value(re.compile(r'id: age\n.*id: spec\n.*spec: \["numpy >=1,<9"\]', re.DOTALL))
    text.fill(text.input_value().replace("days: 14", "days: many"))
    expect(page.get_by_role("alert")).to_contain_text("rules[0].where.age.days: must be a whole number")
    text.fill(text.input_value().replace("days: many", "days: 30"))
    page.get_by_role("button", name="Rules", exact=True).click()
    expect(page.get_by_role("button", name="Keep only files at least 30 days old.")).to_be_visible()

    page.get_by_role("button", name="Create policy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(_NAME)
    saved = seeded_stack.api.call("GET", f"/policies/{_NAME}", expect=200)
    assert [(rule["id"], rule["where"]) for rule in saved["rules"]] == [
        ("age", {"age": {"op": ">=", "days": 30}}),
        ("spec", {"spec": ["numpy >=1,<9"]}),
    ]


def test_a_rule_that_is_wrong_says_so_at_its_field(window: Visit) -> None:
    """And the others keep their words."""
    page = window.open("/policies/new")

    add_rule(page, "License")
    add_rule(page, "Signature")

    expect(page.get_by_label("License: values")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("must not be empty")).to_be_visible()
    expect(page.get_by_role("button", name="Keep only files that are signed.")).to_be_visible()
    page.get_by_label("License: values").fill("GPL")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Leave out files under the license GPL.")).to_be_visible()


def test_who_saves_on_top_of_somebody_else_is_asked(window: Visit, seeded_stack: Stack) -> None:
    """What they typed stays, what the other one changed is shown, and an old version comes back as a new one."""
    window.watch.allow("^412 PUT /api/policies/")
    theirs = made(seeded_stack.api)
    page = window.open(f"/policies/{_NAME}")
    page.get_by_label("Description").fill("mine")

    rules = [{"id": "no-scipy", "action": "exclude", "where": {"name": ["scipy"]}}]
    seeded_stack.api.call("PUT", f"/policies/{theirs['id']}", {"name": _NAME, "rules": rules}, expect=200)
    expect(page.get_by_text("saved version 2 meanwhile.")).to_be_visible()
    page.get_by_text("What they changed").click()
    expect(page.get_by_text("Leave out files named scipy.")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("mine")
    page.get_by_role("button", name="Save mine on top").click()
    expect(page.get_by_text("Version 3", exact=True)).to_be_visible()
    mine = seeded_stack.api.call("GET", f"/policies/{_NAME}", expect=200)

    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Versions").click()
    page.get_by_role("button", name="Restore version 2").click()
    page.get_by_role("button", name="Save it as a new version").click()
    expect(page.get_by_role("rowheader", name="4 In force")).to_be_visible()
    restored = seeded_stack.api.call("GET", f"/policies/{_NAME}", expect=200)

    assert (mine["number"], mine["description"], mine["rules"][0]["id"]) == (3, "mine", "no-numpy")
    assert (restored["number"], restored["rules"]) == (4, rules)


def test_what_was_not_saved_is_not_left_by_mistake(window: Visit, seeded_stack: Stack) -> None:
    """A link asks first."""
    made(seeded_stack.api)
    page = window.open(f"/policies/{_NAME}")
    page.get_by_label("Description").fill("not saved")

    page.get_by_role("link", name="Reports").click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Description")).to_have_value("not saved")
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("button", name="Leave", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")


def test_a_policy_is_assigned_only_where_one_may_do_so(browser: Browser, seeded_stack: Stack) -> None:
    """On a channel that one may not change the dialog says so; readers aren't offered it, whatever groups have."""
    api = seeded_stack.api
    api.create_channel(_CHANNEL)
    made(api)
    try:
        api.call("PUT", f"/channels/{_CHANNEL}/groups/data-science", {"level": "manage"}, expect=200)
        with visit(browser, seeded_stack.url, username=READER, password=PASSWORD) as reading:
            page = reading.open("/policies/settled")
            expect(page.get_by_role("heading", name="Where it acts")).to_be_visible()
            reading.settle()
            expect(page.get_by_role("button", name="Assign", exact=True)).to_have_count(0)
        with visit(browser, seeded_stack.url, username="chidi", password=PASSWORD) as curating:
            # A channel without mirrors has no effect to show, which the server says.
            curating.watch.allow("^400 POST /api/policies/preview$")
            page = curating.open(f"/policies/{_NAME}")
            page.get_by_role("button", name="Assign", exact=True).click()
            dialog = page.get_by_role("dialog")
            assign = dialog.get_by_role("button", name="Assign", exact=True)
            expect(assign).to_be_disabled()
            dialog.get_by_label("Channel", exact=True).fill(FORGE)
            expect(dialog.get_by_text("You may not change the policy of this channel.")).to_be_visible()
            expect(assign).to_be_disabled()
            dialog.get_by_label("Channel", exact=True).fill(_CHANNEL)
            expect(dialog.get_by_text("has no mirror that its policy would decide for")).to_be_visible()
            assign.click()
            expect(page.get_by_role("rowheader", name=_CHANNEL)).to_be_visible()
            expect(dialog).to_have_count(0)
            in_force = api.call("GET", f"/channels/{_CHANNEL}/policy", expect=200)
            page.get_by_role("button", name=f"Take it off {_CHANNEL}").click()
            page.get_by_role("dialog").get_by_role("button", name="Take it off").click()
            expect(page.get_by_text("Nowhere yet.")).to_be_visible()
    finally:
        api.delete_channel(_CHANNEL)
        api.http.delete(f"/policies/{_NAME}")

    assert in_force["policy"]["name"] == _NAME


def test_a_report_is_asked_for_and_shown_when_it_is_there(window: Visit) -> None:
    """As a tree whose branches open, as a table of all versions, and searched."""
    window.watch.allow("^404 GET /api/reports/")
    page = window.open("/reports")
    page.get_by_role("button", name="New report").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Channel", exact=True).fill(FORGE)
    dialog.get_by_role("textbox", name="Packages").fill("pandas >=2")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Make the report").click()

    expect(page.get_by_text("linux-64: all of it can be installed from the channel")).to_be_visible(timeout=60_000)
    branch = page.get_by_role("button", name="What numpy needs")
    expect(branch).to_have_attribute("aria-expanded", "false")
    branch.click()
    expect(page.get_by_role("button", name="libblas")).to_be_visible()
    page.get_by_label("Show", exact=True).select_option(label="All versions")
    page.get_by_role("searchbox", name="Search packages").fill("pandas")
    expect(page.get_by_role("rowheader").filter(has_not_text="pandas")).to_have_count(0)
    page.get_by_role("button", name="pandas").first.click()
    expect(page.get_by_role("dialog").get_by_text("pkg:conda/pandas@")).to_be_visible()
