"""The whole of Tain on one machine: NATS, MongoDB and the five services, up and down in order.

Up: servers first, since services need them; ready when `GET /readyz` says so.
Down: services first, all at once; then the servers. Within ten seconds, whatever hangs.
"""

import asyncio
import errno
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from deploy.embedded.failure import ServerFailed, ServerNotFound, StackFailed
from deploy.embedded.folder import MONGO_USER, DataFolder, mongo_url_of, open_folder
from deploy.embedded.ready import becomes_ready
from deploy.embedded.servers import Server, start_mongod, start_nats
from deploy.embedded.supervise import Guard, Pauses, Say, Supervisor, Unit, launch, wait
from libs.common.contracts.permissions import OTHERS, USERS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("api", "scheduler", "fetcher", "indexer", "reporter")

_NATS_SECRETS = ("TAIN_NATS_CREDENTIALS_", "TAIN_NATS_CA_", "TAIN_NATS_CERT_", "TAIN_NATS_KEY_")
_MONGO_SECRETS = ("TAIN_MONGO_PASSWORD_", "TAIN_MONGO_CA_", "TAIN_MONGO_CERT_")

_SERVICES_GRACE_S = 6.0
_SERVERS_GRACE_S = 3.0
_TEND_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was asked for; `port` 0 takes a free one."""

    folder: Path
    host: str
    port: int
    fetchers: int
    file_sources: tuple[Path, ...] = ()
    pauses: Pauses = field(default_factory=Pauses)


@dataclass(frozen=True, kw_only=True)
class Running:
    """What is there once all is up."""

    url: str
    folder: DataFolder
    admin_token_file: Path
    admin_password_file: Path


async def run_stack(
    plan: Plan, *, environ: Mapping[str, str], say: Say, on_ready: Callable[[Running], None], root: Path = ROOT
) -> None:
    """Bring everything up, look after it, and end it in order on SIGINT, SIGTERM or SIGHUP.

    Raises:
        StackFailed: when something can't start; all that was started has ended by then.
    """
    is_over, hurry = asyncio.Event(), asyncio.Event()
    _hear_signals(is_over, hurry)
    with open_folder(plan.folder) as folder:
        port = _free_port_of(plan.host, plan.port)
        guard = Guard()
        servers, services = (Supervisor(say=say, guard=guard, pauses=plan.pauses) for _ in range(2))
        say(f"starting, with data in {plan.folder}")
        try:
            running, known = _settings(plan, folder, environ=environ, port=port)
            owned = _start_servers(servers, folder, known)
            for name, log_name in _processes(plan.fetchers):
                services.add(
                    _service(name, log_name, folder, environ=_environ_of(name, known, root, folder, owned=owned))
                )
            if await becomes_ready(running.url, (servers, services), is_over):
                # A NATS that was given may have a password in its URL, and who gave it knows it.
                nats_url = None if environ.get("TAIN_NATS_URL") else folder.nats_url(OTHERS, known["TAIN_NATS_URL"])
                folder.announce(running.url, token_file=running.admin_token_file, nats_url=nats_url)
                on_ready(running)
            while not is_over.is_set():
                servers.tend()
                services.tend()
                await wait(is_over, _TEND_S)
            say("ending")
        except (ServerNotFound, ServerFailed) as exc:
            raise StackFailed(str(exc)) from exc
        finally:
            folder.withdraw()
            await services.end(grace_s=_SERVICES_GRACE_S, hurry=hurry)
            await servers.end(grace_s=_SERVERS_GRACE_S, hurry=hurry)
            guard.dismiss()


def _hear_signals(is_over: asyncio.Event, hurry: asyncio.Event) -> None:
    """End on the first signal; a second one makes it quick."""

    def heard() -> None:
        if is_over.is_set():
            hurry.set()
        is_over.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # under nohup a hang-up is none
            loop.add_signal_handler(number, heard)


def _free_port_of(host: str, port: int) -> int:
    """Return the port to listen on.

    Raises:
        StackFailed: when it can't be listened on.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
            chosen: int = probe.getsockname()[1]
            return chosen
    except (OSError, OverflowError) as exc:
        is_taken = isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE
        reason = "is taken" if is_taken else f"can't be used ({exc})"
        raise StackFailed(f"port {port} of {host} {reason}; choose another with --port (and --host)") from exc


def _settings(
    plan: Plan, folder: DataFolder, *, environ: Mapping[str, str], port: int
) -> tuple[Running, dict[str, str]]:
    """Return what will be there, and the environment values that the services share; given ones count."""
    known = {
        "TAIN_BLOBS_URL": folder.blobs.as_uri(),
        "TAIN_SECRET_KEY_FILE": str(folder.secret_key),
        "TAIN_ADMIN_TOKEN_FILE": str(folder.admin_token),
        "TAIN_ADMIN_PASSWORD_FILE": str(folder.admin_password),
        **{name: value for name, value in environ.items() if value or not name.startswith("TAIN_")},
        "TAIN_HOST": plan.host,
        "TAIN_PORT": str(port),
        # The one scheduler that is kept up here: started again, it takes its runs up at once.
        "TAIN_OWNER": f"scheduler-{secrets.token_hex(16)}",
    }
    if plan.file_sources:
        known["TAIN_FILE_SOURCES"] = os.pathsep.join(map(str, plan.file_sources))
    for ours in ("TAIN_TOKEN", "TAIN_URL"):
        known.pop(ours, None)
    url = f"http://{_address(plan.host)}:{port}"
    running = Running(
        url=url,
        folder=folder,
        admin_token_file=Path(known["TAIN_ADMIN_TOKEN_FILE"]),
        admin_password_file=Path(known["TAIN_ADMIN_PASSWORD_FILE"]),
    )
    return running, known


def _address(host: str) -> str:
    """Return the host to show for one that is listened on."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{shown}]" if ":" in shown else shown


def _start_servers(supervisor: Supervisor, folder: DataFolder, known: dict[str, str]) -> frozenset[str]:
    """Start the servers that no environment value names, name them, and return the variables of their URLs."""
    passwords = {user: folder.nats_password(user) for user in USERS}
    starts: tuple[tuple[str, str, Callable[[Path], Server]], ...] = (
        ("TAIN_NATS_URL", "nats", lambda log: start_nats(folder.nats, log=log, passwords=passwords)),
        ("TAIN_MONGO_URL", "mongod", lambda log: start_mongod(folder.mongo, log=log, users=folder.mongo_users())),
    )
    missing = [start for start in starts if start[0] not in known]
    for variable, name, start in missing:
        log = folder.log(name)
        server = start(log)
        known[variable] = server.url
        supervisor.take(Unit(name=name, log=log, start=server.start_again), server.process)
    if any(variable == "TAIN_MONGO_URL" for variable, *_ in missing):
        known["TAIN_MONGO_URL"] = mongo_url_of(MONGO_USER, known["TAIN_MONGO_URL"])
    return frozenset(variable for variable, *_ in missing)


def _processes(fetchers: int) -> Iterable[tuple[str, str]]:
    """Name each service process and its log: `fetcher`, then `fetcher-2` and on."""
    for service in SERVICES:
        for number in range(1, fetchers + 1 if service == "fetcher" else 2):
            yield service, service if number == 1 else f"{service}-{number}"


def _service(name: str, log_name: str, folder: DataFolder, *, environ: Mapping[str, str]) -> Unit:
    """Describe a service's process."""
    command = (sys.executable, "-P", "-m", f"services.{name}")
    log = folder.log(log_name)
    return Unit(name=log_name, log=log, start=partial(launch, command, log=log, environ=environ, folder=folder.path))


def _environ_of(
    service: str, known: Mapping[str, str], root: Path, folder: DataFolder, *, owned: frozenset[str]
) -> dict[str, str]:
    """Return a service's environment: its own password of our NATS, and no way to what it does not need.

    Only the api learns where the administrator's token is, and the fetcher nothing of MongoDB.
    """
    environ = {**known, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"}
    if "TAIN_NATS_URL" in owned:
        environ = {name: value for name, value in environ.items() if not name.startswith(_NATS_SECRETS)}
        environ["TAIN_NATS_CREDENTIALS_FILE"] = str(folder.nats_credentials(service))
    if "TAIN_MONGO_URL" in owned:
        environ = {name: value for name, value in environ.items() if not name.startswith(_MONGO_SECRETS)}
        environ["TAIN_MONGO_PASSWORD_FILE"] = str(folder.mongo_password(MONGO_USER))
    if service != "api":
        del environ["TAIN_ADMIN_TOKEN_FILE"], environ["TAIN_ADMIN_PASSWORD_FILE"]
    if service == "fetcher":
        environ = {name: value for name, value in environ.items() if not name.startswith("TAIN_MONGO_")}
    return environ
