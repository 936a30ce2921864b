"""A conda channel on a local port, which a test can change, break and switch off while it runs."""

from collections.abc import Iterable, Sequence

from tests.support.conda_index import ALL_FORMS, Form, render_channel
from tests.support.files_source import FilesSource
from tests.support.packages import Package


class CondaSource(FilesSource):
    """A channel's packages and index, under one or more path prefixes."""

    def __init__(
        self,
        packages: Sequence[Package] = (),
        *,
        forms: Iterable[Form] = ALL_FORMS,
        prefixes: Sequence[str] = ("/channel",),
    ) -> None:
        self._forms = tuple(forms)
        super().__init__(self._rendered(packages), prefixes=prefixes)

    def publish(self, packages: Sequence[Package], *, forms: Iterable[Form] | None = None) -> None:
        """Switch to a new state: these packages in these index forms."""
        self._forms = self._forms if forms is None else tuple(forms)
        self.publish_files(self._rendered(packages))

    def _rendered(self, packages: Sequence[Package]) -> dict[str, bytes]:
        return render_channel(packages, self._forms) | {package.path: package.data for package in packages}
