"""What somebody is told who may not do something."""

import pytest

from libs.common.domain.access.actions import Action
from libs.common.domain.access.identity import Identity
from libs.common.domain.channel import Privacy
from libs.common.domain.errors import NotAllowed
from services.api.guards import require
from tests.support.identities import an_identity, by_scopes
from tests.support.records import a_channel


@pytest.mark.parametrize(
    ("key", "word"),
    [
        pytest.param("main", "channel.mirror:edit", id="channel"),
        pytest.param("main/stage", "subchannel.mirror:edit", id="subchannel"),
    ],
)
@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(an_identity("bob"), id="person"),
        pytest.param(by_scopes(an_identity("bob"), "channel:view"), id="token"),
    ],
)
def test_a_refusal_names_the_scope_that_would_do(identity: Identity, key: str, word: str) -> None:
    """Who asks for `channel.mirror` on a subchannel is refused again, for that is another category."""
    channel = a_channel(key, privacy=Privacy.PUBLIC)

    with pytest.raises(NotAllowed, match=rf"(\(| ){word}(\)|;)"):
        require(identity, Action.MIRROR_EDIT, channel)
