"""`./tain token`: what scripts and package clients show instead of a password."""

from libs.client.tokens import change, look
from libs.client.tokens.token_client import TokenClient
from libs.client.verbs import Verb, command_of

ABOUT = """\
Make tokens for scripts and package clients, and take them back. A token opens some channels
(--channel), or allows some acts wherever you may do them (--scope); it never gives more than
you have, and ends on its day. Making them takes a sign-in: ./tain login."""

EXAMPLES = """\
  ./tain token create laptop --channel main --channel main/stage=write --days 90
  ./tain token create ci --scope artifact:create --scope channel:view --quiet
  ./tain token create build --channel main --for pip
  ./tain token revoke laptop

  ./tain token COMMAND --help shows a command's options, with examples."""

VERBS = {
    "list": Verb(
        summary="show your tokens, or those of a channel's service account",
        examples="  ./tain token list\n  ./tain token list --service-account main --json",
        options=look.ListOptions,
        add_options=look.add_list_options,
        run=look.list_tokens,
    ),
    "create": Verb(
        summary="make a token, and show its value once",
        examples="""\
  ./tain token create laptop --channel main --for conda
  ./tain token create ci --channel main=write --expires 2027-01-31 --quiet > token
  ./tain token create watcher --scope channel:view --scope channel.mirror:view
  ./tain token create nightly --service-account main --level write --days 7""",
        options=change.CreateOptions,
        add_options=change.add_create_options,
        run=change.create_token,
    ),
    "refresh": Verb(
        summary="give a token a new value; the old one is worth nothing from then on",
        examples="  ./tain token refresh laptop --quiet",
        options=change.RefreshOptions,
        add_options=change.add_refresh_options,
        run=change.refresh_token,
    ),
    "revoke": Verb(
        summary="take tokens back, everywhere within a second",
        examples="  ./tain token revoke laptop ci",
        options=change.RevokeOptions,
        add_options=change.add_revoke_options,
        run=change.revoke_tokens,
    ),
    "scopes": Verb(
        summary="list what your tokens may be allowed",
        examples="  ./tain token scopes",
        options=look.InfoOptions,
        add_options=look.add_info_options,
        run=look.list_scopes,
    ),
    "info": Verb(
        summary="show when the token in use ends",
        examples="  ./tain token info --token-file token",
        options=look.InfoOptions,
        add_options=look.add_info_options,
        run=look.show_info,
    ),
}

COMMAND = command_of(VERBS, part_of=TokenClient, about=ABOUT, examples=EXAMPLES)
