"""`./tain upload`: put package files into a channel."""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from libs.client.command import Command
from libs.client.connection import ConnectionOptions, add_connection_options, connect
from libs.client.errors import ClientError, CommandFailed
from libs.client.packages.package_client import PackageClient
from libs.client.packages.wire import PackageFile
from libs.client.signing_in.sign_in_client import SignInClient

ABOUT = """\
Put package files into a channel: conda packages, wheels, sdists, R packages, notebooks,
environments. They show when the channel is published with them, within seconds; in a frozen
channel they wait. The channel's policy decides on them as on everything else."""

EXAMPLES = """\
  ./tain upload dist/*.whl --channel main
  ./tain upload tiny-1.0-0.conda --channel main/stage --overwrite
  ./tain upload report_1.0.tar.gz --type cran_source_package --channel r
  ./tain upload tiny.cdx.json --type sbom --of noarch/tiny-1.0-0.conda --channel main"""


class UploadOptions(ConnectionOptions, frozen=True, kw_only=True):
    """What was typed."""

    files: tuple[str, ...]
    channel: str | None
    type: str | None
    of: str | None
    platform: str | None
    overwrite: bool
    json: bool


def add_options(parser: ArgumentParser) -> None:
    """Offer the options of `upload`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="package files")
    parser.add_argument("--channel", metavar="CHANNEL", help="where to (default: your default channel)")
    parser.add_argument("--type", metavar="FILETYPE", help="what they are, where their names don't tell")
    parser.add_argument("--of", metavar="PATH", help="the file of the channel that an SBOM tells of")
    parser.add_argument("--platform", metavar="PLATFORM", help="what an R binary is built for, where it does not say")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there with other bytes")
    parser.add_argument("--json", action="store_true", help="write one JSON document")
    add_connection_options(parser)


def run(options: Namespace) -> int:
    """Upload them one after the other; what fails does not stop the others."""
    typed = msgspec.convert(vars(options), UploadOptions)
    paths = [Path(file).expanduser() for file in typed.files]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise CommandFailed(f"there is no file {', '.join(missing)}")
    stored: list[PackageFile] = []
    failed = 0
    with connect(typed, os.environ) as client:
        channel = typed.channel or SignInClient(client).account().default_channel_name
        if channel is None:
            raise CommandFailed("you have no default channel; name one with --channel")
        for path in paths:
            try:
                file = _upload(path, channel, typed, PackageClient(client))
            except ClientError as exc:
                failed += 1
                # The server names its own way to say it.
                words = str(exc).replace("in the field filetype", "with --type")
                print(f"tain: {path.name}: {words}", file=sys.stderr)
                continue
            stored.append(file)
            if not typed.json:
                print(f"{file.ckey} is in {channel}")
    if typed.json:
        print(msgspec.json.encode(stored).decode())
    return 1 if failed else 0


def _upload(path: Path, channel: str, typed: UploadOptions, client: PackageClient) -> PackageFile:
    with _progress() as progress, path.open("rb") as opened:
        size_bytes = os.fstat(opened.fileno()).st_size
        file = progress.wrap_file(opened, total=size_bytes, description=path.name)
        return client.upload(
            channel,
            file,
            name=path.name,
            size_bytes=size_bytes,
            told=_told(typed),
        )


def _told(typed: UploadOptions) -> dict[str, str]:
    fields = {"filetype": typed.type, "ckey": typed.of, "platform": typed.platform}
    told = {name: value for name, value in fields.items() if value is not None}
    return told | ({"overwrite": "true"} if typed.overwrite else {})


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


COMMAND = Command(about=ABOUT, examples=EXAMPLES, add_options=add_options, run=run)
