"""Files that people put into channels, over REST and at the address of package clients."""

import base64
import hashlib
from typing import Any

import pytest

from libs.common.contracts.artifact_messages import ArtifactRegistered
from libs.common.domain.channel import ChannelKey, IndexingBehavior, Privacy
from libs.common.domain.digest import Digest
from libs.common.domain.errors import StoreUnavailable
from libs.common.domain.mirror import MirrorType
from libs.common.domain.upload import Upload
from services.api.say_unsaid import say_left
from tests.support.cran_packages import an_r_package
from tests.support.packages import a_package
from tests.support.python_packages import a_wheel, an_sdist
from tests.support.records import a_channel, minutes_on
from tests.unit.api.harness import AUTH, TOKEN, Api

ALPHA = a_package("alpha", "1.0", subdir="linux-64")
OTHER_ALPHA = a_package("alpha", "1.0", subdir="linux-64", license_name="BSD-3-Clause")
OLD = a_package("alpha", "0.9", extension=".tar.bz2")
WHEEL, SDIST = a_wheel("My.Project", "2.0"), an_sdist("beta", "1.0")
R = an_r_package("gamma", "1.1")

MAIN = "/api/channels/main/artifacts"
REPO = "/api/repo/main"
BOUNDARY = "a-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
FILE = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{ALPHA.filename}"\r\n\r\n'.encode()


async def upload(api: Api, filename: str, data: bytes, *, path: str = MAIN, headers: Any = None, **fields: str) -> Any:
    """Send a file as a form; fields go before it."""
    files = {"content": (filename, data)}
    return await api.client.post(path, data=fields, files=files, headers=AUTH if headers is None else headers)


async def the_upload(api: Api, ckey: str) -> Upload:
    """Return what is stored of a file of channel main."""
    stored = await api.records.uploads.get("id-of-main", ckey)
    assert stored is not None
    return stored


@pytest.mark.parametrize(
    ("filename", "data", "filetype", "ckey", "type_", "word"),
    [
        (ALPHA.filename, ALPHA.data, "conda1", ALPHA.path, MirrorType.CONDA, "conda_package_2"),
        (OLD.filename, OLD.data, "conda1", OLD.path, MirrorType.CONDA, "conda_package_1"),
        (WHEEL.filename, WHEEL.data, "bdist_wheel", WHEEL.ckey, MirrorType.PYTHON_SIMPLE, "bdist_wheel"),
        (SDIST.filename, SDIST.data, "sdist", SDIST.ckey, MirrorType.PYTHON_SIMPLE, "sdist"),
        (R.filename, R.data, "cran_source_package", R.ckey, MirrorType.CRAN, "cran_source_package"),
    ],
    ids=["conda", "tar.bz2", "wheel", "sdist", "r"],
)
@pytest.mark.parametrize("says", [True, False], ids=["told", "by its name"])
async def test_a_package_is_taken_in(
    api: Api, *, filename: str, data: bytes, filetype: str, ckey: str, type_: MirrorType, word: str, says: bool
) -> None:
    """Its bytes, its record, the upload, and the word of it."""
    await api.holds(a_channel())

    answer = await upload(api, filename, data, size=str(len(data)), **({"filetype": filetype} if says else {}))

    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["ckey"], shown["type"], shown["state"], shown["size"]) == (ckey, word, "active", len(data))
    assert shown["url"].endswith(f"/api/repo/main/{ckey}")
    assert (shown["by"], shown["origin"]) == ("admin", "uploaded")
    stored = await the_upload(api, ckey)
    assert (stored.type, stored.sha256, stored.by) == (type_, hashlib.sha256(data).hexdigest(), "admin")
    assert await api.blobs.find(Digest("sha256", stored.sha256)) is not None
    assert stored.shard in await api.records.shards.get([stored.shard])
    (said,) = api.said(ArtifactRegistered)
    assert isinstance(said, ArtifactRegistered)
    assert (said.ckey, said.how, said.by, said.channel) == (ckey, "uploaded", "admin", "main")


async def test_the_first_page_tells_of_an_uploaded_wheels_metadata(api: Api) -> None:
    """Nobody has to ask for them before installers know that they are there."""
    await api.holds(a_channel())

    await upload(api, WHEEL.filename, WHEEL.data)

    assert await api.records.extracted.get(Digest("sha256", WHEEL.sha256)) == WHEEL.metadata


async def test_the_same_bytes_again_change_nothing(api: Api) -> None:
    """A script that was cut off sends all its files again."""
    await api.holds(a_channel())
    first = await upload(api, ALPHA.filename, ALPHA.data)
    again = await upload(api, ALPHA.filename, ALPHA.data)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(api.said(ArtifactRegistered)) == 1


async def test_other_bytes_under_a_name_that_is_taken_are_refused(api: Api) -> None:
    """Whoever installed the old ones must not get others; what came is not kept."""
    await api.holds(a_channel())
    await upload(api, ALPHA.filename, ALPHA.data)

    answer = await upload(api, ALPHA.filename, OTHER_ALPHA.data)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "already exists" in answer.json()["message"]
    assert (await the_upload(api, ALPHA.path)).sha256 == ALPHA.sha256
    assert await api.blobs.find(Digest("sha256", OTHER_ALPHA.sha256)) is None


@pytest.mark.parametrize("way", ["field", "query"])
async def test_who_may_edit_may_replace(api: Api, way: str) -> None:
    """If they say so."""
    await api.holds(a_channel())
    await upload(api, ALPHA.filename, ALPHA.data)
    path, fields = (f"{MAIN}?overwrite=true", {}) if way == "query" else (MAIN, {"overwrite": "true"})

    answer = await upload(api, ALPHA.filename, OTHER_ALPHA.data, path=path, **fields)

    assert answer.status_code == 201, answer.text
    assert (await the_upload(api, ALPHA.path)).sha256 == OTHER_ALPHA.sha256
    assert len(api.said(ArtifactRegistered)) == 2


@pytest.mark.parametrize(
    ("filename", "data", "fields", "field"),
    [
        ("alpha-1.0-h0_0.conda", b"no archive", {}, "content"),
        ("beta-1.0-h0_0.conda", ALPHA.data, {}, "content"),
        (ALPHA.filename, ALPHA.data, {"size": "3"}, "size"),
        (WHEEL.filename, WHEEL.data, {"md5_digest": "0" * 32}, "md5_digest"),
        (WHEEL.filename, WHEEL.data, {"filetype": "bdist_wininst"}, "filetype"),
        (WHEEL.filename, WHEEL.data, {":action": "doc_upload"}, ":action"),
        ("something.bin", b"what", {}, "filetype"),
        ("..", b"what", {}, "content"),
    ],
)
async def test_what_is_no_such_package_is_refused_and_not_kept(
    api: Api, filename: str, data: bytes, fields: dict[str, str], field: str
) -> None:
    """In words that name the part that is wrong."""
    await api.holds(a_channel())

    answer = await upload(api, filename, data, **fields)

    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert await api.blobs.find(Digest("sha256", hashlib.sha256(data).hexdigest())) is None
    assert not api.said(ArtifactRegistered)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"", FORM),
        (b"nothing of a form", FORM),
        (f"--{BOUNDARY}--\r\n".encode(), FORM),
        (b"", "multipart/form-data"),
        (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=content\r\n\r\nabc".encode(), "multipart/form-data"),
        (FILE + b"abc", FORM),
    ],
    ids=["json", "empty", "text", "no part", "no boundary", "no boundary either", "cut off"],
)
async def test_what_is_no_whole_form_is_refused(api: Api, body: bytes, content_type: str) -> None:
    """It says what to send."""
    await api.holds(a_channel())

    answer = await api.ask("POST", MAIN, content=body, content_type=content_type)

    assert (answer.status_code, answer.json()["field"]) == (400, "content"), answer.text


async def test_a_large_field_is_passed_over_unless_it_is_asked_for(api: Api) -> None:
    """Twine sends the README with each file; a file in the wrong field is told."""
    await api.holds(a_channel())

    readme = await upload(api, ALPHA.filename, ALPHA.data, description="long " * 100_000)
    wrong = await upload(api, ALPHA.filename, ALPHA.data, name="x" * 5000)

    assert readme.status_code == 201, readme.text
    assert (wrong.status_code, wrong.json()["field"]) == (400, "name")


async def test_a_file_beyond_the_limit_is_refused(api: Api) -> None:
    """A disk has an end, and so has what stands beside the file."""
    await api.holds(a_channel())
    api.ports.upload_limit_bytes = 1024 * 1024

    answer = await api.ask("POST", MAIN, content=FILE + bytes(1024 * 1024 + 1), content_type=FORM)
    besides = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\n'.encode()
    too_much = await api.ask("POST", MAIN, content=besides + bytes(33 * 1024 * 1024), content_type=FORM)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "1 MiB" in answer.json()["message"]
    assert (too_much.status_code, too_much.json()["code"]) == (413, "too_large")


async def test_what_the_bus_does_not_take_is_said_later(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upload is stored, and its word with it."""
    await api.holds(a_channel())

    async def say(*_: object, **__: object) -> None:
        raise StoreUnavailable("NATS is away")

    with monkeypatch.context() as away:
        away.setattr(api.bus, "say", say)
        assert (await upload(api, ALPHA.filename, ALPHA.data)).status_code == 201
        assert not api.said(ArtifactRegistered)
    await say_left([api.records.uploads], before=minutes_on(1), bus=api.bus)

    assert len(api.said(ArtifactRegistered)) == 1


async def test_a_channel_that_goes_meanwhile_takes_its_upload_along(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it stays behind."""
    await api.holds(a_channel())
    put = api.records.shards.put

    async def put_last(payloads: Any) -> None:
        await put(payloads)
        await api.records.channels.delete(ChannelKey("main"))

    monkeypatch.setattr(api.records.shards, "put", put_last)

    answer = await upload(api, ALPHA.filename, ALPHA.data)

    assert answer.status_code == 404
    assert await api.records.uploads.list("id-of-main") == []
    assert not api.said(ArtifactRegistered)


async def test_into_a_frozen_channel_uploads_are_taken(api: Api) -> None:
    """They wait for the unfreeze."""
    await api.holds(a_channel(indexing_behavior=IndexingBehavior.FROZEN))

    assert (await upload(api, ALPHA.filename, ALPHA.data)).status_code == 201


@pytest.mark.parametrize("below", ["stage", "subchannels/stage"])
async def test_a_subchannel_has_two_addresses(api: Api, below: str) -> None:
    """The incumbent's client uses the short one."""
    await api.holds(a_channel(), a_channel("main/stage"))

    answer = await upload(
        api, ALPHA.filename, ALPHA.data, path=f"/api/channels/main/{below}/artifacts", filetype="conda1"
    )

    assert answer.status_code == 201, answer.text
    assert (answer.json()["channel"], answer.json()["subchannel"]) == ("main", "stage")
    assert answer.json()["url"].endswith(f"/api/repo/main/stage/{ALPHA.path}")
    assert await api.records.uploads.get("id-of-main/stage", ALPHA.path) is not None


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (MAIN, {}, 401),
        ("/api/channels/main/stage/artifacts", {}, 401),
        (REPO, {}, 401),
        ("/api/channels/none/artifacts", AUTH, 404),
        ("/api/repo/none", AUTH, 404),
        (f"{REPO}/prod", AUTH, 404),
    ],
)
async def test_who_may_not_is_told_before_the_body_is_read(
    api: Api, path: str, headers: dict[str, str], status: int
) -> None:
    """A gigabyte is not sent for nothing."""
    await api.holds(a_channel())
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(event: Any) -> None:
        sent.append(event)

    raw_headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"tain.example"), (b"content-type", FORM.encode()), *raw_headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "root_path": "",
    }
    await api.app(scope, receive, send)

    assert sent[0]["status"] == status


BASIC = {"Authorization": "Basic " + base64.b64encode(f"{TOKEN}:x-auth-token".encode()).decode()}


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (REPO, BASIC),
        (f"{REPO}/", BASIC),
        (f"{REPO}/simple/", BASIC),
        (f"{REPO}/cran", AUTH),
        (f"/t/{TOKEN}{REPO}", {}),
        (f"/api/repo/t/{TOKEN}/main", {}),
    ],
)
async def test_clients_upload_to_the_address_that_they_read(api: Api, path: str, headers: dict[str, str]) -> None:
    """With the token in every place that it may have; twine takes 200 for success."""
    await api.holds(a_channel(privacy=Privacy.PRIVATE))

    told = {":action": "file_upload", "filetype": "bdist_wheel", "name": "My.Project", "version": "2.0"}
    answer = await upload(api, WHEEL.filename, WHEEL.data, path=path, headers=headers, **told)

    assert answer.status_code == 200, answer.text
    assert (await the_upload(api, WHEEL.ckey)).by == "admin"


async def test_a_subchannel_is_uploaded_to_below_its_channel(api: Api) -> None:
    """And a subchannel that is not there is no index of its parent."""
    await api.holds(a_channel(), a_channel("main/stage"))

    there = await upload(api, R.filename, R.data, path=f"{REPO}/stage", filetype="cran_source_package")
    not_there = await upload(api, R.filename, R.data, path=f"{REPO}/prod")

    assert there.status_code == 200, there.text
    assert await api.records.uploads.get("id-of-main/stage", R.ckey) is not None
    assert not_there.status_code == 404


async def test_upload_tools_get_plain_words(api: Api) -> None:
    """Twine prints what it gets, and skips what is there by the status."""
    await api.holds(a_channel())
    await upload(api, ALPHA.filename, ALPHA.data, path=REPO)

    taken = await upload(api, ALPHA.filename, OTHER_ALPHA.data, path=REPO)
    wrong = await upload(api, WHEEL.filename, b"no zip", path=REPO, filetype="bdist_wheel")

    assert (taken.status_code, wrong.status_code) == (409, 400)
    assert taken.text.startswith("main already has another alpha-1.0-h0_0.conda")
    for answer in (taken, wrong):
        assert answer.headers["content-type"].startswith("text/plain")


async def test_a_wrong_token_is_asked_for_a_password(api: Api) -> None:
    """As the tools expect: 401, and Basic."""
    await api.holds(a_channel())

    wrong = base64.b64encode(b"wrong:x-auth-token").decode()
    answer = await upload(api, WHEEL.filename, WHEEL.data, path=REPO, headers={"Authorization": f"Basic {wrong}"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
