"""People's work in the web app, in a real browser: from an empty server to packages that clients install."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import PHONE, Visit, visit
from tests.support.conda_source import CondaSource
from tests.support.cran_packages import an_r_package
from tests.support.cran_source import WITHOUT_R, CranSource
from tests.support.eventually import eventually
from tests.support.faults import Held
from tests.support.files_source import FilesSource
from tests.support.mortal_stack import MortalStack, running_mortal_stack
from tests.support.packages import a_package, many_packages
from tests.support.python_packages import a_wheel
from tests.support.python_source import PythonSource
from tests.support.web_work import (
    act_on_channel,
    create_channel,
    create_mirror,
    fill_in_mirror,
    freeze,
    heading_is,
    main_of,
    open_tab,
    state_is,
    unfreeze,
)

MakeSource = Callable[..., CondaSource]


@pytest.fixture(scope="module")
def stack(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalStack]:
    """Return a stack whose parts may be killed."""
    del chromium
    with running_mortal_stack(tmp_path_factory.mktemp("web-work")) as running:
        yield running


def admin_password(stack: MortalStack) -> str:
    """Return the password that `admin` signs in with."""
    return (stack.folder / "data" / "admin.password").read_text(encoding="ascii").strip()


@pytest.fixture(scope="module")
def cookies(browser: Browser, stack: MortalStack) -> Mapping[str, object]:
    """Return what a browser keeps of the administrator's sign-in, by the form of the sign-in page."""
    with visit(browser, stack.api.url) as window:
        window.watch.allow("^401 GET /api/auth/session$")
        page = window.open("/people?q=adm")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(admin_password(stack))
        page.get_by_role("button", name="Sign in").click()
        heading_is(page, "Users")
        expect(page.get_by_role("searchbox")).to_have_value("adm")
        return dict(page.context.storage_state())


@pytest.fixture
def window(browser: Browser, stack: MortalStack, cookies: Mapping[str, object]) -> Iterator[Visit]:
    """Return a window of the administrator's."""
    with visit(browser, stack.api.url, storage_state=cookies) as opened:
        yield opened


def test_a_wrong_password_is_said_and_can_be_mended(browser: Browser, stack: MortalStack) -> None:
    """The name stays; the right one then leads to the page that was asked for; out again leads to the sign-in."""
    with visit(browser, stack.api.url) as window:
        window.watch.allow("^401 (GET|POST) /api/auth/session$")
        page = window.open("/account")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill("not the password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("User name")).to_have_value("admin")

        page.get_by_label("Password").fill(admin_password(stack))
        page.keyboard.press("Enter")
        heading_is(page, "Your account")
        page.get_by_role("button", name="admin").click()
        page.get_by_role("menuitem", name="Sign out").click()
        heading_is(page, "Sign in")


@pytest.mark.parametrize(
    ("kind", "make", "package", "mode"),
    [
        ("Conda", lambda: CondaSource([a_package("alpha")]), "alpha", "Active"),
        ("Std Python", lambda: PythonSource([a_wheel("alpha-tools")]), "alpha-tools", "Passive"),
        ("Std R", lambda: CranSource([an_r_package("alphaR")], index_files=WITHOUT_R), "alphaR", "Active"),
    ],
    ids=["conda", "python", "r"],
)
def test_freeze_mirror_and_unfreeze(
    window: Visit, channel: str, *, kind: str, make: Callable[[], FilesSource], package: str, mode: str
) -> None:
    """The ritual of the guide, by hand: nothing shows before the channel is unfrozen, and then all of it."""
    source = make()
    try:
        page = window.page
        create_channel(window, channel)
        freeze(page)
        root = source.root if isinstance(source, PythonSource) else source.url
        create_mirror(page, kind=kind, source=root, name=f"{channel} mirror", mode=mode)
        state_is(page, "Completed")

        page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name=channel).click()
        open_tab(page, "Packages")
        expect(main_of(page)).to_contain_text("The channel is frozen")
        expect(main_of(page).get_by_role("link", name=package, exact=True)).to_have_count(0)
        unfreeze(page)

        main_of(page).get_by_role("link", name=package, exact=True).click()
        heading_is(page, package)
        expect(main_of(page).get_by_role("table").first).to_contain_text("1.0")
    finally:
        source.close()


def test_a_run_is_stopped_and_started_again(window: Visit, make_source: MakeSource, channel: str) -> None:
    """In the middle, while its source hangs; live, without loading the page anew."""
    packages = many_packages(6, padding_bytes=20_000)
    source = make_source(packages)
    source.break_files({package.path: Held() for package in packages[3:]})
    page = window.page
    create_channel(window, channel)
    create_mirror(page, kind="Conda", source=source.url, name=f"{channel} mirror")
    state_is(page, "Running")
    expect(page.get_by_role("progressbar")).to_be_visible()
    source.wait_for_request(packages[3].path)

    page.get_by_role("button", name="Stop").click()
    state_is(page, "Stopped")
    source.mend()
    page.get_by_role("button", name="Restart").click()
    state_is(page, "Completed")

    open_tab_of = page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name=channel)
    open_tab_of.click()
    open_tab(page, "Packages")
    expect(main_of(page).get_by_role("link", name="small-00005", exact=True)).to_be_visible()


def test_a_mirror_is_edited_reported_and_deleted(window: Visit, make_source: MakeSource, channel: str) -> None:
    """A filter acts with the next run, the report is a file, and a deleted mirror is gone from the list."""
    source = make_source([a_package("kept"), a_package("unwanted")])
    page = window.page
    name = f"{channel} mirror"
    create_channel(window, channel)
    create_mirror(page, kind="Conda", source=source.url, name=name)
    state_is(page, "Completed")

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Only these packages").fill("kept")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save & run").click()
    heading_is(page, name)
    page.get_by_role("button", name="Show the 1 file left out: ").click()
    expect(page.get_by_role("dialog")).to_contain_text("unwanted-1.0-h0_0.conda")
    page.keyboard.press("Escape")

    page.get_by_role("button", name=f"Actions of {name}").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download dependency report").click()
    assert download.value.suggested_filename == f"{name}-dependencies.csv"
    assert "kept" in download.value.path().read_text()

    page.get_by_role("button", name=f"Actions of {name}").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete mirror").click()
    heading_is(page, channel)
    open_tab(page, "Mirrors")
    expect(main_of(page).get_by_text("No mirror fills this channel yet.")).to_be_visible()


def test_what_the_server_refuses_stands_at_its_field_and_nothing_typed_is_lost(
    window: Visit, make_source: MakeSource, channel: str
) -> None:
    """A cron that is none; leaving asks first."""
    window.watch.allow("^400 POST /api/channels/.*/mirrors$", "^400 POST /api/mirrors/preview-cron$")
    page = window.page
    create_channel(window, channel)
    act_on_channel(page, "Create mirror")
    fill_in_mirror(page, kind="Conda", source=make_source([a_package()]).url, name=f"{channel} mirror", mode="Active")
    page.get_by_label("Frequency").select_option("Own times (cron)…")
    page.get_by_label("Cron", exact=False).last.fill("every day")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[aria-invalid=true]")).to_have_value("every day")

    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    heading_is(page, "Create mirror")
    expect(page.get_by_label("Name", exact=True)).to_have_value(f"{channel} mirror")


def test_the_main_path_by_keyboard_alone(window: Visit, make_source: MakeSource, channel: str) -> None:
    """Tab, Enter, Space, arrows and Escape; the focus is always somewhere one can see."""
    source = make_source([a_package("alpha")])
    page = window.open("/channels")
    window.settle()
    reach(window, "button", "Create channel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    page.keyboard.type(channel)
    page.keyboard.press("Enter")
    heading_is(page, channel)
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    reach(window, "button", "Actions")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    heading_is(page, "Create mirror")
    reach(window, "textbox", "Source address")
    page.keyboard.type(source.url)
    reach(window, "textbox", "Name")
    page.keyboard.type(f"{channel} mirror")
    reach(window, "button", "Save & run")
    page.keyboard.press("Enter")
    heading_is(page, f"{channel} mirror")
    state_is(page, "Completed")
    reach(window, "link", channel)
    page.keyboard.press("Enter")
    heading_is(page, channel)

    reach(window, "button", "Actions")
    page.keyboard.press("Space")
    page.keyboard.press("d")
    expect(page.get_by_role("menuitem", name="Delete…")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Actions", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    reach(window, "textbox", f"Type {channel} to go on")
    page.keyboard.type(channel)
    page.keyboard.press("Enter")
    heading_is(page, "Channels")


def reach(window: Visit, role: str, name: str) -> None:
    """Press Tab until the focus is on a control, and see that the focus can be seen.

    Raises:
        AssertionError: when it can't be reached so.
    """
    page = window.page
    wanted = page.get_by_role(role, name=name, exact=True).last  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            assert wanted.evaluate("it => it.matches(':focus-visible')")
            return
    raise AssertionError(f"Tab does not lead to {role} {name!r}")


def test_a_user_and_a_token_are_made_used_and_taken_back(window: Visit, stack: MortalStack, channel: str) -> None:
    """The token is shown once, and opens what it was made for until it is revoked."""
    page = window.page
    stack.api.call("POST", "/channels", {"name": channel, "privacy": "private"}, expect=(201,))
    window.open("/account/tokens")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog", name="Create token")
    dialog.get_by_label("Name").fill(f"reads {channel}")
    dialog.get_by_label("Channels", exact=True).fill(channel)
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Create token").click()
    shown = page.get_by_role("dialog", name=f"The value of reads {channel}")
    value = shown.locator("code").first.inner_text()
    address = f"{stack.api.url}/t/{value}/api/repo/{channel}/noarch/repodata.json"
    assert page.request.get(address).ok
    shown.get_by_role("button", name="I have copied it").click()

    page.get_by_role("button", name=f"Revoke reads {channel}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name=f"reads {channel}")).to_have_count(0)

    window.open("/people")
    page.get_by_role("button", name="Create user").click()
    dialog = page.get_by_role("dialog", name="Create user")
    dialog.get_by_label("User name").fill(f"u-{channel}")
    dialog.get_by_label("Password").fill("short")
    window.watch.allow("^400 POST /api/users$")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator("[aria-invalid=true]")).to_have_value("short")
    dialog.get_by_label("Password").fill("long enough now")
    dialog.get_by_role("button", name="Create").click()
    heading_is(page, f"u-{channel}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(main_of(page).get_by_text("Disabled", exact=True)).to_be_visible()


def test_what_others_do_shows_without_a_reload(window: Visit, stack: MortalStack, channel: str) -> None:
    """A channel that a script makes, freezes and deletes."""
    page = window.open("/channels")
    window.settle()
    row = main_of(page).get_by_role("row", name=channel)

    stack.api.call("POST", "/channels", {"name": channel}, expect=(201,))
    expect(row).to_be_visible()
    stack.api.set_frozen(channel, "frozen")
    expect(row).to_contain_text("Frozen")
    stack.api.call("DELETE", f"/channels/{channel}", expect=(202,))
    expect(row).to_have_count(0)


def test_a_server_that_goes_and_comes_back(window: Visit, stack: MortalStack, channel: str) -> None:
    """The page says so and goes on by itself; what was typed is there, and can be sent."""
    window.watch.allow("^no answer: ", "^50[023] ", "^console error: .*ERR_")
    page = window.open("/channels")
    page.get_by_role("button", name="Create channel").click()
    page.get_by_role("dialog").get_by_label("Name").fill(channel)
    notice = page.get_by_text("What you see may be old")

    def is_said_of_the_dead() -> bool:
        # It is started again at once: it is to be away for as long as the page takes to say so.
        stack.kill("api")
        return notice.is_visible()

    eventually(is_said_of_the_dead, within_s=30, what="the page to say so")
    stack.wait_until_ready()
    expect(notice).to_be_hidden()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value(channel)
    page.get_by_role("dialog").get_by_role("button", name="Create channel").click()
    heading_is(page, channel)
    stack.api.set_frozen(channel, "frozen")
    expect(main_of(page).get_by_text("Frozen", exact=True)).to_be_visible()


def test_a_sign_in_that_ends_takes_nothing_along(window: Visit, stack: MortalStack, channel: str) -> None:
    """Whoever is at work signs in again in place, and goes on."""
    window.watch.allow("^401 ")
    page = window.open("/channels")
    page.get_by_role("button", name="Create channel").click()
    page.get_by_role("dialog").get_by_label("Name").fill(channel)
    page.context.clear_cookies()
    page.get_by_role("dialog").get_by_role("button", name="Create channel").click()

    again = page.get_by_role("dialog", name="Your sign-in has ended")
    again.get_by_label("Password").fill(admin_password(stack))
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_count(0)
    page.get_by_role("dialog").get_by_role("button", name="Create channel").click()
    heading_is(page, channel)


def test_the_navigation_opens_on_a_phone(browser: Browser, stack: MortalStack, cookies: Mapping[str, object]) -> None:
    """Behind a button, and closes once one is there."""
    with visit(browser, stack.api.url, storage_state=cookies, size=PHONE) as window:
        page = window.open("/channels")
        window.settle()
        link = page.get_by_role("link", name="System")
        expect(link).to_be_hidden()
        page.get_by_role("button", name="Navigation").click()
        link.click()
        heading_is(page, "System")
        expect(link).to_be_hidden()
