"""`./tain role`: what somebody may do."""

from libs.client.people import roles
from libs.client.people.people_client import PeopleClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make, show and change roles: a level (none, read, write, manage) in each category. Built in are
everyone, author and admin. docs/access.md says what each category and level is good for."""

EXAMPLES = """\
  ./tain role list
  ./tain role create curator --level cve=write --level policy=write

  ./tain role COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show all roles",
        examples="  ./tain role list",
        options=roles.ListOptions,
        add_options=roles.add_list_options,
        run=roles.list_roles,
    ),
    "show": Verb(
        summary="show one role",
        examples="  ./tain role show author --json",
        options=roles.ShowOptions,
        add_options=roles.add_show_options,
        run=roles.show_role,
    ),
    "create": Verb(
        summary="make a role",
        examples="  ./tain role create curator --level cve=write --level policy=write\n"
        "  ./tain role create auditor --level audit=read --level channel=read --all-channels read",
        options=roles.WriteOptions,
        add_options=roles.add_write_options,
        run=roles.create_role,
    ),
    "edit": Verb(
        summary="change a role",
        examples="  ./tain role edit curator --level channel.mirror=write",
        options=roles.WriteOptions,
        add_options=roles.add_write_options,
        run=roles.edit_role,
    ),
    "delete": Verb(
        summary="remove a role",
        examples="  ./tain role delete curator",
        options=roles.DeleteOptions,
        add_options=roles.add_delete_options,
        run=roles.delete_role,
    ),
}

COMMAND = command_of(VERBS, part_of=PeopleClient, about=ABOUT, examples=EXAMPLES)
