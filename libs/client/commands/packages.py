"""`./tain packages`: what channels have, copied, moved and removed."""

from libs.client.packages import change, look
from libs.client.packages.package_client import PackageClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Find packages in channels, and copy, move or remove them. What is removed though a mirror
brings it stays out, also of later runs, until it is restored."""

EXAMPLES = """\
  ./tain packages search numpy
  ./tain packages copy main numpy --to production
  ./tain packages remove main 'numpy::linux-64/numpy-1.26.0-py311_0.conda'

  ./tain packages COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show a channel's packages",
        examples="  ./tain packages list main --limit 200",
        options=look.ListOptions,
        add_options=look.add_list_options,
        run=look.list_packages,
    ),
    "search": Verb(
        summary="find packages in all channels that you may see",
        examples="  ./tain packages search numpy --json",
        options=look.SearchOptions,
        add_options=look.add_search_options,
        run=look.search_packages,
    ),
    "files": Verb(
        summary="show the files of a package",
        examples="  ./tain packages files main numpy\n  ./tain packages files main/py requests --family python",
        options=look.FilesOptions,
        add_options=look.add_files_options,
        run=look.list_files,
    ),
    "copy": Verb(
        summary="put packages into another channel as well",
        examples="  ./tain packages copy main numpy scipy --to production/stage",
        options=change.MoveOptions,
        add_options=change.add_move_options,
        run=change.copy_packages,
    ),
    "move": Verb(
        summary="put packages into another channel instead",
        examples="  ./tain packages move dev 'tiny::noarch/tiny-1.0-0.conda' --to production",
        options=change.MoveOptions,
        add_options=change.add_move_options,
        run=change.move_packages,
    ),
    "remove": Verb(
        summary="take packages out of a channel",
        examples="  ./tain packages remove main leftpad\n"
        "  ./tain packages remove py 'six::simple/six/six-1.0-py3-none-any.whl' --family python",
        options=change.RemoveOptions,
        add_options=change.add_remove_options,
        run=change.remove_packages,
    ),
    "removals": Verb(
        summary="show what was taken out of a channel by hand",
        examples="  ./tain packages removals main",
        options=look.RemovalsOptions,
        add_options=look.add_removals_options,
        run=look.list_removals,
    ),
    "restore": Verb(
        summary="let in again what was taken out",
        examples="  ./tain packages restore main leftpad",
        options=change.RestoreOptions,
        add_options=change.add_restore_options,
        run=change.restore_packages,
    ),
}

COMMAND = command_of(VERBS, part_of=PackageClient, about=ABOUT, examples=EXAMPLES)
