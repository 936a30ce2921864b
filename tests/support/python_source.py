"""A simple index on a local port, which a test can change, break and switch off while it runs."""

from collections.abc import Iterable, Mapping, Sequence

from tests.support.files_source import Files, FilesSource, Offered
from tests.support.python_index import BOTH, Habits, Metadata, PageForm, Status, render_list, render_page
from tests.support.python_packages import PythonFile, normalised

_FIRST_SERIAL = 1000
_State = tuple[tuple[PythonFile, ...], Status | None]
_INTEGRITY = "application/vnd.pypi.integrity.v1+json"


class PythonSource(FilesSource):
    """Files of projects with their pages, in one or more forms; the first where a client has no wish.

    `statuses` are by project. Where the habits are to tell serials, a project's grows whenever its page changes.
    """

    def __init__(
        self,
        files: Sequence[PythonFile] = (),
        *,
        forms: Iterable[PageForm] = BOTH,
        habits: Habits | None = None,
        statuses: Mapping[str, Status] | None = None,
        prefixes: Sequence[str] = ("/index",),
        user: str | None = None,
        has_validators: bool = True,
    ) -> None:
        self._forms = tuple(forms)
        self._habits = habits or Habits()
        self._has_validators = has_validators
        self.serials: dict[str, int] = {}
        self._states: dict[str, _State] = {}
        super().__init__(self._rendered(files, statuses or {}), prefixes=prefixes, user=user)

    @property
    def root(self) -> str:
        """What a mirror has as source: the URL of the list without its slash."""
        return f"{self.url}/simple"

    @property
    def tells_days(self) -> bool:
        """Tell whether its pages say when files were uploaded, which HTML can't."""
        return self._habits.has_pep_700 and PageForm.JSON in self._forms

    def publish(self, files: Sequence[PythonFile], *, statuses: Mapping[str, Status] | None = None) -> None:
        """Switch to a new state: these files, and projects of these statuses."""
        self.publish_files(self._rendered(files, statuses or {}))

    def pages_asked(self) -> int:
        """How many pages of projects were asked for since the last `forget`."""
        return sum(path.startswith("simple/") and path != "simple/" for path in self.counts().elements())

    def _rendered(self, files: Sequence[PythonFile], statuses: Mapping[str, Status]) -> Files:
        projects: dict[str, list[PythonFile]] = {name: [] for name in statuses}
        for file in files:
            projects.setdefault(file.project, []).append(file)
        rendered: dict[str, bytes | Sequence[Offered]] = {}
        for name, own in sorted(projects.items()):
            status = statuses.get(name)
            serial = self._serial(name, (tuple(own), status))
            pages = (
                (form, render_page(name, own, form=form, habits=self._habits, status=status, serial=serial))
                for form in self._forms
            )
            rendered[f"simple/{normalised(name)}/"] = [self._offered(page, form) for form, page in pages]
        serials = {name: self.serials[name] for name in projects} if self._habits.has_serials else {}
        rendered["simple/"] = [
            self._offered(render_list(projects, form=form, serials=serials), form) for form in self._forms
        ]
        for file in files:
            rendered |= self._beside(file)
        return rendered

    def _serial(self, name: str, state: _State) -> int:
        """Return a project's serial, the next one where something of it changed."""
        if self._states.get(name) != state:
            self._states[name] = state
            self.serials[name] = max(self.serials.values(), default=_FIRST_SERIAL) + 1
        return self.serials[name]

    def _offered(self, data: bytes, form: PageForm) -> Offered:
        return Offered(data=data, content_type=str(form), has_validators=self._has_validators)

    def _beside(self, file: PythonFile) -> dict[str, bytes | Sequence[Offered]]:
        beside: dict[str, bytes | Sequence[Offered]] = {file.path: file.data}
        if file.is_wheel and self._habits.metadata is not Metadata.ABSENT:
            beside[f"{file.path}.metadata"] = file.metadata
        if file.provenance is not None:
            beside[f"{file.path}.provenance"] = [Offered(data=file.provenance, content_type=_INTEGRITY)]
        return beside
