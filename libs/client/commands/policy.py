"""`./tain policy`: what may enter channels, as documents of rules."""

from libs.client.policies import assign, change, look, preview
from libs.client.policies.policy_client import PolicyClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make, look at and assign policies: what may enter a channel, by name, version, platform,
license, age, signature and known vulnerabilities. A policy acts where it is assigned: on a
channel, for all its mirrors, or on one mirror, whose policy overrides the channel's. Saving
it acts at once. docs/policies.md has the whole language."""

EXAMPLES = """\
  ./tain policy create production --platform linux-64,noarch --license-not GPL,AGPL --min-age-days 14
  ./tain policy assign production main
  ./tain policy edit production --allow 'openssl >=3.0.8,<3.1'
  ./tain policy show production
  ./tain policy export production > production.yaml

  ./tain policy COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show all policies, and where they are assigned",
        examples="  ./tain policy list\n  ./tain policy list --json",
        options=look.ListOptions,
        add_options=look.add_list_options,
        run=look.list_policies,
    ),
    "show": Verb(
        summary="show a policy in plain words",
        examples="  ./tain policy show production\n  ./tain policy show production --revision 3 --json",
        options=look.ShowOptions,
        add_options=look.add_show_options,
        run=look.show_policy,
    ),
    "create": Verb(
        summary="make a policy of options, or of a document",
        examples="""\
  ./tain policy create production --platform linux-64,noarch --license-not GPL,AGPL
  ./tain policy create science --package numpy,pandas --include-dependencies --newest 3
  ./tain policy create careful --min-age-days 14 --cve-score 7 --cve-score-comparator '<=' \\
      --cve-status-not Reported,Active --exclude 'openssl <3' --allow 'openssl 1.1.1w'
  ./tain policy create --file production.yaml""",
        options=change.CreateOptions,
        add_options=change.add_create_options,
        run=change.create_policy,
    ),
    "edit": Verb(
        summary="save a policy anew: what is typed takes the place of the rule that its option made",
        examples="""\
  ./tain policy edit production --min-age-days 7
  ./tain policy edit production --remove license-not --name servers
  ./tain policy edit production --file production.yaml""",
        options=change.EditOptions,
        add_options=change.add_edit_options,
        run=change.edit_policy,
    ),
    "delete": Verb(
        summary="remove a policy that is assigned nowhere",
        examples="  ./tain policy delete production",
        options=change.DeleteOptions,
        add_options=change.add_delete_options,
        run=change.delete_policy,
    ),
    "assign": Verb(
        summary="put a channel, or one of its mirrors, under a policy",
        examples="  ./tain policy assign production main\n  ./tain policy assign science main/stage --mirror forge",
        options=assign.AssignOptions,
        add_options=assign.add_assign_options,
        run=assign.assign_policy,
    ),
    "unassign": Verb(
        summary="take the policy off a channel or mirror",
        examples="  ./tain policy unassign main\n  ./tain policy unassign main/stage --mirror forge",
        options=assign.UnassignOptions,
        add_options=assign.add_unassign_options,
        run=assign.unassign_policy,
    ),
    "preview": Verb(
        summary="show what a policy would change, before it does",
        examples="""\
  ./tain policy preview production main
  ./tain policy preview production --min-age-days 30
  ./tain policy preview --license-not GPL,AGPL --channel main --mirror forge
  ./tain policy preview production --file production.yaml --json""",
        options=preview.PreviewOptions,
        add_options=preview.add_preview_options,
        run=preview.preview_policy,
    ),
    "export": Verb(
        summary="write a policy's document",
        examples="  ./tain policy export production > production.yaml\n"
        "  ./tain policy export production --format json --revision 3 --output old.json",
        options=look.ExportOptions,
        add_options=look.add_export_options,
        run=look.export_policy,
    ),
    "import": Verb(
        summary="make or edit policies as documents say, by their names",
        examples="  ./tain policy import policies/*.yaml",
        options=change.ImportOptions,
        add_options=change.add_import_options,
        run=change.import_policies,
    ),
    "validate": Verb(
        summary="check a document, and say what it would do, without storing it",
        examples="  ./tain policy validate production.yaml",
        options=look.ValidateOptions,
        add_options=look.add_validate_options,
        run=look.validate_document,
    ),
    "diff": Verb(
        summary="show what changed between two revisions of a policy",
        examples="  ./tain policy diff production 3\n  ./tain policy diff production 3 5 --json",
        options=look.DiffOptions,
        add_options=look.add_diff_options,
        run=look.compare_revisions,
    ),
}

COMMAND = command_of(VERBS, part_of=PolicyClient, about=ABOUT, examples=EXAMPLES)
