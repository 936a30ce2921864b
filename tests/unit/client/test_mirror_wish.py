"""What was typed -> what the server is sent."""

from typing import Any

import msgspec
import pytest

from libs.client.errors import UsageFailed
from libs.client.guess_type import Guess
from libs.client.mirror_wish import MirrorOptions, wish_for
from libs.client.wire import Mirror

GUESS = Guess(type="python_simple", what="a Python index", reason="its address says so")
BEFORE = Mirror(
    mirror_id="m1",
    mirror_name="mm",
    source_root="https://source.example/cran",
    mirror_type="CRAN",
    mirror_mode="active",
    cron="5 4 * * *",
    filters={"subdirs": ["src/contrib"], "only_specs": ["dplyr"]},
    state="completed",
)


def typed(**options: Any) -> MirrorOptions:
    """Return options as somebody typed them, with nothing typed but these."""
    left_out = {field.name: None for field in msgspec.structs.fields(MirrorOptions) if field.required}
    lists = {"subdir": (), "project": (), "spec": (), "exclude": (), "stop_on_interrupt": False}
    return MirrorOptions(**{**left_out, **lists, "source": "s", "channel": "c", **options})


def sent(options: MirrorOptions, *, guess: Guess | None = None, before: Mirror | None = None) -> dict[str, Any]:
    """Return the object that goes over the wire."""
    wish = wish_for(options, name="mm", source="https://source.example/x", guess=guess, before=before)
    body: dict[str, Any] = msgspec.to_builtins(wish)
    return body


def test_what_is_typed_goes_before_what_is_guessed() -> None:
    """And what is guessed before conda."""
    assert sent(typed())["mirror_type"] == "conda"
    assert sent(typed(), guess=GUESS)["mirror_type"] == "python_simple"
    assert sent(typed(type="CRAN"), guess=GUESS)["mirror_type"] == "CRAN"


def test_projects_may_be_repeated_or_joined() -> None:
    """Either is natural."""
    assert sent(typed(project=("six, attrs", "types-*")))["filters"] == {"projects": ["six", "attrs", "types-*"]}


def test_an_edit_keeps_what_was_not_typed() -> None:
    """The type too, whatever the address says."""
    body = sent(typed(subdir=("src/contrib,bin/windows/contrib/4.5",)), guess=GUESS, before=BEFORE)

    assert (body["mirror_type"], body["mirror_mode"], body["cron"]) == ("CRAN", "active", "5 4 * * *")
    assert body["filters"] == {"subdirs": ["src/contrib", "bin/windows/contrib/4.5"], "only_specs": ["dplyr"]}


def test_specs_and_exclusions_take_each_others_place() -> None:
    """A mirror can't have both."""
    assert sent(typed(exclude=("jsonlite",)), before=BEFORE)["filters"]["exclude_specs"] == ["jsonlite"]
    assert "only_specs" not in sent(typed(exclude=("jsonlite",)), before=BEFORE)["filters"]
    with pytest.raises(UsageFailed, match="leave out --exclude"):
        sent(typed(spec=("a",), exclude=("b",)))
