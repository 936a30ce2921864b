"""`./tain group`: who belongs together."""

from libs.client.people import groups
from libs.client.people.people_client import PeopleClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make, show and change groups: their members, the roles of all of them, and what they may do in
channels. Groups that an OpenID provider tells are known by their names."""

EXAMPLES = """\
  ./tain group create science --role author
  ./tain group add science ann bob
  ./tain group grant science main write

  ./tain group COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show all groups, or those of a channel",
        examples="  ./tain group list\n  ./tain group list --channel main",
        options=groups.ListOptions,
        add_options=groups.add_list_options,
        run=groups.list_groups,
    ),
    "show": Verb(
        summary="show one group",
        examples="  ./tain group show science",
        options=groups.ShowOptions,
        add_options=groups.add_show_options,
        run=groups.show_group,
    ),
    "create": Verb(
        summary="make a group",
        examples="  ./tain group create science --role author",
        options=groups.WriteOptions,
        add_options=groups.add_write_options,
        run=groups.create_group,
    ),
    "edit": Verb(
        summary="change a group",
        examples="  ./tain group edit science --description 'everyone in the labs'",
        options=groups.WriteOptions,
        add_options=groups.add_write_options,
        run=groups.edit_group,
    ),
    "delete": Verb(
        summary="remove a group",
        examples="  ./tain group delete science",
        options=groups.DeleteOptions,
        add_options=groups.add_delete_options,
        run=groups.delete_group,
    ),
    "add": Verb(
        summary="put users into a group",
        examples="  ./tain group add science ann bob",
        options=groups.MemberOptions,
        add_options=groups.add_member_options,
        run=groups.add_members,
    ),
    "remove": Verb(
        summary="take users out of a group",
        examples="  ./tain group remove science bob",
        options=groups.MemberOptions,
        add_options=groups.add_member_options,
        run=groups.remove_members,
    ),
    "grant": Verb(
        summary="say what a group may do in a channel",
        examples="  ./tain group grant science main/stage write",
        options=groups.GrantOptions,
        add_options=groups.add_grant_options,
        run=groups.grant,
    ),
    "revoke": Verb(
        summary="take a group off a channel",
        examples="  ./tain group revoke science main/stage",
        options=groups.RevokeOptions,
        add_options=groups.add_revoke_options,
        run=groups.revoke,
    ),
}

COMMAND = command_of(VERBS, part_of=PeopleClient, about=ABOUT, examples=EXAMPLES)
