"""`./tain user`: who can sign in."""

from libs.client.people import users
from libs.client.people.people_client import PeopleClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make, show and change users of this server. Where an OpenID provider knows people, they show
here after their first sign-in; their passwords are the provider's."""

EXAMPLES = """\
  ./tain user create ann --role author
  ./tain user edit ann --role author --role curator --group science
  ./tain user disable ann

  ./tain user COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show all users",
        examples="  ./tain user list\n  ./tain user list --json",
        options=users.ListOptions,
        add_options=users.add_list_options,
        run=users.list_users,
    ),
    "show": Verb(
        summary="show one user",
        examples="  ./tain user show ann",
        options=users.ShowOptions,
        add_options=users.add_show_options,
        run=users.show_user,
    ),
    "create": Verb(
        summary="make a user; the password is asked for",
        examples="  ./tain user create ann --role author --group science\n"
        "  ./tain user create bob --password-stdin < password",
        options=users.CreateOptions,
        add_options=users.add_create_options,
        run=users.create_user,
    ),
    "edit": Verb(
        summary="change a user's roles, groups or address",
        examples="  ./tain user edit ann --role author --role curator\n  ./tain user edit bob --no-roles",
        options=users.EditOptions,
        add_options=users.add_edit_options,
        run=users.edit_user,
    ),
    "password": Verb(
        summary="change your password, or set somebody's",
        examples="  ./tain user password\n  ./tain user password bob --password-stdin < password",
        options=users.PasswordOptions,
        add_options=users.add_password_command_options,
        run=users.change_password,
    ),
    "disable": Verb(
        summary="keep a user out, everywhere within a second",
        examples="  ./tain user disable bob",
        options=users.NameOptions,
        add_options=users.add_name_options,
        run=users.disable_user,
    ),
    "enable": Verb(
        summary="let a user in again",
        examples="  ./tain user enable bob",
        options=users.NameOptions,
        add_options=users.add_name_options,
        run=users.enable_user,
    ),
    "delete": Verb(
        summary="remove a user, with all tokens",
        examples="  ./tain user delete bob --reassign-to ann",
        options=users.DeleteOptions,
        add_options=users.add_delete_options,
        run=users.delete_user,
    ),
}

COMMAND = command_of(VERBS, part_of=PeopleClient, about=ABOUT, examples=EXAMPLES)
