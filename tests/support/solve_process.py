"""The process behind `solve.py`: an order on stdin, an outcome on stdout."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import msgspec
import rattler
from rattler.exceptions import GatewayError, InstallerError, SolverError
from rattler.repo_data import SourceConfig

from tests.support.solve import ClientForm, Order, Outcome, Solved


async def follow(order: Order, cache: Path) -> Outcome:
    """Solve, and install where a prefix is given."""
    client = rattler.Client.default_client(max_retries=0, headers=order.headers or None)
    config = SourceConfig(
        zstd_enabled=order.form is ClientForm.ZST,
        bz2_enabled=order.form is ClientForm.BZ2,
        sharded_enabled=order.form is ClientForm.SHARDS,
    )
    records = await rattler.solve(
        sources=list(order.channels),
        specs=list(order.specs),
        gateway=rattler.Gateway(cache_dir=cache / "repodata", default_config=config, client=client),
        platforms=[rattler.Subdir(platform) for platform in order.platforms],
        virtual_packages=[_virtual(name, version) for name, version in order.virtual_packages.items()],
    )
    if order.prefix:
        await rattler.install(
            records, target_prefix=order.prefix, cache_dir=cache / "packages", show_progress=False, client=client
        )
    return Outcome(packages=tuple(map(_solved, records)))


def _virtual(name: str, version: str) -> rattler.GenericVirtualPackage:
    return rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), rattler.BuildString("0"))


def _solved(record: rattler.RepoDataRecord) -> Solved:
    return Solved(
        name=record.name.normalized,
        version=str(record.version),
        subdir=record.subdir,
        filename=record.file_name,
        url=record.url,
    )


def main() -> None:
    """Read the order, follow it, and leave without py-rattler's own clean-up."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    with tempfile.TemporaryDirectory(prefix="tain-client-") as cache:
        try:
            outcome = asyncio.run(follow(order, Path(cache)))
        except (GatewayError, InstallerError, SolverError) as exc:
            outcome = Outcome(error=f"{type(exc).__name__}: {exc}")
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
