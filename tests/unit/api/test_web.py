"""The web app as it is served: one page at every address below /ui, and files that never change under a name."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from services.api.web_assets import WebFolder, read_assets
from tests.unit.api.harness import Api

WEB = Path(__file__).parents[3] / "services" / "api" / "web"
BUDGET_BYTES = 250_000


@pytest.mark.parametrize("address", ["/ui", "/ui/", "/ui/channels", "/ui/channels/main/subchannels/x/packages"])
async def test_every_address_shows_the_page(api: Api, address: str) -> None:
    """Who follows a link into the app, or loads it anew, gets there."""
    answer = await api.client.get(address)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert '<div id="app">' in answer.text
    assert "{" + "base}" not in answer.text
    assert "{" + "preload}" not in answer.text


async def test_home_leads_to_the_app(api: Api) -> None:
    """Nobody has to know the address."""
    answer = await api.client.get("/", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (302, "/ui/")


async def test_the_page_runs_just_what_it_names(api: Api) -> None:
    """No other host, no inline script but the map of modules, no strings that become markup."""
    answer = await api.client.get("/ui/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    inline = re.findall(r"<script(?![^>]*src=)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline]

    assert policy["script-src"] == f"'self' 'sha256-{digests[0]}'"
    assert len(digests) == 1
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "http://" not in answer.text
    assert "https://" not in answer.text


async def test_all_that_the_page_names_is_there_for_ever(api: Api) -> None:
    """Named by the digest of all files, so that a browser need not ask again."""
    page = (await api.client.get("/ui/")).text
    named = set(re.findall(r'"(/ui/-/[^"]+)"', page))

    assert len(named) > 5
    for address in named:
        answer = await api.client.get(address, headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css", "image/svg+xml"))
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "is_gzipped"),
    [("gzip, br", True), ("GZIP;q=0.5", True), ("gzip;q=0", False), ("br", False), ("gzip; q=0.0", False)],
)
async def test_files_are_small_on_the_way_where_the_browser_takes_it(
    api: Api, accepted: str, *, is_gzipped: bool
) -> None:
    """And the same after it."""
    assets = WebFolder(WEB).now()
    address = f"/ui/-/{assets.digest}/app.js"
    await api.client.get("/ui/")

    answer = await api.client.get(address, headers={"Accept-Encoding": accepted})

    assert answer.headers.get("content-encoding") == ("gzip" if is_gzipped else None)

    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "nowhere.js",
        "%2e%2e/web_assets.py",
        "index.html",
        "swagger/swagger-ui.css",
        "vendor/LICENSE.htm",
        "app/",
        "app/main.js",
    ],
)
async def test_nothing_else_is_served(api: Api, path: str) -> None:
    """Only files that were found, by the names that they were found under."""
    digest = WebFolder(WEB).now().digest
    await api.client.get("/ui/")

    assert (await api.client.get(f"/ui/-/{digest}/{path}")).status_code == 404
    assert (await api.client.get(f"/ui/-/0000000000000000/{path}")).status_code == 404
    assert (await api.client.get("/ui/-/0000000000000000/app.js")).status_code == 404


def test_a_changed_file_changes_the_names_of_all(tmp_path: Path) -> None:
    """So that no browser mixes two versions."""
    (tmp_path / "app").mkdir()
    (tmp_path / "style").mkdir()
    (tmp_path / "vendor").mkdir()
    (tmp_path / "index.html").write_text('<script type="importmap">{}</script>{preload}<a href="{base}/x">')
    (tmp_path / "app" / "main.js").write_text("first(1)")
    (tmp_path / "style" / "a.css").write_text("a{b:c}")
    folder = WebFolder(tmp_path)
    before = folder.now()

    assert folder.now() is before
    assert f'modulepreload" href="/ui/-/{before.digest}/app.js' in before.page.decode()
    assert before.get(before.digest, "app.css").data == b"a{b:c}"

    (tmp_path / "app" / "main.js").write_text("first( 22 ) // of them\n")
    after = folder.now()

    assert after.digest != before.digest
    assert b"first(22)" in after.get(after.digest, "app.js").data
    assert gzip.decompress(after.get(after.digest, "app.js").gzipped) == after.get(after.digest, "app.js").data


def test_all_of_it_is_small() -> None:
    """Scripts and styles together, as they are served."""
    files = read_assets(WEB).files

    assert sum(len(asset.data) for name, asset in files.items() if name.endswith((".js", ".css"))) < BUDGET_BYTES


def test_vendored_files_are_as_published() -> None:
    """The digests are those that VENDORED.md names."""
    noted = dict(
        re.findall(r"^\| (\S+\.js) \| ([0-9a-f]{64}) \|$", (WEB / "vendor" / "VENDORED.md").read_text(), re.MULTILINE)
    )
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (WEB / "vendor").glob("*.js")}

    assert noted == found


def test_no_page_makes_markup_of_strings() -> None:
    """What a package is called must never become a part of the page's own code."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    for path in sorted((WEB / "app").rglob("*.js")):
        assert not forbidden.search(path.read_text()), path.name


def test_every_page_of_the_table_is_there() -> None:
    """A route without its module would be a page that can't be loaded."""
    table = (WEB / "app" / "routes.js").read_text()
    modules = re.findall(r'import\("\./([^"]+)"\)', table)

    assert len(modules) > 10
    assert [name for name in modules if not (WEB / "app" / name).exists()] == []
