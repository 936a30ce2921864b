"""`./tain channel`: what clients read, and who may."""

from libs.client.channels import change, look, revisions
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make, show and change channels and their subchannels (CHANNEL/SUBCHANNEL): who may read them,
who owns them, and whether they are held as they are. ./tain mirror and ./tain upload fill
them; ./tain group grant lets groups in."""

EXAMPLES = """\
  ./tain channel create main --private --description 'what production runs on'
  ./tain channel edit main --authenticated --owner ann --owner bob
  ./tain channel freeze main
  ./tain channel rollback main --to 7

  ./tain channel COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show the channels that you may see",
        examples="  ./tain channel list\n  ./tain channel list --json",
        options=look.ListOptions,
        add_options=look.add_list_options,
        run=look.list_channels,
    ),
    "show": Verb(
        summary="show one channel",
        examples="  ./tain channel show main/stage",
        options=look.ShowOptions,
        add_options=look.add_show_options,
        run=look.show_channel,
    ),
    "create": Verb(
        summary="make a channel, or a subchannel of one that is there; it is yours",
        examples="  ./tain channel create main\n  ./tain channel create main/stage --private",
        options=change.CreateOptions,
        add_options=change.add_create_options,
        run=change.create_channel,
    ),
    "edit": Verb(
        summary="change who may read a channel, who owns it, or what is said of it",
        examples="  ./tain channel edit main --public\n  ./tain channel edit main --owner ann --owner bob",
        options=change.EditOptions,
        add_options=change.add_edit_options,
        run=change.edit_channel,
    ),
    "freeze": Verb(
        summary="let clients read channels as they are now, whatever comes in",
        examples="  ./tain channel freeze main main/stage",
        options=change.FreezeOptions,
        add_options=change.add_freeze_options,
        run=change.freeze_channels,
    ),
    "unfreeze": Verb(
        summary="publish what was held back, and what comes from now on",
        examples="  ./tain channel unfreeze main",
        options=change.FreezeOptions,
        add_options=change.add_freeze_options,
        run=change.unfreeze_channels,
    ),
    "revisions": Verb(
        summary="show what was published of a channel, and why",
        examples="  ./tain channel revisions main\n  ./tain channel revisions main --limit 100 --json",
        options=revisions.RevisionsOptions,
        add_options=revisions.add_revisions_options,
        run=revisions.list_revisions,
    ),
    "changes": Verb(
        summary="show which packages and files differ between two revisions",
        examples="  ./tain channel changes main 12\n  ./tain channel changes main 12 --against 7 --search numpy",
        options=revisions.ChangesOptions,
        add_options=revisions.add_changes_options,
        run=revisions.show_changes,
    ),
    "rollback": Verb(
        summary="let clients read an older revision again, and freeze the channel so that it stays",
        examples="  ./tain channel rollback main --to 7 --preview\n  ./tain channel rollback main --to 7",
        options=revisions.RollbackOptions,
        add_options=revisions.add_rollback_options,
        run=revisions.roll_back,
    ),
    "default": Verb(
        summary="choose where your uploads go that name no channel",
        examples="  ./tain channel default main/stage\n  ./tain channel default --none",
        options=change.DefaultOptions,
        add_options=change.add_default_options,
        run=change.choose_default_channel,
    ),
    "delete": Verb(
        summary="remove a channel, with its mirrors, packages and subchannels",
        examples="  ./tain channel delete main/stage\n  ./tain channel delete main --yes",
        options=change.DeleteOptions,
        add_options=change.add_delete_options,
        run=change.delete_channel,
    ),
}

COMMAND = command_of(VERBS, part_of=lambda client: client, about=ABOUT, examples=EXAMPLES)
