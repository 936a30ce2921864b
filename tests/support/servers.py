"""Real servers for tests: in containers where a Docker engine answers, else embedded ones."""

import gc
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from deploy.embedded.mongo_users import MongoUsers
from deploy.embedded.servers import Server, start_mongod, start_nats

_NATS_IMAGE = "nats:2.12"
_MONGO_IMAGE = "mongo:7.0"


@contextmanager
def running_nats(folder: Path, *, passwords: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run NATS with JetStream and yield its URL; with `passwords` of its users it is an embedded one."""
    if passwords is not None:
        with _running(None, port=0, scheme="nats", start=lambda: start_nats(folder, passwords=passwords)) as url:
            yield url
        return
    container = _container(_NATS_IMAGE, port=4222, command="-js", ready="Server is ready")
    with _running(container, port=4222, scheme="nats", start=lambda: start_nats(folder)) as url:
        yield url


@contextmanager
def running_mongo(folder: Path, *, users: MongoUsers | None = None) -> Iterator[str]:
    """Run MongoDB and yield its URL, which names no database; with `users` it is an embedded one."""
    if users is not None:
        with _running(None, port=0, scheme="mongodb", start=lambda: start_mongod(folder, users=users)) as url:
            yield url
        return
    container = _container(_MONGO_IMAGE, port=27017, command="mongod --bind_ip_all", ready="Waiting for connections")
    with _running(container, port=27017, scheme="mongodb", start=lambda: start_mongod(folder)) as url:
        yield url


def _container(image: str, *, port: int, command: str, ready: str) -> DockerContainer | None:
    """Return a container that is not started yet; None without a Docker engine."""
    if not _has_docker_engine():
        return None
    container = DockerContainer(image).with_command(command).with_exposed_ports(port)
    return container.waiting_for(LogMessageWaitStrategy(ready))


@cache
def _has_docker_engine() -> bool:
    """Tell whether a Docker engine answers.

    Without one the Docker client leaves its socket open, which the garbage collector
    would report in the middle of some test.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            client = docker.from_env(timeout=3)
            client.close()
        except DockerException:
            answers = False
        else:
            answers = True
        gc.collect()
    return answers


@contextmanager
def _running(
    container: DockerContainer | None, *, port: int, scheme: str, start: Callable[[], Server]
) -> Iterator[str]:
    """Run the container, or the embedded server where there is none."""
    if container is not None:
        with container:
            yield f"{scheme}://{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
        return
    server = start()
    try:
        yield server.url
    finally:
        server.stop()
