"""`./tain cve`: vulnerabilities, what they affect, and what people found out about them."""

from libs.client.cves import change, look
from libs.client.cves.cve_client import CveClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Show what is known of vulnerabilities, take in advisories, and say how far a CVE applies to
a package. What changes acts at once on every channel whose policy asks for CVEs.
docs/vulnerabilities.md has all of it."""

EXAMPLES = """\
  ./tain cve import PyPI/all.zip CRAN/all.zip
  ./tain cve list django --min-score 7
  ./tain cve files CVE-2024-24680
  ./tain cve set-status CVE-2024-24680 Cleared django --file 'django-4.2-*' --note 'the tag is not used'

  ./tain cve COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show CVEs, newest first",
        examples="  ./tain cve list\n  ./tain cve list django --min-score 7\n  ./tain cve list --status Active --json",
        options=look.ListOptions,
        add_options=look.add_list_options,
        run=look.list_cves,
    ),
    "show": Verb(
        summary="show a CVE: what it affects, and what people found out",
        examples="  ./tain cve show CVE-2024-24680\n  ./tain cve show GHSA-xxj9-f6rv-m3x4 --json",
        options=look.ShowOptions,
        add_options=look.add_show_options,
        run=look.show_cve,
    ),
    "files": Verb(
        summary="show the files that a CVE affects, in all channels",
        examples="  ./tain cve files CVE-2024-24680 --limit 200",
        options=look.FilesOptions,
        add_options=look.add_files_options,
        run=look.list_files,
    ),
    "import": Verb(
        summary="take in archives of OSV records",
        examples="  ./tain cve import all.zip\n  ./tain cve import PyPI/all.zip CRAN/all.zip",
        options=change.ImportOptions,
        add_options=change.add_import_options,
        run=change.import_archives,
    ),
    "update": Verb(
        summary="read the server's source of advisories now",
        examples="  ./tain cve update",
        options=change.UpdateOptions,
        add_options=change.add_update_options,
        run=change.update,
    ),
    "set-status": Verb(
        summary="say how far a CVE applies to a package, or to some of its files",
        examples="""\
  ./tain cve set-status CVE-2024-24680 Active django
  ./tain cve set-status CVE-2024-24680 Mitigated django --file 'django-4.2.9-*_1.conda' --note 'patched'
  ./tain cve set-status CVE-2022-3602 Active openssl --score 7.5""",
        options=change.StatusOptions,
        add_options=change.add_status_options,
        run=change.set_status,
    ),
    "unset-status": Verb(
        summary="take a status back",
        examples="  ./tain cve unset-status CVE-2024-24680 django",
        options=change.UnsetOptions,
        add_options=change.add_unset_options,
        run=change.unset_status,
    ),
    "names": Verb(
        summary="replace the map of conda's names to Python's",
        examples="  ./tain cve names conda-names.yaml",
        options=change.NamesOptions,
        add_options=change.add_names_options,
        run=change.set_names,
    ),
}

COMMAND = command_of(VERBS, part_of=CveClient, about=ABOUT, examples=EXAMPLES)
