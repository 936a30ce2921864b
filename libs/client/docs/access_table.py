"""The table of who may do what: what each action takes, and what the built-in roles give."""

from libs.client.docs.marks import Marks
from libs.common.domain.access.actions import NEEDS, Action, Need, scope_of
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.roles import PRESETS

MARKS = Marks(source="libs/common/domain/access/actions.py")


def access_tables() -> str:
    """Write both tables in Markdown."""
    actions = [_action_row(action, need) for action, need in NEEDS.items()]
    roles = [_category_row(category) for category in Category]
    return "\n".join(
        [
            "| action, as a scope | for a subchannel | takes of one's roles | takes of one's standing on the channel |",
            "|---|---|---|---|",
            *actions,
            "",
            "The built-in roles give:",
            "",
            f"| category | {' | '.join(PRESETS)} |",
            f"|---|{'---|' * len(PRESETS)}",
            *roles,
            f"| *on all channels* | {' | '.join(role.rights.all_channels.value for role in PRESETS.values())} |",
        ]
    )


def _action_row(action: Action, need: Need) -> str:
    below = scope_of(action, is_subchannel=True)
    other = f"`{below}`" if below != action.value else ""
    scope = f"`{action.value}`" if need.is_scope else f"{action.value} (no scope)"
    standing = need.standing.value if need.standing is not None else ""
    return f"| {scope} | {other} | {_of_roles(need)} | {standing} |"


def _of_roles(need: Need) -> str:
    if need.category is None:
        return "to be signed in, not by a token" if need.is_own else "to be signed in"
    own = ", and a sign-in, no token" if need.is_own else ""
    below = f", for a subchannel in {need.below.value}" if need.below is not None else ""
    return f"{need.level.value} in {need.category.value}{below}{own}"


def _category_row(category: Category) -> str:
    given = (role.rights.level(category) for role in PRESETS.values())
    return f"| {category.value} | {' | '.join(level.value if level is not Level.NONE else '' for level in given)} |"
