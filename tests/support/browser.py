"""The web app in a real Chromium of this machine, watched for whatever goes wrong on its pages.

No browser is downloaded: `TAIN_CHROMIUM` names one, else one on PATH is taken, else one that
Playwright was told to install before. Where there is none the tests are skipped, in one sentence.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Playwright,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.support.real_data import ROOT

SETTING = "TAIN_CHROMIUM"
MISSING = f"the web app's tests need Chromium: install it (apt install chromium), or name its program in {SETTING}"
DESKTOP, PHONE = (1280, 800), (375, 800)
PATIENCE_MS = 15_000
"""How long a page may take to show what it is to show, on a machine that is busy with other tests."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_AXE = ROOT / "tests" / "data" / "axe" / "axe.min.js"
_OWN_SCHEMES = ("data", "blob", "about")
# A request's own status says more; it is heard from the response.
_SAID_ELSEWHERE = "Failed to load resource"
# A page that is left, and a stream of events that is ended, break off what they asked for.
_BROKEN_OFF = "net::ERR_ABORTED"
_LISTEN_FOR_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  const what = event.blockedURI || event.sample;
  console.error(`policy: ${event.violatedDirective} forbids ${what} in ${event.sourceFile}`);
});
"""
_RUN_AXE = """async (rules) => {
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"], ...(rules ? { runOnly: { type: "rule", values: rules } } : {}),
  });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`));
}"""
_DRAWN = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  await frame();
}"""
_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (it) => it && it !== document.documentElement && (getComputedStyle(it).overflowX !== "visible"
    || scrolls(it.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((it) => it.getBoundingClientRect().right > width + 1 && !scrolls(it.parentElement))
    .slice(0, 5).map((it) => `${it.tagName.toLowerCase()}.${it.className} ends at `
      + `${Math.round(it.getBoundingClientRect().right)} of ${width}`);
}"""


class NoBrowser(LookupError):
    """There is no Chromium here."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the Chromium that is named or on PATH; None leaves the choice to Playwright.

    Raises:
        FileNotFoundError: when the one that is named is not there.
    """
    named = environ.get(SETTING)
    if named:
        found = shutil.which(named, path=environ.get("PATH"))
        if found is None:
            raise FileNotFoundError(f"{SETTING} names {named}, which is no program")
        return Path(found)
    on_path = (shutil.which(name, path=environ.get("PATH")) for name in _NAMES)
    return next((Path(path) for path in on_path if path), None)


def check_browser() -> None:
    """See that there is a browser.

    Raises:
        NoBrowser: when there is none on this machine.
    """
    if find_chromium() is None:
        with sync_playwright() as playwright:
            _program(playwright)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run a browser without a window while the block runs.

    Raises:
        NoBrowser: when there is none on this machine.
    """
    with sync_playwright() as playwright:
        browser = _launched(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _launched(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=_program(playwright))


def _program(playwright: Playwright) -> Path:
    program = find_chromium() or Path(playwright.chromium.executable_path)
    if not program.exists():
        raise NoBrowser(MISSING)
    return program


class Watch:
    """Hears all complaints of a context's pages.

    These are errors and warnings of scripts, answers that are refusals, requests that got
    no answer or went to another server, and the browser's own dialogs.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self._origin = origin
        self._complaints: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        context.add_init_script(_LISTEN_FOR_POLICY)
        context.on("console", self._hear_console)
        context.on("weberror", lambda error: self._complain(f"uncaught: {error.error}"))
        context.on("request", self._hear_request)
        context.on("requestfailed", self._hear_failure)
        context.on("response", self._hear_response)
        context.on("dialog", self._hear_dialog)

    def allow(self, *patterns: str) -> None:
        """Pass over complaints with these patterns, as `409 POST /api/channels$`, from the beginning on."""
        self._allowed += map(re.compile, patterns)

    def complaints(self) -> list[str]:
        """Return what was heard and is not allowed, each once, and forget it."""
        heard = dict.fromkeys(self._complaints)
        self._complaints = []
        return [text for text in heard if not any(pattern.search(text) for pattern in self._allowed)]

    def _complain(self, text: str) -> None:
        self._complaints.append(text)

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_SAID_ELSEWHERE):
            self._complain(f"console {message.type}: {message.text}")

    def _hear_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in _OWN_SCHEMES and f"{address.scheme}://{address.netloc}" != self._origin:
            self._complain(f"another server was asked: {request.url}")

    def _hear_failure(self, request: Request) -> None:
        if request.failure != _BROKEN_OFF:
            self._complain(f"no answer: {request.method} {urlsplit(request.url).path}: {request.failure}")

    def _hear_response(self, response: Response) -> None:
        if not response.ok and response.status >= 400:
            self._complain(f"{response.status} {response.request.method} {urlsplit(response.url).path}")

    def _hear_dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self._complain(f"a dialog of the browser's: {dialog.type}: {dialog.message}")
        dialog.accept()


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A window of somebody's browser, on a server of ours."""

    url: str
    page: Page
    watch: Watch

    def open(self, path: str) -> Page:
        """Load a page of the web app by its address below /ui."""
        self.page.goto(f"{self.url}/ui{path}")
        return self.page

    def settle(self) -> Page:
        """Wait until the page shows what it is to show: its heading, and nothing that is still being read."""
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        expect(self.page.locator(".loading, .waiting")).to_have_count(0)
        return self.page

    def show(self, *, size: tuple[int, int] | None = None, is_dark: bool | None = None) -> None:
        """Change the window's size or theme, and wait until it is drawn so."""
        if size is not None:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
        if is_dark is not None:
            self.page.emulate_media(color_scheme="dark" if is_dark else "light")
        # Colours have transitions, however short.
        self.page.evaluate(_DRAWN)

    def barriers(self, rules: Sequence[str] | None = None) -> list[str]:
        """Say what axe-core finds wrong on the page as it is shown now, by all of its rules or by some."""
        if not self.page.evaluate("() => Boolean(window.axe)"):
            self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(_RUN_AXE, list(rules) if rules else None)
        return found

    def sticks_out(self) -> list[str]:
        """Name what makes the page wider than its window; nothing where it fits."""
        found: list[str] = self.page.evaluate(_OVERFLOW)
        return found


@contextmanager
def visit(
    browser: Browser,
    url: str,
    *,
    username: str | None = None,
    password: str = "",
    size: tuple[int, int] = DESKTOP,
    is_dark: bool = False,
    **options: Any,
) -> Iterator[Visit]:
    """Open a window, signed in where there is a name; every complaint that it did not allow fails it at its end.

    Motion is off, for nothing is to be waited for that only pleases. `options` are further ones of the context.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if is_dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        **options,
    )
    try:
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        watch = Watch(context, url)
        if username is not None:
            sign_in(context, url, username, password)
        yield Visit(url=url, page=context.new_page(), watch=watch)
        complaints = watch.complaints()
        assert not complaints, "\n".join(complaints)
    finally:
        context.close()


def sign_in(context: BrowserContext, url: str, username: str, password: str) -> None:
    """Give a context the cookie of a sign-in, as the sign-in page does.

    Raises:
        AssertionError: when the server does not let them in.
    """
    answer = context.request.post(
        f"{url}/api/auth/session", data={"username": username, "password": password}, headers={"Origin": url}
    )
    if not answer.ok:
        raise AssertionError(f"{username} may not sign in: {answer.status} {answer.text()}")
