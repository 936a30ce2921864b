"""The REST API in Python: channels, their mirrors, and runs.

    with Client("http://127.0.0.1:8080", token=token) as client:
        for mirror in client.mirrors("main"):
            print(mirror.mirror_name, mirror.state)

Every method raises `ClientError` with one plain line when the server refuses or does not answer.
"""

import functools
import ipaddress
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from libs.client.errors import ClientError
from libs.client.wire import (
    Channel,
    ChannelChanges,
    ChannelPage,
    DeadLetter,
    DeadLetterPage,
    HistoryEvent,
    HistoryPage,
    HistoryWish,
    Mirror,
    MirrorPage,
    MirrorWish,
    NewChannel,
    Problem,
)
from libs.client.wire_upkeep import ReportAsked, SweepWish, VerifyWish
from libs.client.wire_why import Why
from libs.common.domain.channel import parse_channel_key
from libs.common.domain.errors import InvalidInput

T = TypeVar("T")

_PAGE = 1000
_TIMEOUT_S = 30.0
_UPLOAD_TIMEOUT = httpx.Timeout(_TIMEOUT_S, read=600.0)
"""The server reads a package whole before it answers."""

_NOT_FOUND = 404
_MINUTE_S = 60


class Client:
    """A connection to one server, as the holder of one token, or as who signed in (`auth`)."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        auth: httpx.Auth | None = None,
        timeout_s: float = _TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/").removesuffix("/api")
        self._http = httpx.Client(
            base_url=f"{self.url}/api",
            headers={"X-Auth": token} if token else {},
            auth=auth,
            timeout=timeout_s,
            transport=transport,
            verify=_trusted(),
            # A proxy from the environment is meant for the world outside, not for this machine.
            trust_env=not _is_this_machine(self.url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def channels(self) -> tuple[Channel, ...]:
        """Return all channels, each followed by its subchannels."""
        found: list[Channel] = []
        for channel in self._get(f"/channels?limit={_PAGE}", ChannelPage).items:
            found.append(channel)
            if channel.subchannel_count:
                found.extend(self._get(f"{channel_path(channel.key)}/subchannels?limit={_PAGE}", ChannelPage).items)
        return tuple(found)

    def channel(self, key: str) -> Channel | None:
        """Return `channel` or `channel/subchannel`; None where there is none."""
        try:
            return self._get(channel_path(key), Channel)
        except ClientError as exc:
            if exc.status == _NOT_FOUND:
                return None
            raise

    def create_channel(self, key: str, *, privacy: str | None = None, description: str | None = None) -> Channel:
        """Make a channel, or a subchannel of a channel that is there."""
        channel_path(key)
        parent, _, name = key.rpartition("/")
        path = f"{channel_path(parent)}/subchannels" if parent else "/channels"
        return self._send("POST", path, NewChannel(name=name, privacy=privacy, description=description), Channel)

    def edit_channel(self, key: str, changes: ChannelChanges) -> Channel:
        """Change some of a channel."""
        return self._send("PUT", channel_path(key), changes, Channel)

    def choose_default_channel(self, key: str | None) -> None:
        """Say where one's own uploads go that name no channel; None for nowhere."""
        self.request("PUT", "/account", content=msgspec.json.encode({"default_channel_name": key}))

    def delete_channel(self, key: str) -> None:
        """Remove a channel or subchannel, and its mirrors."""
        self.request("DELETE", channel_path(key))

    def mirrors(self, key: str) -> tuple[Mirror, ...]:
        """Return a channel's mirrors, in their order."""
        return self._get(f"{channel_path(key)}/mirrors?limit={_PAGE}", MirrorPage).items

    def mirror(self, key: str, name: str) -> Mirror | None:
        """Return a channel's mirror by its name; None where there is none."""
        return next((mirror for mirror in self.mirrors(key) if mirror.mirror_name == name), None)

    def create_mirror(self, key: str, wish: MirrorWish) -> Mirror:
        """Make a mirror."""
        return self._send("POST", f"{channel_path(key)}/mirrors", wish, Mirror)

    def edit_mirror(self, key: str, mirror_id: str, wish: MirrorWish) -> Mirror:
        """Make a mirror be what is wished; what the wish leaves out is emptied."""
        return self._send("PUT", f"{channel_path(key)}/mirrors/{quote(mirror_id, safe='')}", wish, Mirror)

    def stop_mirror(self, key: str, mirror_id: str) -> None:
        """Ask for a mirror's run to be stopped; it is within seconds."""
        self.request("POST", f"{channel_path(key)}/mirrors/{quote(mirror_id, safe='')}/stop_mirror_sync")

    def dead_letters(self, *, limit: int) -> tuple[DeadLetter, ...]:
        """Return the newest messages that could not be handled."""
        return self._get(f"/system/dead-letters?limit={limit}", DeadLetterPage).items

    def history(self, key: str | None, wish: HistoryWish) -> tuple[HistoryEvent, ...]:
        """Return what happened to a channel, or to all where none is named, newest first."""
        path = f"{channel_path(key)}/history" if key else "/history"
        events = self._get(f"{path}?{urlencode(msgspec.to_builtins(wish))}", HistoryPage).items
        return tuple(msgspec.structs.replace(event, channel=event.channel or key or "") for event in events)

    def why(self, key: str, spec: str, *, platform: str | None) -> Why:
        """Return why a package is in a channel or not."""
        query = {"spec": spec} | ({"platform": platform} if platform is not None else {})
        return self._get(f"{channel_path(key)}/why?{urlencode(query)}", Why)

    def ask_sweep(self, *, is_dry_run: bool, grace_s: float | None = None) -> str:
        """Ask for a sweep or the dry run of one; returns the id of its report."""
        wish = SweepWish(dry_run=is_dry_run, grace_s=grace_s)
        return self._send("POST", "/system/garbage", wish, ReportAsked).report_id

    def ask_verify(self, channel: str | None, *, is_deep: bool, is_repair: bool) -> str:
        """Ask for a verification of one channel or of all; returns the id of its report."""
        wish = VerifyWish(channel=channel, deep=is_deep, repair=is_repair)
        return self._send("POST", "/system/verify", wish, ReportAsked).report_id

    def report(self, report_id: str, kind: type[T]) -> T | None:
        """Return a report; None while it is being made."""
        try:
            return self._get(f"/system/reports/{quote(report_id, safe='')}", kind)
        except ClientError as exc:
            if exc.status == _NOT_FOUND:
                return None
            raise

    def _get(self, path: str, kind: type[T]) -> T:
        return read_answer(self.request("GET", path), kind)

    def _send(self, method: str, path: str, body: msgspec.Struct, kind: type[T]) -> T:
        return read_answer(self.request(method, path, content=msgspec.json.encode(body)), kind)

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send one request, for the parts of the API that have a client of their own; return the answer's body.

        A file is sent as it is read.
        """
        json_type = {"Content-Type": "application/json"} if content is not None else {}
        return self._ask(method, path, content=content, headers={**json_type, **(headers or {})})

    def send_form(self, path: str, fields: Mapping[str, str], *, name: str, file: IO[bytes]) -> bytes:
        """Send a form with a file in it (`content`), which is sent as it is read; return the answer's body."""
        # A large file takes its time; what counts is that it goes on.
        return self._ask("POST", path, data=fields, files={"content": (name, file)}, timeout=_UPLOAD_TIMEOUT)

    def _ask(self, method: str, path: str, **sent: Any) -> bytes:
        try:
            answer = self._http.request(method, path, **sent)
        except httpx.TimeoutException as exc:
            problem = f"{self.url} did not answer in time; try again, or look into its logs"
            raise ClientError(problem, is_away=True) from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            problem = f"no answer from {self.url}; is the server running? (./tain up starts one)"
            raise ClientError(problem, is_away=isinstance(exc, httpx.TransportError)) from exc
        if answer.is_success:
            return answer.content
        raise _refusal(answer)


def channel_path(key: str) -> str:
    """Return the path of a channel or subchannel; a name that could lead elsewhere is refused."""
    try:
        channel, _, subchannel = parse_channel_key(key).partition("/")
    except InvalidInput as exc:
        raise ClientError(exc.message, code=exc.code) from exc
    return f"/channels/{channel}/subchannels/{subchannel}" if subchannel else f"/channels/{channel}"


def read_answer(content: bytes, kind: type[T]) -> T:
    """Read the body of an answer.

    Raises:
        ClientError: when it is not what it should be.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as exc:
        raise ClientError("the server's answer can't be read; is this really a Tain server of this version?") from exc


def _refusal(answer: httpx.Response) -> ClientError:
    """Turn an error into one line, in the server's own words where it has some."""
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:
        problem = Problem()
    words = " ".join((problem.detail or problem.title or f"the server answered {answer.status_code}").split())
    message = words
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        message = f"{words}; sign in with ./tain login, or pass another token with --token-file or TAIN_TOKEN"
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        message = f"{words}; try again in {_wait(answer.headers.get('Retry-After', ''))}"
    return ClientError(message, status=answer.status_code, code=problem.code, words=words)


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities that this machine trusts; reading them costs more than most requests do."""
    return httpx.create_ssl_context()


def _wait(retry_after: str) -> str:
    """Write how long to wait, in words; a moment where the server does not say (RFC 9110 section 10.2.3)."""
    if not retry_after.isdecimal():
        return "a moment"
    wait_s = max(int(retry_after), 1)
    if wait_s == 1:
        return "1 second"
    return f"{wait_s} seconds" if wait_s < 2 * _MINUTE_S else f"{-(-wait_s // _MINUTE_S)} minutes"


def _is_this_machine(url: str) -> bool:
    """Tell whether a URL leads to the machine that we run on."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
