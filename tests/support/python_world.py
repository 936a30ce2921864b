"""A whole installation in memory whose source is a simple index: what clients ask for is asked here, too."""

from collections.abc import Iterable
from typing import Any

import msgspec

from libs.common.deciding.told_of import told_of
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import UpstreamMissing
from libs.common.domain.manifest import UNREAD, Manifest, ShardDigest, decode_manifest, source_digest
from libs.common.domain.mirror import MirrorMode, MirrorType
from libs.common.domain.read_page import ReadPage
from libs.common.ecosystems.protocol import ShardRef
from libs.common.ecosystems.registry import ecosystem
from libs.common.ports.blobs import read_all
from libs.common.ports.upstream import Fetched
from services.scheduler.choose_names import EAGER_NAMES
from services.scheduler.run_ports import Ports
from tests.support.python_index import Habits, PageForm, Status, render_list, render_page
from tests.support.python_packages import PythonFile, a_wheel
from tests.support.world import ROOT, World

SIMPLE = "simple"
PYTHON = ecosystem(MirrorType.PYTHON_SIMPLE)
SERIALS = Habits(has_serials=True)


def some_files() -> tuple[PythonFile, ...]:
    """Return four files of three projects."""
    return (a_wheel("alpha", "1.0"), a_wheel("alpha", "2.0"), a_wheel("beta"), a_wheel("gamma"))


class PythonWorld(World):
    """One simple index, one channel, and its mirror; `eager_names` as in choose_names.py."""

    def __init__(
        self,
        files: Iterable[PythonFile] = (),
        *,
        habits: Habits | None = None,
        form: PageForm = PageForm.JSON,
        eager_names: int = EAGER_NAMES,
        mode: MirrorMode = MirrorMode.PASSIVE,
        **mirror: Any,
    ) -> None:
        super().__init__((), type=MirrorType.PYTHON_SIMPLE, mode=mode, **mirror)
        self.habits = habits or Habits()
        self.form = form
        self.eager_names = eager_names
        self.serials: dict[str, int] = {}
        self.offer_files(files)

    def offer_files(self, files: Iterable[PythonFile], *, status: Status | None = None) -> None:
        """Let the index have these files from now on; a project whose page changes has a new serial."""
        projects: dict[str, list[PythonFile]] = {}
        for file in files:
            projects.setdefault(file.normalised, []).append(file)
        was, self.upstream.files = self.upstream.files, {}
        for name, mine in projects.items():
            url = f"{ROOT}/{name}/"
            page = self._page(name, mine, status, self.serials.get(name, 0))
            if was.get(url) != page:
                self.serials[name] = max(self.serials.values(), default=0) + 1
                page = self._page(name, mine, status, self.serials[name])
            self._put(url, page)
            for file in mine:
                place = f"{ROOT.rpartition('/')[0]}/{file.path}"
                self.upstream.files[place] = file.data
                self.upstream.files[f"{place}.metadata"] = file.metadata
                if file.provenance is not None:
                    self.upstream.files[f"{place}.provenance"] = file.provenance
        self.serials = {name: self.serials[name] for name in projects}
        serials = self.serials if self.habits.has_serials else {}
        self._put(f"{ROOT}/", render_list(projects, form=self.form, serials=serials))

    def ports(self) -> Ports:
        """Return what the scheduler needs to execute runs."""
        return msgspec.structs.replace(super().ports(), eager_names=self.eager_names)

    async def ask(self, name: str) -> ReadPage:
        """Read a page as the api does when a client first asks for it."""
        url = f"{ROOT}/{name}/"
        try:
            answer = await self.upstream.get(url, limit_bytes=10**9)
        except UpstreamMissing:
            shard: ShardDigest | None = None
        else:
            assert isinstance(answer, Fetched)
            read = PYTHON.read_shard(
                answer.data,
                ref=ShardRef(name=name, tag=None, url=f"{name}/"),
                partition=SIMPLE,
                side_files={},
                told=told_of(answer, asked=url, source=source_digest(ROOT)),
            )
            shard = bytes.fromhex(sha256_of(read.payload))
            await self.records.shards.put({shard: read.payload})
        page = ReadPage(name=name, shard=shard, read_at=self.clock.now())
        return await self.records.read_pages.put(self.mirror.id, page, source=source_digest(ROOT), partition=SIMPLE)

    async def pages(self) -> set[str]:
        """Name what was read because clients asked."""
        return set(await self.records.read_pages.names(self.mirror.id, source=source_digest(ROOT), partition=SIMPLE))

    async def manifest(self) -> Manifest:
        """Return what is known of the source."""
        return decode_manifest(await read_all(self.blobs, (await self.head()).manifest))

    async def read_names(self) -> set[str]:
        """Name what was read of the source in runs."""
        part = (await self.manifest()).parts[SIMPLE]
        return {name for name, entry in part.entries.items() if entry.shard}

    async def listed_unread(self) -> set[str]:
        """Name what the mirror lists and nobody read."""
        part = (await self.catalogue()).parts[SIMPLE]
        return {name for name, entry in part.entries.items() if entry.shard == UNREAD}

    def asked_pages(self) -> list[str]:
        """Name the projects whose pages were asked for, and forget all that was asked."""
        return [path.removesuffix("/") for path in self.asked() if path.endswith("/") and path != f"{ROOT}/"]

    def _page(self, name: str, files: list[PythonFile], status: Status | None, serial: int) -> bytes:
        return render_page(name, files, form=self.form, habits=self.habits, status=status, serial=serial)

    def _put(self, url: str, data: bytes) -> None:
        self.upstream.files[url] = data
        self.upstream.content_types[url] = self.form.value
